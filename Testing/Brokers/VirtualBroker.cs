using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Testing.Network;

namespace ScheduleZero.Testing.Brokers;

/// <summary>
/// One start of the Broker: the real loop, speaker, Core, store and REST, turned by the driver in place of the loop's
/// thread.
/// </summary>
internal sealed partial class VirtualBroker : Time.ITurned, IHandlerTransport, IBrokerEdge, IBrokerEnd, IAsyncDisposable
{
    private readonly Site _site;
    private readonly Action<VirtualBroker> _ended;
    private readonly IBrokerStore _store;
    private readonly InputQueue _inputs;
    private readonly BrokerLoop _loop;
    private readonly Subscription _events;
    private readonly NamespacePurge _purge;

    /// <summary>The line of each open connection, by the connection's number.</summary>
    private readonly Dictionary<long, Line> _lines = [];

    private readonly CancellationTokenSource _gone = new();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _beside = Task.CompletedTask;

    /// <summary>The number of the newest connection.</summary>
    private long _connections;

    /// <summary>The number of look-ups that the store has not answered. Changed from several threads.</summary>
    private int _lookUps;

    /// <summary>The number of the newest planned turn, by which older plans are ignored.</summary>
    private int _plannedTurn;

    /// <summary>Whether the loop must take a turn although no input woke it.</summary>
    private bool _mustTurn = true;

    /// <summary>Whether the loop had nothing under way after its last turn.</summary>
    private bool _wasIdle;

    /// <summary>Whether the process has ended.</summary>
    private bool _isOver;

    /// <summary>Cancelled when the Broker no longer answers.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>A task that ends with the process, in whichever way.</summary>
    public Task Over => _over.Task;

    public bool IsAtRest =>
        _isOver
        || (
            !_mustTurn
            && _wasIdle
            && !_inputs.IsAwake
            && _inputs.Waiting == 0
            && Volatile.Read(ref _lookUps) == 0
            && _bulkActs is not { IsWorking: true }
        );

    public bool TryTurn()
    {
        if (_isOver || !(_mustTurn || _inputs.IsAwake || _inputs.Waiting > 0))
        {
            return false;
        }

        (_mustTurn, _wasIdle) = (false, _loop.IsIdle);
        try
        {
            Plan(_loop.Turn());
        }
        catch (Exception e) when (e is StoreFailedException or BrokerStoppedException)
        {
            End();
        }

        return true;
    }

    /// <summary>Opens a handler's connection, whose number names it from then on.</summary>
    public long Open(Line line, KeyClaim claim)
    {
        var number = ++_connections;
        _lines[number] = line;
        Put(new BrokerInput.Opened(number, Site.Bridge, Site.Address, claim, null));
        return number;
    }

    public void Hear(long connection, MessageKind kind, byte[] body)
    {
        if (
            _lines.ContainsKey(connection)
            && InputReader.Read(connection, null, static () => Guid.NewGuid().ToString("N"), _copies, kind, body)
                is { } input
        )
        {
            Put(input);
        }
    }

    public void Closed(long connection, string reason)
    {
        if (_lines.Remove(connection))
        {
            Put(new BrokerInput.ConnectionClosed(connection, reason));
        }
    }

    /// <summary>Makes the loop read the wall clock, which was set, so that it serves what is due by it.</summary>
    public void ReadClock() => _mustTurn = true;

    /// <summary>Stops as SIGTERM does: inputs that have arrived are decided and committed first.</summary>
    public void Stop()
    {
        _loop.Stop();
        _mustTurn = true;
    }

    /// <summary>Ends the process, and every connection to it.</summary>
    public void End()
    {
        if (!_isOver)
        {
            _isOver = true;
            _ended(this);
            _over.TrySetResult();
        }
    }

    bool IBrokerEdge.IsBusy => _inputs.IsBusy;

    // Accepts the store's answer to a look-up, for which time stands still.
    void IBrokerEdge.Put(BrokerInput input)
    {
        _inputs.Put(input);
        Interlocked.Decrement(ref _lookUps);
    }

    private void LookUp(Effect.LookUpOccurrences asked)
    {
        Interlocked.Increment(ref _lookUps);
        _lookup.Begin(asked);
    }

    void IHandlerTransport.Send(long connection, IBrokerMessage message) => Say(connection, message);

    void IHandlerTransport.SendSealed(long connection, IBrokerMessage answer, string seal) =>
        throw new NotSupportedException("Simulated agents have no enrolled keys.");

    void IHandlerTransport.SendNonce(Effect.SendNonce nonce) =>
        throw new NotSupportedException("Simulated agents have no enrolled keys.");

    void IHandlerTransport.Close(long connection, string code, string reason) =>
        Say(connection, new Close(code, reason));

    void IHandlerTransport.KeyChanged(KeyRecord key) { }

    void IHandlerTransport.KeyExpired(KeyRecord key) { }

    void IHandlerTransport.Flush() => _site.Timeline.AddAll(_events.Events);

    private void Say(long connection, IBrokerMessage message)
    {
        var body = ProtocolJson.Write(message);
        _site.Driver.Post(() => OnLine(connection, line => line.Down(connection, message.Kind, body)));
    }

    private void OnLine(long connection, Action<Line> say)
    {
        if (!_isOver && _lines.TryGetValue(connection, out var line))
        {
            say(line);
        }
    }

    private void Put(BrokerInput input)
    {
        if (_isOver)
        {
            return;
        }

        // The wait turns the loop itself, since this thread is the one that makes room.
        while (_inputs.IsBusy)
        {
            TryTurn();
        }

        _inputs.Put(input);
    }

    private void Plan(TimeSpan? pause)
    {
        if (pause is null)
        {
            End();
        }
        else if (pause == TimeSpan.Zero)
        {
            _mustTurn = true;
        }
        else
        {
            var planned = ++_plannedTurn;
            _site.Driver.Agenda.In(pause.Value, () => _mustTurn |= planned == _plannedTurn);
        }
    }
}
