using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>
/// Puts refusals into the audit log without delaying the request that is refused. Refusals beyond the bounds, or while
/// the Broker is busy, are counted, and the count is written when its minute is over.
/// </summary>
internal sealed class Denials(IBrokerInputs inputs, TimeProvider time) : IHostedService, IDisposable
{
    /// <summary>
    /// How many refusals of callers who show no valid credential, all together, get an event of their own in a minute.
    /// </summary>
    public const int AnonymousPerMinute = 60;

    /// <summary>How many refusals of known callers, all together, get an event of their own in a minute.</summary>
    public const int KnownPerMinute = 600;

    private readonly Lock _gate = new();
    private readonly long _started = time.GetTimestamp();
    private readonly RefusalBudget _anonymous = new(AnonymousPerMinute);
    private readonly RefusalBudget _known = new(KnownPerMinute);
    private ITimer? _timer;
    private bool _isArmed;

    private TimeSpan Now => time.GetElapsedTime(_started);

    public void Note(HttpContext http, string reason) => Note(http, AuditNotes.OfDenial(http, reason));

    public void Note(HttpContext http, AuditNote note)
    {
        lock (_gate)
        {
            WriteMissed(Now);
            var budget = http.User is Caller ? _known : _anonymous;
            if (!budget.TryTake(Now))
            {
                Arm();
            }
            else if (!inputs.TryPut(new BrokerInput.Noted { Audit = note }))
            {
                budget.Miss();
                Arm();
            }
        }
    }

    /// <summary>Notes a refusal with 403, and passes it on; null stays null.</summary>
    public ProblemAnswer? NoteIfForbidden(HttpContext http, ProblemAnswer? refusal)
    {
        if (refusal is not null)
        {
            Note(http, ErrorCodes.Forbidden);
        }

        return refusal;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Writes the counts of refusals that got no event of their own.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            WriteMissed(TimeSpan.MaxValue);
        }

        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    private void Arm()
    {
        if (!_isArmed)
        {
            _isArmed = true;
            _timer ??= time.CreateTimer(_ => OnMinuteOver(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        }
    }

    private void OnMinuteOver()
    {
        lock (_gate)
        {
            _isArmed = false;
            WriteMissed(Now);
        }
    }

    private void WriteMissed(TimeSpan now)
    {
        WriteMissed(_anonymous, AuditNote.Anonymous, "anonymous callers", now);
        WriteMissed(_known, AuditNote.System, "known callers", now);
    }

    private void WriteMissed(RefusalBudget budget, string actor, string whose, TimeSpan now)
    {
        if (budget.TakeMissed(now) is not (> 0 and var missed))
        {
            return;
        }

        var note = new AuditNote
        {
            Actor = actor,
            Action = "requests:make",
            Outcome = AuditOutcomes.Denied,
            Reason = $"{missed} more refusals of {whose}",
        };
        if (!inputs.TryPut(new BrokerInput.Noted { Audit = note }))
        {
            // The Broker is still busy: the count stays for the next try.
            budget.Miss(missed);
            Arm();
        }
    }
}
