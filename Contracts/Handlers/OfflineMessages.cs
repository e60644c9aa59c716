using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Contracts.Handlers;

// Offline schedules: what a handler keeps to run while the Broker is out of its reach, and how it tells of that
// afterwards.

/// <summary>The handler is to keep these copies, each in place of an older one of the same schedule.</summary>
public sealed record Keep : IMessage<Keep>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Keep;

    /// <summary>The public key that signed the copies; the handler keeps the key beside them.</summary>
    public required AuditKey Key { get; init; }

    public required IReadOnlyList<KeptCopy> Copies { get; init; }

    /// <summary>Ids of the schedules to keep, when given: copies of all others are to be deleted.</summary>
    public IReadOnlyList<Guid>? Only { get; init; }
}

/// <summary>A copy of a schedule (KeptSchedule), as the Broker signed it (OfflineProofs).</summary>
/// <param name="Schedule">The copy's JSON in UTF-8, in base64url.</param>
/// <param name="Signature">The signature of <paramref name="Schedule"/>, in base64url.</param>
public sealed record KeptCopy(string Schedule, string Signature);

/// <summary>What a handler that was out of reach has to say of one schedule, or, without a copy, of none.</summary>
public sealed record Ran : IMessage<Ran>, IHandlerMessage
{
    public static MessageKind MessageKind => MessageKind.Ran;

    /// <summary>The copy that was run, as the Broker gave it.</summary>
    public KeptCopy? Copy { get; init; }

    /// <summary>The outcomes by nominal instant, the oldest first.</summary>
    public required IReadOnlyList<OfflineRun> Runs { get; init; }

    /// <summary>All has been said: from now on the instants are the Broker's again.</summary>
    public bool Last { get; init; }
}

/// <summary>The outcome of one nominal instant of an offline schedule.</summary>
public sealed record OfflineRun
{
    public required DateTimeOffset Nominal { get; init; }

    /// <summary>The outcome, one of <see cref="OfflineOutcomes"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Attempts that were begun; 0 for an instant that was missed.</summary>
    public int Attempts { get; init; }

    /// <summary>When the newest attempt began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Result { get; init; }

    /// <summary>The error of the newest attempt, for an occurrence that failed.</summary>
    public AttemptError? Error { get; init; }

    /// <summary>Why an instant was missed.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// What the attempts logged, the oldest line first; the Broker keeps up to <see cref="Limits.OfflineLogLinesMax"/>.
    /// </summary>
    public IReadOnlyList<OfflineLogLine>? Log { get; init; }
}

/// <param name="Attempt">Counted from 1.</param>
/// <param name="Level">As in <see cref="ReportEvent.Level"/>.</param>
public sealed record OfflineLogLine(int Attempt, DateTimeOffset At, string Level, string Message);

public static class OfflineOutcomes
{
    /// <summary>The occurrence runs at the handler; a later message tells its end.</summary>
    public const string Running = "running";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";

    /// <summary>The occurrence did not run, and will not.</summary>
    public const string Missed = "missed";

    /// <summary>Whether nothing more will be said of the instant.</summary>
    public static bool IsFinal(string outcome) => outcome is Succeeded or Failed or Missed;
}

/// <summary>Tells a handler that its outcomes of these instants are stored, and that it may delete them.</summary>
/// <param name="Refused">Why the Broker will never take it, when it does not: the handler puts it aside for a person to
/// look at.</param>
public sealed record Taken(Guid ScheduleId, IReadOnlyList<DateTimeOffset> Nominals, string? Refused = null)
    : IMessage<Taken>,
        IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Taken;
}
