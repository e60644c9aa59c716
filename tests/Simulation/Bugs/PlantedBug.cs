using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Bugs;

/// <summary>A seam between Core, disk and world where a bug can be planted. The base class plants none.</summary>
internal class PlantedBug
{
    /// <summary>Whether the store reports a commit as durable before it is.</summary>
    public virtual bool SpeaksBeforeCommit => false;

    protected World World { get; private set; } = null!;

    public void Enter(World world) => World = world;

    public virtual StoredState Load(StoredState stored) => stored;

    public virtual IReadOnlyList<Change> Commit(IReadOnlyList<Change> changes) => changes;

    /// <summary>Changes an input on its way to the loop.</summary>
    public virtual BrokerInput Hear(BrokerInput input) => input;

    /// <summary>Changes a message on its way out.</summary>
    public virtual IBrokerMessage Say(IBrokerMessage message) => message;

    public virtual void Started(BrokerCore core) { }

    /// <summary>Called after every turn of the loop.</summary>
    public virtual void Turned(BrokerCore core) { }
}
