using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.Simulation.Network;

namespace ScheduleZero.Simulation.Handlers;

/// <summary>What stands in the place of SignalR and ZeroMQ below a real agent.</summary>
internal sealed class SimulatedCarrier(AgentProcess process) : ICarrier
{
    public async Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(process.World.Chance.Next(1, 50)), process.Clock, cancellationToken);
        return SimulatedConnection.TryOpen(process, inbox) ?? throw new CarrierException("Nobody answers.");
    }
}

internal sealed class SimulatedConnection : IConnection, IEnd
{
    private readonly Inbox _inbox;
    private Link _link = null!;
    private TaskCompletionSource<Welcome>? _answer;

    private SimulatedConnection(AgentProcess process, Inbox inbox) => (Process, _inbox) = (process, inbox);

    public AgentProcess Process { get; }

    public bool SilenceNeedsHello => _link.Via is null;

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

    public Task<Welcome> HelloAsync(Hello hello, CancellationToken cancellationToken)
    {
        _answer = new TaskCompletionSource<Welcome>();
        Send(MessageKind.Hello, ProtocolJson.Write(hello));
        return _answer.Task.WaitAsync(cancellationToken);
    }

    public Task<TAnswer> AskAsync<TAnswer>(MessageKind kind, MessageKind answer, byte[] body, CancellationToken cancellationToken)
        where TAnswer : class => throw new NotSupportedException("The agents of the simulation have no enrolled keys.");

    public Task SendAsync(MessageKind kind, byte[] body, CancellationToken cancellationToken)
    {
        Send(kind, body);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Process.World.Wires.CloseHere(_link, isTold: true);
        return ValueTask.CompletedTask;
    }

    public void Hear(MessageKind kind, byte[] body) => Process.Do(() =>
    {
        switch (kind)
        {
            case MessageKind.Welcome when ProtocolJson.TryRead<Welcome>(body, out var welcome, out _):
                _answer?.TrySetResult(welcome);
                break;
            case MessageKind.Refused when ProtocolJson.TryRead<Refused>(body, out var refused, out _):
                _answer?.TrySetException(Refusals.Of(refused));
                break;
            default:
                _inbox.Post(kind, body);
                break;
        }
    });

    public void Lost(string reason) => Process.Do(() =>
    {
        _answer?.TrySetException(new CarrierException(reason));
        _inbox.Lost(reason);
    });

    private void Send(MessageKind kind, byte[] body)
    {
        if (!_link.IsOpenHere)
        {
            throw new CarrierException("The connection is lost.");
        }

        Process.World.Wires.Up(_link, kind, body);
    }
}
