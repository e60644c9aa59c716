using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Bugs;
using ScheduleZero.Simulation.Handlers;
using ScheduleZero.Simulation.Invariants;
using ScheduleZero.Simulation.Network;
using ScheduleZero.Simulation.Producers;
using ScheduleZero.Testing.Time;

namespace ScheduleZero.Simulation.Runs;

/// <summary>
/// One run: a Broker that dies and comes back on one disk, its handlers, producers and operators, and the network
/// between them. There is one thread and no real time, so the same seed and acts always have the same end.
/// </summary>
internal sealed class World
{
    public static readonly IReadOnlyList<string> Namespaces = ["default", "tenant"];
    public static readonly IReadOnlyList<string> Handlers = ["one", "two", "three"];
    public static readonly NamespaceLimits TenantLimits = new()
    {
        RunningJobs = 3,
        WaitingJobs = 12,
        PerMethod = new Dictionary<string, WorkLimits>
        {
            ["a"] = new() { RunningJobs = 2, Rate = new RateOptions(5, TimeSpan.FromSeconds(6)) },
        },
        PerHandler = new Dictionary<string, WorkLimits>
        {
            ["two"] = new() { RunningJobs = 1 },
            ["three"] = new() { Rate = new RateOptions(4, TimeSpan.FromSeconds(5)) },
        },
    };

    /// <summary>The start of a run: a minute before the clocks of Europe go forward.</summary>
    public static readonly DateTimeOffset Start = new(2026, 3, 29, 0, 59, 0, TimeSpan.Zero);

    private static readonly TimeSpan CalmMax = TimeSpan.FromMinutes(20);

    private readonly IReadOnlyList<Act> _acts;
    private readonly List<Invariant> _invariants;
    private readonly List<string>? _trace;
    private readonly Operator _operator;
    private readonly Producer _producer;
    private readonly List<JobId> _known = [];
    private readonly Dictionary<JobId, string> _namespaces = [];
    private long _connections;
    private int _ids;
    private int _instances;
    private bool _mustCheck;

    public World(int seed, IReadOnlyList<Act> acts, PlantedBug? bug = null, List<string>? trace = null)
    {
        (_acts, _trace) = (acts, trace);
        Chance = new Random(seed);
        Bug = bug ?? new PlantedBug();
        BrokerClock = new MachineClock(Agenda, fire => fire(), Start);
        Disk = new Disk(throughRecords: seed % 4 == 0);
        Disturbance = new Disturbance(this);
        Wires = new Wires(this);
        Desk = new Desk(this);
        _operator = new Operator(this);
        _producer = new Producer(this);
        _invariants = Invariant.All(this);
        Bug.Enter(this);
    }

    public CoreOptions CoreOptions { get; } = new();

    public Agenda Agenda { get; } = new();

    public OneThread Thread { get; } = new();

    public Random Chance { get; }

    public PlantedBug Bug { get; }

    public MachineClock BrokerClock { get; }

    public Disk Disk { get; }

    public Disturbance Disturbance { get; }

    public Wires Wires { get; }

    public Desk Desk { get; }

    public BrokerProcess? Broker { get; private set; }

    /// <summary>Whether faults have stopped, so that every part works as it should.</summary>
    public bool IsCalm { get; private set; }

    /// <summary>Whether the wall clock of the Broker was set at least once.</summary>
    public bool IsWallSet { get; private set; }

    public IReadOnlyList<JobId> KnownJobs => _known;

    public List<Member> Members { get; } = [];

    public List<AgentProcess> Agents { get; } = [];

    public List<Rogue> Rogues { get; } = [];

    /// <summary>The limits that an operator set for the method or the handler; null for none.</summary>
    public static WorkLimits? WorkLimitsOf(IReadOnlyDictionary<string, WorkLimits>? limits, string ns, string name) =>
        ns == "tenant" ? limits?.GetValueOrDefault(name) : null;

    public static int ConcurrencyLimitOf(int key) => 1 + (key % 3);

