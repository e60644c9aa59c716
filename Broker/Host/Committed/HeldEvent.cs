using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Committed;

/// <summary>A broker event as it is held and shown: with words about its job, and without the job itself.</summary>
/// <param name="Number">The number of the event, counted from 1 at each start of the Broker.</param>
/// <param name="Method">The method of the job, or that the event is about; null when there is none.</param>
/// <param name="Schedule">
/// The schedule that the event is about, or that made the job; null when there is none.
/// </param>
internal sealed record HeldEvent(
    long Number,
    string Type,
    string Namespace,
    string Subject,
    DateTimeOffset At,
    string? Method,
    string? Schedule,
    string? Handler,
    string? Detail
)
{
    /// <summary>What an event counts beside the characters of its detail, in bytes.</summary>
    private const int Overhead = 256;

    /// <summary>About how many bytes of memory the event takes.</summary>
    public long Bytes => Overhead + ((long)(Detail?.Length ?? 0) * sizeof(char));

    public static HeldEvent Of(NumberedEvent numbered)
    {
        var happened = numbered.Happened;
        return new HeldEvent(
            numbered.Number,
            happened.Type,
            happened.Namespace,
            happened.Subject,
            happened.At,
            MethodOf(happened),
            ScheduleOf(happened),
            happened.Handler,
            happened.Detail
        );
    }

    /// <summary>The method of an event's job, or that an event is about; null for none.</summary>
    public static string? MethodOf(Happened happened) =>
        happened.Job is { } job ? job.Spec.Method
        : happened.Type.StartsWith("method.", StringComparison.Ordinal) ? happened.Subject
        : null;

    /// <summary>The name of the schedule that an event is about, or that made its job; null for none.</summary>
    public static string? ScheduleOf(Happened happened) =>
        happened.Job is { } job ? job.Occurrence?.Schedule
        : happened.Type.StartsWith("schedule.", StringComparison.Ordinal) ? happened.Subject
        : null;
}
