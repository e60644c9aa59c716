using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Brokers;

namespace ScheduleZero.Simulation.Bugs;

internal sealed class SpeaksBeforeCommitBug : PlantedBug
{
    public override bool SpeaksBeforeCommit => true;
}

/// <summary>Planted bug: now and then a commit lacks its last change.</summary>
internal sealed class LosesLastChangeBug : PlantedBug
{
    private int _commits;

    public override IReadOnlyList<Change> Commit(IReadOnlyList<Change> changes) =>
        ++_commits % 20 == 0 && changes.Count > 1 ? [.. changes.SkipLast(1)] : changes;
}

internal sealed class ForgetsTokensAtStartBug : PlantedBug
{
    public override StoredState Load(StoredState stored) =>
        stored with
        {
            Jobs = [.. stored.Jobs.Select(job => job.Current is null ? job with { Token = 0 } : job)],
        };
}

internal sealed class ForgetsRetriesAtStartBug : PlantedBug
{
    public override StoredState Load(StoredState stored) =>
        stored with
        {
            Jobs = [.. stored.Jobs.Select(job => job.Current is null ? job with { AttemptsUsed = 0 } : job)],
        };
}

internal sealed class ForgetsDeduplicationAtStartBug : PlantedBug
{
    public override StoredState Load(StoredState stored) =>
        stored with
        {
            Deduplications = [],
            Jobs = [.. stored.Jobs.Select(job => job with { Spec = job.Spec with { DeduplicationKey = null } })],
        };
}

/// <summary>Planted bug: a handler that comes back may go on with any attempt that it names.</summary>
internal sealed class ResumesEverythingBug : PlantedBug
{
    public override IBrokerMessage Say(IBrokerMessage message) =>
        message is Welcome welcome
            ? welcome with
            {
                Resumed = [.. welcome.Resumed, .. welcome.Abandoned],
                Abandoned = [],
            }
            : message;
}

/// <summary>Planted bug: a handler is not told that its result came too late.</summary>
internal sealed class AcceptsLateResultsBug : PlantedBug
{
    public override IBrokerMessage Say(IBrokerMessage message) =>
        message is Ack ack
            ? new Ack([.. ack.Attempts.Select(attempt => attempt with { Outcome = "accepted" })])
            : message;
}

/// <summary>Planted bug: a report counts for the open attempt, whichever attempt it names.</summary>
internal sealed class IgnoresTokensBug : PlantedBug
{
    public override BrokerInput Hear(BrokerInput input) =>
        input is BrokerInput.ReportSaid said
            ? said with
            {
                Report = new Report([.. said.Report.Events.Select(OfOpenAttempt)]),
            }
            : input;

    private ReportEvent OfOpenAttempt(ReportEvent said) =>
        said.AttemptId is { } id && World.Disk.Jobs.GetValueOrDefault(id.Job) is { Current: not null, Token: var token }
            ? said with
            {
                AttemptId = new AttemptId(id.Job, token),
                FencingToken = null,
            }
            : said;
}

/// <summary>
/// Planted bug: a heartbeat renews every lease of its handler, also of attempts that it does not name.
/// </summary>
internal sealed class BeatsForEverythingBug : PlantedBug
{
    private readonly Dictionary<long, string> _instances = [];

    public override BrokerInput Hear(BrokerInput input)
    {
        if (input is BrokerInput.HelloSaid hello)
        {
            _instances[hello.Connection] = hello.Hello.Instance;
        }

        return input is BrokerInput.HeartbeatSaid beat && _instances.TryGetValue(beat.Connection, out var instance)
            ? beat with
            {
                Heartbeat = new Heartbeat(beat.Heartbeat.Capacity, OpenOf(instance)),
            }
            : input;
    }

    private List<AttemptId> OpenOf(string instance) =>
        [
            .. World
                .Disk.Jobs.Values.Where(job => job.Current?.Instance == instance)
                .Select(job => new AttemptId(job.Id, job.Token)),
        ];
}

