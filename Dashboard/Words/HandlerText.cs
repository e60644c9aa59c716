using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Words;

/// <summary>How a handler stands, as one word with its tone.</summary>
internal enum HandlerStanding
{
    Free,
    AtWork,
    Full,
    Starting,
    Drained,
    Silent,
    Away,
}

/// <summary>The words for handlers and their sessions.</summary>
internal static class HandlerText
{
    public static HandlerStanding StandingOf(HandlerView handler)
    {
        var (running, capacity) = (Running(handler), Capacity(handler));
        return !handler.Online ? HandlerStanding.Away
            : handler.Sessions.Any(session => session.State == "unresponsive") ? HandlerStanding.Silent
            : handler.Drained ? HandlerStanding.Drained
            : handler.Sessions.All(session => session.State is "starting" or "detached") ? HandlerStanding.Starting
            : running == 0 ? HandlerStanding.Free
            : running >= capacity ? HandlerStanding.Full
            : HandlerStanding.AtWork;
    }

    public static string Of(HandlerStanding standing) =>
        standing switch
        {
            HandlerStanding.Free => "free",
            HandlerStanding.AtWork => "at work",
            HandlerStanding.Full => "full",
            HandlerStanding.Starting => "starting",
            HandlerStanding.Drained => "drained",
            HandlerStanding.Silent => "silent",
            _ => "away",
        };

    public static Tone ToneOf(HandlerStanding standing) =>
        standing switch
        {
            HandlerStanding.Free => Tone.Ok,
            HandlerStanding.AtWork or HandlerStanding.Full => Tone.Run,
            HandlerStanding.Starting or HandlerStanding.Drained => Tone.Wait,
            HandlerStanding.Silent => Tone.Bad,
            _ => Tone.Idle,
        };

    /// <summary>What the standing of a handler means for its jobs, in a sentence.</summary>
    public static string Meaning(HandlerStanding standing, bool isDrained) =>
        standing switch
        {
            HandlerStanding.Free => "It is connected and has room.",
            HandlerStanding.AtWork => "It is at work, and has room for more.",
            HandlerStanding.Full => "All its places are in use; further jobs wait, or go to others.",
            HandlerStanding.Starting => "It has connected, and the Broker waits for the answer to its first probe.",
            HandlerStanding.Drained => "Somebody drained it: it gets no new jobs, and ends those that it has.",
            HandlerStanding.Silent =>
                "It is connected and has not answered the Broker's probe; it gets no new jobs until it does.",
            _ when isDrained => "It is not connected, and is drained: when it comes back, it gets no jobs.",
            _ => "It is not connected. Its jobs go to others that offer the same methods, or wait.",
        };

    public static int Running(HandlerView handler) => handler.Sessions.Sum(session => session.Running);

    public static int Capacity(HandlerView handler) => handler.Sessions.Sum(session => session.Capacity);

    /// <summary>How many places are in use, such as <c>3 of 8 places in use</c>.</summary>
    public static string Places(HandlerView handler) =>
        $"{NumberText.Whole(Running(handler))} of {NumberText.Of(Capacity(handler), "place", "places")} in use";

    /// <summary>The first few of a list of names, and how many there are beside them.</summary>
    public static string Few(IEnumerable<string> names, int shownMax = 2)
    {
        var all = names.Distinct(StringComparer.Ordinal).ToArray();
        var shown = string.Join(", ", all.Take(shownMax).Select(name => ForeignText.Short(name, 60)));
        return all.Length > shownMax ? $"{shown} +{NumberText.Whole(all.Length - shownMax)}" : shown;
    }

    /// <summary>The state of a session, in the words of pages.</summary>
    public static (string Words, Tone Tone) Of(SessionView session) =>
        session.State switch
        {
            "ready" => ("ready", Tone.Ok),
            "starting" => ("starting", Tone.Wait),
            "unresponsive" => ("silent", Tone.Bad),
            "detached" => ("cut off", Tone.Bad),
            _ => (ForeignText.Short(session.State, 20), Tone.Idle),
        };

    /// <summary>The way that a session's messages take, such as <c>dmz-1, WebSockets</c>.</summary>
    public static string WayOf(SessionView session) => WayOf(session.Bridge, session.Transport);

    /// <summary>The way that messages of a connection take.</summary>
    public static string WayOf(string? bridgeName, string? transportName)
    {
        var transport = transportName switch
        {
            null => null,
            "webSockets" => "WebSockets",
            "serverSentEvents" => "server-sent events",
            "longPolling" => "long polling",
            "zeroMQ" => "ZeroMQ",
            var other => ForeignText.Short(other, 30),
        };
        var bridge =
            bridgeName is not null ? ForeignText.Short(bridgeName, 60)
            : transportName is null ? "no connection"
            : "direct";
        return transport is null ? bridge : $"{bridge}, {transport}";
    }

    /// <summary>Labels in order of their names, such as <c>rack=b12</c>; few of them, and cut.</summary>
    public static IReadOnlyList<string> LabelsOf(SessionView session, int shownMax = 20) =>
        [
            .. (session.Labels ?? new Dictionary<string, string>())
                .OrderBy(label => label.Key, StringComparer.Ordinal)
                .Take(shownMax)
                .Select(label => $"{ForeignText.Short(label.Key, 40)}={ForeignText.Short(label.Value, 80)}"),
        ];

    /// <summary>Round trips are short: <c>0.8 ms</c>, <c>12 ms</c>, <c>1.4 s</c>.</summary>
    public static string RoundTrip(double? milliseconds) =>
        milliseconds switch
        {
            null => "",
            < 10 => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{milliseconds:0.#} ms"),
            _ => TimeText.Duration(TimeSpan.FromMilliseconds(milliseconds.Value)),
        };
}
