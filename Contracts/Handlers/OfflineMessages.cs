using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Contracts.Handlers;

// The messages about offline schedules: which schedules a handler has to run while the Broker is out of its reach, and
// what it reports of them afterwards.

/// <summary>The handler is to keep these copies, each in place of an older one of the same schedule.</summary>
public sealed record Keep : IMessage<Keep>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Keep;

    /// <summary>The public key that signed the copies; the handler stores the key beside them.</summary>
    public required AuditKey Key { get; init; }

    public required IReadOnlyList<KeptCopy> Copies { get; init; }

    /// <summary>
    /// The ids of the schedules that the handler may still have; it deletes its copies of all others. Null when no copy
    /// is to be deleted.
    /// </summary>
    public IReadOnlyList<Guid>? Only { get; init; }
}

/// <summary>A copy of a schedule (KeptSchedule), as the Broker signed it (OfflineProofs).</summary>
/// <param name="Schedule">The copy's JSON in UTF-8, in base64url.</param>
/// <param name="Signature">The signature of <paramref name="Schedule"/>, in base64url.</param>
public sealed record KeptCopy(string Schedule, string Signature);

/// <summary>
/// Reports what a handler that was out of reach did with one schedule, or, without a copy, that it has nothing to
/// report of any.
/// </summary>
public sealed record Ran : IMessage<Ran>, IHandlerMessage
{
    public static MessageKind MessageKind => MessageKind.Ran;

    /// <summary>The copy that was run, as the Broker gave it; null when the handler has nothing to report.</summary>
    public KeptCopy? Copy { get; init; }

    /// <summary>The outcomes by nominal instant, the oldest first.</summary>
    public required IReadOnlyList<OfflineRun> Runs { get; init; }

    /// <summary>
    /// Whether the report is complete: from now on the Broker serves the instants of the schedule again.
    /// </summary>
    public bool Last { get; init; }
}

/// <summary>The outcome of one nominal instant of an offline schedule.</summary>
public sealed record OfflineRun
{
    public required DateTimeOffset Nominal { get; init; }

    /// <summary>The outcome, one of <see cref="OfflineOutcomes"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The number of attempts that were begun; 0 for an instant that was missed.</summary>
    public int Attempts { get; init; }

    /// <summary>When the newest attempt began; null for an instant that was missed.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Result { get; init; }

    /// <summary>The error of the newest attempt, for an occurrence that failed; otherwise null.</summary>
    public AttemptError? Error { get; init; }

    /// <summary>Why an instant was missed; otherwise null.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// What the attempts logged, the oldest line first; the Broker stores up to
    /// <see cref="Limits.OfflineLogLinesMax"/>.
    /// </summary>
    public IReadOnlyList<OfflineLogLine>? Log { get; init; }
}

/// <summary>One line that an attempt logged.</summary>
/// <param name="Attempt">The number of the attempt, counted from 1.</param>
/// <param name="Level">The level, as in <see cref="ReportEvent.Level"/>.</param>
public sealed record OfflineLogLine(int Attempt, DateTimeOffset At, string Level, string Message);

public static class OfflineOutcomes
{
    /// <summary>The occurrence runs at the handler; a later message tells its end.</summary>
    public const string Running = "running";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";

    /// <summary>The occurrence did not run, and will not.</summary>
    public const string Missed = "missed";

    /// <summary>Whether an outcome is the last one of its instant.</summary>
    public static bool IsFinal(string outcome) => outcome is Succeeded or Failed or Missed;
}

/// <summary>Tells a handler that its outcomes of these instants are stored, and that it may delete them.</summary>
/// <param name="Refused">Why the Broker will never store the outcomes; null when they are stored. The handler puts
/// refused outcomes aside for a person to read.</param>
public sealed record Taken(Guid ScheduleId, IReadOnlyList<DateTimeOffset> Nominals, string? Refused = null)
    : IMessage<Taken>,
        IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Taken;
}
