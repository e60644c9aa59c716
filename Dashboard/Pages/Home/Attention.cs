using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Handlers;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Home;

/// <summary>Something that needs a person: what happened, why, and where the next sensible thing is done.</summary>
/// <param name="Kind">One word for the kind of trouble.</param>
/// <param name="Href">Where to act, below the namespace's address; null where the words say what to do.</param>
public sealed record Attention(
    string Kind,
    Tone Tone,
    string Title,
    string Words,
    string? Href = null,
    string? Act = null
)
{
    private static readonly TimeSpan ExpiresSoon = TimeSpan.FromDays(14);

    /// <summary>Finds what needs a person, the heaviest first.</summary>
    internal static IReadOnlyList<Attention> Find(HomeReading home, TimeText times) =>
        [
            .. OfDisk(home),
            .. OfFailed(home, times),
            .. OfStuck(home),
            .. OfPaused(home, times),
            .. OfSchedules(home, times),
            .. OfHandlers(home, times),
            .. OfLocks(home),
            .. OfLinks(home, times),
            .. OfChannels(home, times),
            .. OfChain(home),
            .. OfCertificates(home, times),
            .. OfKeys(home, times),
        ];

    private static IEnumerable<Attention> OfDisk(HomeReading home)
    {
        if (home.Stats is { Disk: not DiskState.Enough } stats)
        {
            var free = stats.DiskFreeBytes is { } bytes ? $"{NumberText.Whole(bytes >> 20)} MiB are free. " : "";
            yield return new Attention(
                "Disk",
                Tone.Bad,
                stats.Disk == DiskState.Low
                    ? "The Broker's disk is nearly full: new work is refused"
                    : "The Broker's disk is full: waiting jobs are not started",
                $"{free}Make room on the disk of the data folder; work goes on by itself."
            );
        }
    }

    private static IEnumerable<Attention> OfFailed(HomeReading home, TimeText times) =>
        from job in home.Failed ?? []
        group job by job.Method into jobs
        let newest = jobs.First()
        let places = jobs.Select(job => job.Handler).OfType<string>().Distinct(StringComparer.Ordinal).ToArray()
        let place = places.Length switch
        {
            0 => "",
            1 => $"All on {places[0]}: ",
            _ => $"On {NumberText.Of(places.Length, "handler", "handlers")}, the last on {newest.Handler}: ",
        }
        select new Attention(
            "Failed",
            Tone.Bad,
            $"{NumberText.Of(jobs.Count(), "job", "jobs")} of {jobs.Key} failed for good, the last at "
                + $"{times.Short(newest.FinishedAt!.Value)}",
            $"{place}“{Cut(newest.Error?.Message ?? "no message")}”",
            $"jobs?state=failed&method={Uri.EscapeDataString(jobs.Key)}",
            "Look and replay"
        );

    private static IEnumerable<Attention> OfStuck(HomeReading home)
    {
        if (home.Handlers is not { } handlers)
        {
            return [];
        }

        var offered = handlers
            .Where(handler => handler.Online)
            .SelectMany(handler => handler.Methods)
            .ToHashSet(StringComparer.Ordinal);
        return from job in home.Ready ?? []
            where !offered.Contains(job.Method) && !home.Paused.ContainsKey(job.Method)
            group job by job.Method into jobs
            select new Attention(
                "Stuck",
                Tone.Wait,
                $"{NumberText.Of(jobs.Count(), "job", "jobs")} of {jobs.Key} can run nowhere",
                "No handler that is connected offers this method. They start once one does.",
                $"jobs?state=ready&method={Uri.EscapeDataString(jobs.Key)}",
                "Look"
            );
    }

    private static IEnumerable<Attention> OfPaused(HomeReading home, TimeText times) =>
        from job in home.Ready ?? []
        where home.Paused.ContainsKey(job.Method)
        group job by job.Method into jobs
        let pause = home.Paused[jobs.Key]
        let until = pause.Until is { } end ? $", until {times.Short(end)}" : ""
        select new Attention(
            "Paused",
            Tone.Wait,
            $"{NumberText.Of(jobs.Count(), "job waits", "jobs wait")}, since {jobs.Key} is paused",
            $"Paused by {pause.By}{until}: “{Cut(pause.Reason)}”",
            $"methods/{Uri.EscapeDataString(jobs.Key)}",
            "Look and resume"
        );

    private static IEnumerable<Attention> OfSchedules(HomeReading home, TimeText times)
    {
        foreach (var schedule in home.Schedules ?? [])
        {
            if (schedule.Stopped is { } stopped)
            {
                yield return new Attention("Stopped", Tone.Bad, $"{schedule.Name} stands still", stopped);
            }

            if (home.Missed.TryGetValue(schedule.Name, out var missed))
            {
                var count = missed.Count is { } many and > 1 ? $"{NumberText.Whole(many)} instants, the last at " : "";
                yield return new Attention(
                    "Missed",
                    Tone.Wait,
                    $"{schedule.Name} missed {count}{times.Short(missed.To ?? missed.Nominal)}",
                    times.InText(missed.Missed ?? ""),
                    $"jobs?schedule={Uri.EscapeDataString(schedule.Name)}",
                    "Its jobs"
                );
            }
        }
    }

    private static IEnumerable<Attention> OfHandlers(HomeReading home, TimeText times)
    {
        foreach (var handler in home.Handlers ?? [])
        {
            if (!handler.Online && !handler.Drained)
            {
                var since = handler.LastSeenAt is { } at ? $" since {times.Short(at)}" : "";
                yield return new Attention(
                    "Away",
                    Tone.Bad,
                    $"{handler.Name} is not connected{since}",
                    "Its jobs go to others that offer the same methods, or wait. On its machine, "
                        + "schedulezero doctor says what is wrong with the way.",
                    $"handlers/{Uri.EscapeDataString(handler.Name)}",
                    "Look"
                );
            }
            else if (handler.Sessions.Any(session => session.State == "unresponsive"))
            {
                yield return new Attention(
                    "Silent",
                    Tone.Bad,
                    $"{handler.Name} is connected and does not answer",
                    "It gets no new jobs until it answers again.",
                    $"handlers/{Uri.EscapeDataString(handler.Name)}",
                    "Look"
                );
            }
        }
    }

    private static IEnumerable<Attention> OfLinks(HomeReading home, TimeText times) =>
        from link in home.Links ?? []
        where link.State == LinkState.Down
        select new Attention(
            "Link",
            Tone.Bad,
            $"The link with {link.Address} is down since {times.Short(link.Since)}",
            ForeignText.Short(link.LastError?.Detail ?? "Nobody has said why."),
            "links",
            "Look"
        );

    // Open alerts are about what stands here already. A channel that fails is not: nobody is told of anything.
    private static IEnumerable<Attention> OfChannels(HomeReading home, TimeText times) =>
        from channel in home.FailingChannels ?? []
        let since = channel.ProblemAt is { } at ? $", the last time at {times.Short(at)}" : ""
        let lost = channel.Dropped > 0
            ? $" {NumberText.Of(channel.Dropped, "notice was", "notices were")} dropped."
            : ""
        select new Attention(
            "Alerts",
            Tone.Bad,
            $"The channel {channel.Name} does not take notices{since}",
            $"{ForeignText.Short(channel.Problem)}{lost}",
            $"alerts/channels/{Uri.EscapeDataString(channel.Name)}",
            "Look"
        );

    // A handler whose key was copied stays out until somebody enrols it again.
    private static IEnumerable<Attention> OfLocks(HomeReading home) =>
        from key in home.Keys ?? []
        where key.Handler is not null
        group key by key.Handler into keys
        where HandlerKeys.IsLockedOut([.. keys], home.Now)
        select new Attention(
            "Copied",
            Tone.Bad,
            $"The key of {keys.Key} was copied, and is locked",
            "Two copies of it were at work. Find the second one, then enrol the machine again.",
            $"handlers/{Uri.EscapeDataString(keys.Key)}",
            "Look"
        );

    private static IEnumerable<Attention> OfChain(HomeReading home)
    {
        if (home.Chain is { } chain && ChainText.ToneOf(chain) == Tone.Bad)
        {
            yield return new Attention(
                "Audit",
                Tone.Bad,
                "The audit log is not being signed",
                chain.Problem ?? "The log has grown past its last signature; the Broker's log says why."
            );
        }
    }

    private static IEnumerable<Attention> OfCertificates(HomeReading home, TimeText times) =>
        from certificate in home.Stats?.Certificates ?? []
        where certificate.Problem is not null || certificate.ValidUntil - home.Now < ExpiresSoon
        select new Attention(
            "TLS",
            certificate.Problem is null ? Tone.Wait : Tone.Bad,
            $"The certificate for {string.Join(", ", certificate.Names ?? [])} needs a look",
            certificate.Problem ?? $"It is valid until {times.Short(certificate.ValidUntil ?? home.Now)}."
        );

    private static IEnumerable<Attention> OfKeys(HomeReading home, TimeText times) =>
        from key in home.Keys ?? []
        where key.RevokedAt is null && key.ExpiresAt - home.Now < ExpiresSoon
        select new Attention(
            "Key",
            key.ExpiresAt < home.Now ? Tone.Bad : Tone.Wait,
            $"The key of {key.Handler ?? key.Name ?? key.Id} "
                + (key.ExpiresAt < home.Now ? "has expired" : $"expires {times.Distance(key.ExpiresAt!.Value)}"),
            $"schedulezero keys rotate {key.Id} makes the next one; both are good for a day."
        );

    private static string Cut(string text) => text.Length > 160 ? $"{text[..160]}…" : text;
}
