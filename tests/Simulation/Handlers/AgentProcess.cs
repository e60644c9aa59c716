using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.HandlerAgent;
using ScheduleZero.Simulation.Runs;
using ScheduleZero.Testing.Handlers;
using ScheduleZero.Testing.Time;

namespace ScheduleZero.Simulation.Handlers;

/// <summary>
/// One start of a real agent: its connection loop, session, attempt book and outbox, with the clock and network of the
/// simulation.
/// </summary>
internal sealed class AgentProcess
{
    private readonly World _world;
    private readonly TurnedAgent _agent;
    private readonly Task _running;
    private TimeSpan _asleepUntil;
    private bool _hasEnded;

    public AgentProcess(World world, Member member, string instance)
    {
        (_world, Member, Instance) = (world, member, instance);
        Clock = new MachineClock(world.Agenda, Do, World.Start);
        var options = new HandlerAgentOptions
        {
            Handler = member.Handler,
            Instance = instance,
            ApiKey = "unused",
            Capacity = member.Capacity,
        };
        options.Bridges.Add("http://bridge.example");
        options.Groups.Add(member.Group);
        var methods = member.Methods.ToDictionary(
            offer => offer.Name,
            offer => new Method(offer, (_, job) => new Work(this, job).Begin()),
            StringComparer.Ordinal
        );
        var parts = new AgentParts(
            options,
            methods,
            new SimulatedCarrier(this),
            NoServices.Instance,
            Clock,
            new Random(world.Chance.Next()).NextDouble,
            NullLogger.Instance,
            Owned: null
        );
        _agent = new TurnedAgent(
            parts,
            world.Agenda,
            Do,
            attempt => world.Thread.Post(_ => attempt.Execute(), null),
            static interval => interval
        );
        Task running = null!;
        world.Thread.Run(() => running = _agent.Loop.RunAsync(CancellationToken.None));
        _running = running;
    }

    public Member Member { get; }

    public string Instance { get; }

    public MachineClock Clock { get; }

    public World World => _world;

    public bool IsDead { get; private set; }

    /// <summary>Whether the agent has ended for good, since the Broker does not want this instance back.</summary>
    public bool HasGivenUp => _running.IsCompleted;

    /// <summary>Ends the process like kill -9. Its connections are reset, or just silent.</summary>
    public void Kill(bool isTold)
    {
        IsDead = true;
        foreach (
            var link in _world
                .Wires.Open.Where(link => link.End is SimulatedConnection connection && connection.Process == this)
                .ToList()
        )
        {
            _world.Wires.CloseHere(link, isTold);
        }
    }

    public void Suspend(TimeSpan time) => _asleepUntil = _world.Agenda.Now + time;

    /// <summary>Runs the agent's code: now, or when the process is resumed; never when the process is dead.</summary>
    public void Do(Action code)
    {
        if (IsDead)
        {
            return;
        }

        if (_world.Agenda.Now < _asleepUntil)
        {
            _world.Agenda.At(_asleepUntil, () => Do(code));
            return;
        }

        _world.Thread.Run(code);
        _agent.WatchSource();
        if (_running.IsCompleted && !_hasEnded)
        {
            _hasEnded = true;
            _world.AgentEnded(this);
        }
    }

    private sealed class NoServices : IServiceScopeFactory, IServiceScope, IServiceProvider
    {
        public static NoServices Instance { get; } = new();

        public IServiceProvider ServiceProvider => this;

        public IServiceScope CreateScope() => this;

        public object? GetService(Type serviceType) => null;

        public void Dispose() { }
    }
}
