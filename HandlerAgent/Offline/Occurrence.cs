using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.HandlerAgent.Attempts;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// An occurrence of a schedule in custody that runs here. The occurrence waits for its instant, for room or for another
/// occurrence, or an attempt of it runs. Not safe by itself: the lock of the <see cref="OfflineCustodian"/> guards
/// every member.
/// </summary>
/// <param name="takenAt">When the agent found that the occurrence is due.</param>
/// <param name="runAt">When the first attempt may begin.</param>
internal sealed class Occurrence(
    VerifiedCopy copy,
    DateTimeOffset nominal,
    JobId id,
    DateTimeOffset takenAt,
    DateTimeOffset runAt
)
{
    private readonly List<OfflineLogLine> _log = [];
    private int _logCharacters;
    private int _droppedLines;

    /// <summary>How many characters one occurrence may log: all of them are reported in one message.</summary>
    public const int LogCharactersMax = 32 * 1024;

    /// <summary>The copy of the schedule by which the occurrence runs.</summary>
    public VerifiedCopy Copy => copy;

    public KeptSchedule Schedule => copy.Schedule;

    public DateTimeOffset Nominal => nominal;

    public JobId Id => id;

    /// <summary>When the next attempt may begin.</summary>
    public DateTimeOffset RunAt { get; private set; } = runAt;

    /// <summary>The number of attempts that were begun.</summary>
    public int Attempts { get; private set; }

    /// <summary>When the newest attempt began; null before the first one.</summary>
    public DateTimeOffset? StartedAt { get; private set; }

    /// <summary>Why the newest attempt failed; null while an attempt runs, and before the first one.</summary>
    public AttemptError? Error { get; private set; }

    /// <summary>The attempt that runs; null while the occurrence waits.</summary>
    public HeldAttempt? Attempt { get; set; }

    /// <summary>When the attempt times out, whatever its code does, by the steady clock.</summary>
    public long GiveUpAt { get; set; }

    /// <summary>Whether the occurrence waits until those before it have ended.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Whether a later occurrence took this one's place, so that no further attempt follows.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>Whether the newest attempt was begun by a process that ended before the attempt did.</summary>
    public bool IsLost => Attempts > 0 && Attempt is null && Error is null;

    /// <summary>The log so far; null when it is empty.</summary>
    public IReadOnlyList<OfflineLogLine>? Log => _log.Count == 0 ? null : [.. _log];

    public void Begin(int attempt, DateTimeOffset at) => (Attempts, StartedAt, Error) = (attempt, at, null);

    public void Fail(AttemptError error, DateTimeOffset retryAt, IReadOnlyList<OfflineLogLine>? log = null)
    {
        (Error, RunAt, Attempt) = (error, retryAt, null);
        if (log is not null)
        {
            _log.Clear();
            _log.AddRange(log);
            _logCharacters = _log.Sum(line => line.Message.Length);
        }
    }

    public void AddLine(OfflineLogLine line)
    {
        // The last place is for the line that says how many lines were dropped.
        if (_log.Count >= Limits.OfflineLogLinesMax - 1 || _logCharacters + line.Message.Length > LogCharactersMax)
        {
            _droppedLines++;
            return;
        }

        _log.Add(line);
        _logCharacters += line.Message.Length;
    }

    /// <summary>The attempt to begin next, in the form in which the Broker would assign it.</summary>
    public AssignedAttempt NextAttempt() =>
        new()
        {
            AttemptId = new AttemptId(id, Attempts + 1),
            JobId = id,
            Method = Schedule.Method,
            Params = Schedule.Params,
            Attempt = Attempts + 1,
            MaxAttempts = Schedule.Retry.MaxAttempts,
            FencingToken = Attempts + 1,
            LeaseSeconds = (int)Math.Ceiling(Schedule.Timeout.TotalSeconds),
            TimeoutSeconds = Schedule.Timeout.TotalSeconds,
            Tags = Schedule.Tags,
            Schedule = new AssignedSchedule(Schedule.Name, nominal),
            EnqueuedAt = takenAt,
        };

    public OfflineRun ToRunning() =>
        new()
        {
            Nominal = nominal,
            Outcome = OfflineOutcomes.Running,
            Attempts = Attempts,
            StartedAt = StartedAt,
        };

    public OfflineRun ToMissed(string reason) =>
        new()
        {
            Nominal = nominal,
            Outcome = OfflineOutcomes.Missed,
            Reason = reason,
        };

    public OfflineRun ToEnded(RawJson result, AttemptError? error, DateTimeOffset at)
    {
        if (_droppedLines > 0)
        {
            _log.Add(
                new OfflineLogLine(
                    Attempts,
                    at,
                    "warning",
                    $"{_droppedLines} log lines were dropped: an occurrence that runs offline brings back so "
                        + "many and no more."
                )
            );
        }

        return OfflineRunSize.Fit(
            new OfflineRun
            {
                Nominal = nominal,
                Outcome = error is null ? OfflineOutcomes.Succeeded : OfflineOutcomes.Failed,
                Attempts = Attempts,
                StartedAt = StartedAt,
                FinishedAt = at,
                Result = result,
                Error = error,
                Log = Log,
            }
        );
    }
}