    public void Run()
    {
        // The context of whoever runs the test. With it, continuations after a commit would run on another thread.
        var outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            RunAlone();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outside);
        }
    }

    private void RunAlone()
    {
        Begin();
        foreach (var act in _acts)
        {
            Agenda.At(TimeSpan.FromMilliseconds(act.At), () => Do(act));
        }

        Live(Plan.Length);
        Calm();
        for (var until = Plan.Length; until < Plan.Length + CalmMax && !IsOver; until += TimeSpan.FromSeconds(1))
        {
            Live(until);
        }

        _invariants.ForEach(invariant => invariant.Ended());
    }

    public bool IsOver =>
        Disk.Jobs.Count == 0 && Desk.IsEmpty && Disk.Schedules.Count == 0 && Broker is { IsAtRest: true };

    public void Note(Func<string> what) => _trace?.Add($"{Agenda.Now.TotalSeconds, 9:0.0000} s  {what()}");

    public long NextConnection() => ++_connections;

    public JobId NextJob() => new(NextGuid());

    public Guid NextGuid() => new(++_ids, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 0);

    public string NamespaceOf(JobId id) => _namespaces.GetValueOrDefault(id, Namespaces[0]);

    /// <summary>Puts a commit on the disk as a whole.</summary>
    public void Commit(IReadOnlyList<Change> changes)
    {
        _mustCheck = true;
        foreach (var change in changes)
        {
            Note(() => $"on disk: {change}");
            _invariants.ForEach(invariant => invariant.Committing(change));
            Disk.Apply(change);
            if (change is Change.JobAdded added)
            {
                _known.Add(added.Job.Id);
                _namespaces[added.Job.Id] = added.Job.Namespace;
            }
        }
    }

    /// <summary>Called when an input has reached the Broker.</summary>
    public void Heard(BrokerInput input)
    {
        Note(() => $"the Broker hears {input}");
        _invariants.ForEach(invariant => invariant.Heard(input));
    }

    /// <summary>Called when the loop has turned, and pauses.</summary>
    public void Turned() => _mustCheck = true;

    /// <summary>Called when the Broker sends a message.</summary>
    public void Said(long connection, IBrokerMessage message)
    {
        Note(() => $"the Broker says on {connection} {message}");
        _invariants.ForEach(invariant => invariant.Said(connection, message));
    }

    /// <summary>Called when a request has its answer.</summary>
    public void Answered(Ask ask, Answer answer)
    {
        Note(() => $"answered: {answer}");
        _invariants.ForEach(invariant => invariant.Answered(ask, answer));
    }

    /// <summary>Called when the code of an attempt begins.</summary>
    public void Begins(AttemptId id, AgentProcess process) =>
        _invariants.ForEach(invariant => invariant.Begins(id, process));

    public void BrokerEnded(BrokerProcess process)
    {
        Note(() => "the Broker's process ends");
        Broker = null;
        Desk.BrokerEnded();
        foreach (var bridge in Wires.Bridges)
        {
            bridge.BrokerEnded(process);
        }

        Agenda.In(
            TimeSpan.FromMilliseconds(IsCalm ? 100 : Chance.Next(100, Chance.Next(4) == 0 ? 45_000 : 4_000)),
            StartBroker
        );
    }

    /// <summary>Called when an agent was told not to come back. Its operator starts another one.</summary>
    public void AgentEnded(AgentProcess process) =>
        Agenda.In(TimeSpan.FromSeconds(2), () => Restart(process, TimeSpan.Zero, isTold: true));

    private void Begin()
    {
        foreach (var ns in Namespaces)
        {
            Disk.Keep(
                new NamespaceRecord
                {
                    Name = ns,
                    Limits = ns == "tenant" ? TenantLimits : new NamespaceLimits(),
                    CreatedAt = default,
                    CreatedBy = "simulation",
                    Version = 1,
                }
            );
        }

        AddMember("default", "one", 1);
        AddMember("default", "one", 2);
        AddMember("default", "two", 1);
        AddMember("default", "three", 1);
        AddMember("tenant", "one", 1);
        AddMember("tenant", "two", 1);
        AddMember("tenant", "three", 1);
        StartBroker();
        foreach (var bridge in Wires.Bridges)
        {
            Agenda.In(TimeSpan.FromMilliseconds(Chance.Next(1_000)), bridge.Begin);
        }
    }

    private void AddMember(string ns, string handler, int copy)
    {
        var via = Chance.Next(3) is var draw and < 2 ? Wires.Bridges[draw] : null;
        var member = new Member(ns, handler, copy, via) { Capacity = Chance.Next(1, 5) };
        Members.Add(member);
        var key = member.Key(Start);
        Disk.Keys[key.Id] = key;
        if ((ns, handler) is ("default", "three") or ("tenant", "two"))
        {
            Rogues.Add(new Rogue(this, member, $"r{++_instances}"));
        }
        else
        {
            Agenda.In(TimeSpan.FromMilliseconds(Chance.Next(2_000)), () => StartAgent(member));
        }
    }

    private void StartBroker()
    {
        if (Broker is null)
        {
            Note(() => "the Broker starts");
            _invariants.ForEach(invariant => invariant.Starting());
            Broker = new BrokerProcess(this);
        }
    }

    private void StartAgent(Member member)
    {
        var process = new AgentProcess(this, member, $"i{++_instances}");
        Note(() => $"{member} starts as {process.Instance}");
        Agents.Add(process);
    }

    private void Restart(AgentProcess process, TimeSpan down, bool isTold)
    {
        if (process.IsDead)
        {
            return;
        }

        process.Kill(isTold);
        Agents.Remove(process);
        Agenda.In(down, () => StartAgent(process.Member));
    }

    private void Live(TimeSpan until)
    {
        while (Agenda.Step(until))
        {
            Broker?.TurnIfWoken();
            Desk.Look();
            if (_mustCheck)
            {
                _mustCheck = false;
                _invariants.ForEach(invariant => invariant.Stepped());
                if (Broker is { IsAtRest: true } broker)
                {
                    _invariants.ForEach(invariant => invariant.Rested(broker));
                }
            }
        }
    }

    // Everything that is unfinished from here on must end. Otherwise a place or a turn was lost on the way.
    private void Calm()
    {
        Note(() => "faults stop");
        IsCalm = true;
        Disturbance.End();
        StartBroker();
        foreach (var rogue in Rogues)
        {
            rogue.Retire();
            StartAgent(rogue.Member);
        }

        Rogues.Clear();
        _operator.DeleteAll();
        foreach (var member in Members)
        {
            _operator.Drain(member, drained: false, mustBeAnswered: true);
        }

        _operator.ResumeAll();
    }

    private void Do(Act act)
    {
        Note(() => $"== {act}");
        new Acting(this, _producer, _operator).Do(act);
    }

    /// <summary>The namespace that an act is about.</summary>
    public string NamespaceOf(Act act) => MemberOf(act).Namespace;

    /// <summary>The handler that an act is about.</summary>
    public Member MemberOf(Act act) => Members[act.A % Members.Count];

    public void KillAgent(Act act)
    {
        if (Agents.Count > 0)
        {
            Restart(Agents[act.A % Agents.Count], TimeSpan.FromMilliseconds(act.B % 40_000), isTold: act.C % 2 == 0);
        }
    }

    public void SetWall(TimeSpan by)
    {
        IsWallSet = true;
        BrokerClock.Skew += by;
    }
}
