using System.Globalization;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Host.Api.Streams;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Logs;

/// <summary>
/// Sends the lines of a choice to one follower: the newest ones, and then each as it is written. A follower that falls
/// behind gets the newest ones once more, as many as there may be, and is told when that leaves a gap.
/// </summary>
/// <param name="last">The sequence of the last line that the follower has, as REST shows it; null for none.</param>
internal sealed class LogFollower(
    NewestLines newest,
    EventStream events,
    LogChoice choice,
    ServerSentEvents stream,
    HttpContext http,
    long? last
)
{
    /// <summary>How many lines wait for one follower at most.</summary>
    private const int QueueMax = 1024;

    private static readonly byte[] LostJson =
        """{"detail":"Lines between here and the ones before were not delivered. The logs of the jobs have them."}"""u8.ToArray();

    /// <summary>The lines that the last search found. They may come once more.</summary>
    private readonly HashSet<(JobId Job, long Sequence)> _found = [];

    private long? _last = last;

    /// <summary>Sends lines until the caller goes, or may not listen any more.</summary>
    /// <param name="limit">How many lines a follower gets first that has none.</param>
    /// <param name="beginning">The instant before which nothing is stored.</param>
    public async Task RunAsync(int limit, DateTimeOffset beginning)
    {
        var isFirst = _last is null;
        StreamStep step;
        do
        {
            // Listening begins before the search, so that each line is in the one or the other, or in both.
            using var subscription = events.Listen(Concerns, queueMax: QueueMax);
            var since = await SendNewestAsync(isFirst ? limit : Limits.PageSizeMax, isFirst, beginning);
            if (isFirst)
            {
                await stream.SendAsync(id: null, "since", new EventsSince(since), RestJson.Default.EventsSince);
            }

            isFirst = false;
            step = await SendAsTheyComeAsync(subscription);
        } while (step == StreamStep.Lost);
    }

    private bool Concerns(Happened happened) =>
        happened is { Type: EventChoice.LogType, Job: { } job } && choice.Passes(job);

    private async Task<DateTimeOffset> SendNewestAsync(int limit, bool isFirst, DateTimeOffset beginning)
    {
        var after = LogPlace.Stored(_last);
        var found = await newest.FindAsync(choice, after, limit, http.RequestAborted);
        var lines = found.Take();
        if (!isFirst && found.WholeAfter > after)
        {
            await stream.SendAsync(id: null, "lost", LostJson);
        }

        _found.Clear();
        foreach (var line in lines)
        {
            _found.Add((line.JobId, line.Sequence));
            await SendAsync(line);
        }

        return found.WholeSince(beginning);
    }

    private async Task<StreamStep> SendAsTheyComeAsync(Subscription subscription)
    {
        StreamStep step;
        while ((step = await stream.WaitAsync(subscription)) == StreamStep.Ready)
        {
            // The roles of the caller may open less than at the beginning.
            var methods = NameScope.Of(http);
            while (subscription.Events.TryRead(out var next))
            {
                foreach (var row in next.Happened.Lines ?? [])
                {
                    var line = LogViews.OfJob(next.Happened.Job!, row);
                    if (
                        methods.Opens(line.Method)
                        && choice.Passes(line)
                        && !_found.Remove((line.JobId, line.Sequence))
                    )
                    {
                        await SendAsync(line);
                    }
                }
            }
        }

        return step;
    }

    private Task SendAsync(JobLine line)
    {
        _last = Math.Max(_last ?? 0, line.Sequence);
        return stream.SendAsync(
            line.Sequence.ToString(CultureInfo.InvariantCulture),
            type: null,
            line,
            RestJson.Default.JobLine
        );
    }
}