/// <summary>Planted bug: a start of the Broker forgets what rate limits have counted.</summary>
internal sealed class ForgetsStartsAtStartBug : PlantedBug
{
    public override StoredState Load(StoredState stored) => stored with { Rates = [] };
}

/// <summary>Planted bug: a start of the Broker lets paused methods go on.</summary>
internal sealed class ForgetsPausesAtStartBug : PlantedBug
{
    public override StoredState Load(StoredState stored) => stored with { Pauses = [] };
}

/// <summary>Planted bug: the places of a job are released twice when an attempt fails.</summary>
internal sealed class ReleasesPlacesTwiceBug : PlantedBug
{
    private readonly Dictionary<JobId, Job> _running = [];

    public override void Started(BrokerCore core) => _running.Clear();

    public override void Turned(BrokerCore core)
    {
        var xray = new CoreXray(core);
        foreach (var (id, ran) in _running.ToList())
        {
            if (xray.JobTable.Find(id) is { Job: var job } && !job.Holds(ran.Token))
            {
                xray.Dispatcher.Release(ran);
                _running.Remove(id);
            }
        }

        foreach (var attempt in xray.Attempts)
        {
            _running[attempt.Slot.Job.Id] = attempt.Slot.Job;
        }
    }
}

/// <summary>Planted bug: after the clock went back, schedules fire without asking which instants were served.</summary>
internal sealed class FiresAgainAfterTheClockWentBackBug : PlantedBug
{
    public override void Turned(BrokerCore core)
    {
        var schedules = new CoreXray(core).ScheduleTable;
        foreach (var schedule in schedules.All.Where(schedule => schedule.ServedAhead is not null).ToList())
        {
            schedules.Find(schedule.Namespace, schedule.Name)!.Schedule = schedule with { ServedAhead = null };
        }
    }
}

/// <summary>Planted bug: after the clock went back, schedules stay at their later instants.</summary>
internal sealed class StaysAheadAfterTheClockWentBackBug : PlantedBug
{
    public override void Turned(BrokerCore core)
    {
        var schedules = new CoreXray(core).ScheduleTable;
        foreach (var schedule in schedules.All.ToList())
        {
            schedules.Find(schedule.Namespace, schedule.Name)!.IsSetBack = false;
        }
    }
}

/// <summary>Planted bug: a job leaves the queue of ready jobs when a handler is drained.</summary>
internal sealed class DropsReadyJobAtDrainBug : PlantedBug
{
    private bool _drops;

    public override BrokerInput Hear(BrokerInput input)
    {
        _drops |= input is BrokerInput.DrainHandler { Drained: true } or BrokerInput.DisconnectHandler;
        return input;
    }

    public override void Turned(BrokerCore core)
    {
        var xray = new CoreXray(core);
        if (
            _drops
            && xray.Slots.FirstOrDefault(slot => slot.Job.State == JobState.Ready && slot.Queue is not null) is { } slot
        )
        {
            xray.Dispatcher.Remove(slot);
            _drops = false;
        }
    }
}

/// <summary>
/// Planted bug: the dispatcher is not told that a session has room again, until something else changes the session's
/// credit.
/// </summary>
internal sealed class MissesWakeUpsBug : PlantedBug
{
    private Dictionary<SessionOffer, int> _running = [];

    public override void Started(BrokerCore core) => _running.Clear();

    public override void Turned(BrokerCore core)
    {
        var running = new CoreXray(core).Offers.ToDictionary(offer => offer, offer => offer.Running.Count);
        foreach (var (offer, count) in running)
        {
            if (count < _running.GetValueOrDefault(offer))
            {
                Hide(offer);
            }
        }

        _running = running;
    }

    private static void Hide(SessionOffer offer)
    {
        for (var i = 0; i < offer.Lanes.Length; i++)
        {
            offer.Lanes[i].SetFree(offer, i, false);
        }

        offer.IsFree = false;
    }
}

/// <summary>Planted bug: a start of the Broker overlooks a job.</summary>
internal sealed class LosesJobsAtStartBug : PlantedBug
{
    public override StoredState Load(StoredState stored) => stored with { Jobs = [.. stored.Jobs.Skip(1)] };
}
