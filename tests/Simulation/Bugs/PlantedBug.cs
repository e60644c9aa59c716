using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Bugs;

/// <summary>A seam between Core, disk and world where a bug can be planted. This one plants none.</summary>
internal class PlantedBug
{
    /// <summary>The store says that a commit is on the disk before it is.</summary>
    public virtual bool SpeaksBeforeCommit => false;

    protected World World { get; private set; } = null!;

    public void Enter(World world) => World = world;

    public virtual StoredState Load(StoredState stored) => stored;

    public virtual IReadOnlyList<Change> Commit(IReadOnlyList<Change> changes) => changes;

    /// <summary>An input on its way to the loop.</summary>
    public virtual BrokerInput Hear(BrokerInput input) => input;

    /// <summary>A message on its way out.</summary>
    public virtual object Say(MessageKind kind, object message) => message;

    public virtual void Started(BrokerCore core) { }

    /// <summary>After every turn of the loop.</summary>
    public virtual void Turned(BrokerCore core) { }
}
