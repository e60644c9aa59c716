using System.Text;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Words;

/// <summary>The words and tones of broker events.</summary>
internal static class EventText
{
    /// <summary>The types that may need a person.</summary>
    public static IReadOnlyList<string> Troubles { get; } =
    [
        "job.retrying",
        "job.failed",
        "job.expired",
        "schedule.missed",
        "schedule.stopped",
        "handler.offline",
        "handler.rejecting",
        "handler.refused",
        "handler.locked",
        "alert.began",
    ];

    /// <summary>A type in words: <c>job priority changed</c>.</summary>
    public static string Of(string type) =>
        type switch
        {
            "schedule.wentOn" => "schedule goes on",
            "schedule.kept" => "schedule held offline",
            _ => Apart(type),
        };

    /// <summary>The kind of an event as the label of a list: <c>Jobs</c>.</summary>
    public static string KindLabel(string kind) =>
        kind == "batch" ? "Batches" : $"{char.ToUpperInvariant(kind[0])}{kind[1..]}s";

    public static Tone ToneOf(string type) =>
        type switch
        {
            "job.succeeded" or "handler.online" or "handler.enrolled" or "batch.finished" or "schedule.wentOn" =>
                Tone.Ok,
            "method.resumed" or "alert.ended" => Tone.Ok,
            "job.failed" or "job.expired" or "schedule.missed" or "schedule.stopped" => Tone.Bad,
            "handler.offline" or "handler.refused" or "handler.locked" or "alert.began" => Tone.Bad,
            "job.retrying" or "handler.rejecting" or "schedule.queued" => Tone.Wait,
            "schedule.paused" or "method.paused" => Tone.Wait,
            "job.started" or "job.progress" or "schedule.fired" => Tone.Run,
            _ => Tone.Idle,
        };

    /// <summary>What an event is about, short: ids of one time begin alike, so the end tells them apart.</summary>
    public static string SubjectOf(BrokerEvent happened) =>
        EventTypes.KindOf(happened.Type) is "job" or "batch" && happened.Subject.Length > 12
            ? $"…{happened.Subject[^12..]}"
            : ForeignText.Short(happened.Subject, 128);

    /// <summary>What an event says, short. What the Broker says of schedules has instants in it.</summary>
    public static string DetailOf(BrokerEvent happened, TimeText times) =>
        ForeignText.Short(
            happened.Type.StartsWith("schedule.", StringComparison.Ordinal)
                ? times.InText(happened.Detail ?? "")
                : happened.Detail
        );

    private static string Apart(string type)
    {
        var words = new StringBuilder(type.Length + 4);
        foreach (var c in ForeignText.Short(type, 64))
        {
            if (c == '.')
            {
                words.Append(' ');
            }
            else if (char.IsAsciiLetterUpper(c))
            {
                words.Append(' ').Append(char.ToLowerInvariant(c));
            }
            else
            {
                words.Append(c);
            }
        }

        return words.ToString();
    }
}
