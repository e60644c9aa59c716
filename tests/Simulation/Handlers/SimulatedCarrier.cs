using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.Simulation.Network;
using ScheduleZero.Testing.Handlers;

namespace ScheduleZero.Simulation.Handlers;

/// <summary>The carrier below a real agent, in place of SignalR and ZeroMQ.</summary>
internal sealed class SimulatedCarrier(AgentProcess process) : ICarrier
{
    public async Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(process.World.Chance.Next(1, 50)), process.Clock, cancellationToken);
        return SimulatedConnection.TryOpen(process, inbox) ?? throw new CarrierException("Nobody answers.");
    }
}

internal sealed class SimulatedConnection : AgentConnection
{
    private Link _link = null!;

    private SimulatedConnection(AgentProcess process, Inbox inbox)
        : base(inbox, process.Do) => Process = process;

    public AgentProcess Process { get; }

    public override bool SilenceNeedsHello => _link.Via is null;

    public static SimulatedConnection? TryOpen(AgentProcess process, Inbox inbox)
    {
        var connection = new SimulatedConnection(process, inbox);
        if (process.World.Wires.Connect(process.Member, process.Member.Via, connection) is not { } link)
        {
            return null;
        }

        connection._link = link;
        return connection;
    }

    protected override void Close() => Process.World.Wires.CloseHere(_link, isTold: true);

    protected override void Send(IHandlerMessage message)
    {
        if (!_link.IsOpenHere)
        {
            throw new CarrierException("The connection is lost.");
        }

        Process.World.Wires.Up(_link, message.Kind, ProtocolJson.Write(message));
    }
}
