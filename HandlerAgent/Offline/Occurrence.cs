using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.HandlerAgent.Attempts;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// One nominal instant that is run here: it waits for its time, for room or for another, or an attempt runs. The
/// keeper's lock guards it.
/// </summary>
/// <param name="takenAt">When it became known that it is to run.</param>
/// <param name="runAt">When its first attempt may begin.</param>
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

    /// <summary>What one occurrence may log here: all of it comes back in one message.</summary>
    public const int LogCharactersMax = 32 * 1024;

    public VerifiedCopy Copy => copy;

    public KeptSchedule Schedule => copy.Schedule;

    public DateTimeOffset Nominal => nominal;

    public JobId Id => id;

    public DateTimeOffset RunAt { get; private set; } = runAt;

    /// <summary>The number of attempts that were begun.</summary>
    public int Attempts { get; private set; }

    /// <summary>When the newest attempt began; null before the first.</summary>
    public DateTimeOffset? StartedAt { get; private set; }

    /// <summary>Why the newest attempt failed; null while one runs.</summary>
    public AttemptError? Error { get; private set; }

    /// <summary>The attempt that runs; null while it waits.</summary>
    public HeldAttempt? Attempt { get; set; }

    /// <summary>When the attempt is given up, whatever its code does; in ticks of the steady clock.</summary>
    public long GiveUpAt { get; set; }

    /// <summary>Whether the occurrence waits until earlier ones of its schedule have ended.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Whether another occurrence replaced this one, which is then not tried again.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>An attempt was begun that nobody runs any more: that of a process that fell.</summary>
    public bool IsLost => Attempts > 0 && Attempt is null && Error is null;

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
        // One place is for the line that says how many there was none for.
        if (_log.Count >= Limits.OfflineLogLinesMax - 1 || _logCharacters + line.Message.Length > LogCharactersMax)
        {
            _droppedLines++;
            return;
        }

        _log.Add(line);
        _logCharacters += line.Message.Length;
    }

    /// <summary>The attempt to be begun next.</summary>
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
