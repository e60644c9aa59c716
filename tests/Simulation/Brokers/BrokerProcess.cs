using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Simulation.Network;
using ScheduleZero.Simulation.Runs;
using ScheduleZero.Testing.Brokers;

namespace ScheduleZero.Simulation.Brokers;

/// <summary>
/// One start of the Broker: the real loop, speaker and Core. The agenda calls the loop in place of a thread.
/// </summary>
internal sealed class BrokerProcess : IHandlerTransport
{
    private const int TurnsMax = 10_000;

    private readonly World _world;
    private readonly SimulatedStore _store;
    private readonly InputQueue _inputs = new();
    private readonly BrokerLoop _loop;
    private readonly Dictionary<long, Link> _links = [];
    private readonly List<Action> _whenAwake = [];

    // No schedule runs offline in the simulation.
    private static readonly OfflineCopies _copies = new(new MemorySigner());
    private TimeSpan _asleepUntil;
    private int _plannedTurn;
    private bool _isTurnSoon;
    private bool _isStopping;

    public BrokerProcess(World world)
    {
        _world = world;
        Core = new BrokerCore(world.CoreOptions);
        _store = new SimulatedStore(world);
        var purge = new NamespacePurge(_store, NullLogger<NamespacePurge>.Instance);
        var committed = new CommittedState(
            new KeyRing(world.BrokerClock),
            new Roster(),
            new MethodSchemas(NullLogger<MethodSchemas>.Instance),
            new AuditTailWatch()
        );
        var speaker = new Speaker(_store, this, Events, committed, purge, LookUp, _copies);
        _loop = new BrokerLoop(
            Core,
            _store,
            _inputs,
            speaker,
            world.BrokerClock,
            new LoopOptions(),
            NullLogger<BrokerLoop>.Instance
        )
        {
            Chance = new Random(world.Chance.Next()),
        };
        var stored = world.Bug.Load(world.Disk.ToState(world.BrokerClock.GetUtcNow()));
        _loop.Restore(stored);
        committed.Restore(stored);
        world.Bug.Started(Core);
        TurnSoon();
    }

    public BrokerCore Core { get; }

    public EventStream Events { get; } = new(eventsHeld: 0);

    public bool IsDead { get; private set; }

    /// <summary>Whether the sockets are open, and somebody reads from them or will read.</summary>
    public bool IsListening => !IsDead;

    public bool IsBusy => _inputs.IsBusy;

    /// <summary>Whether every input is decided, committed, and its effects sent.</summary>
    public bool IsAtRest { get; private set; }

    /// <summary>When the Broker last came to rest.</summary>
    public TimeSpan RestedAt { get; private set; }

    public int Connections => _links.Count;

    /// <summary>Ends the process like kill -9: what is not on the disk is lost.</summary>
    public void Kill()
    {
        if (IsDead)
        {
            return;
        }

        IsDead = true;
        IsAtRest = false;
        _store.Close();
        _inputs.Dispose();
        _world.BrokerEnded(this);
    }

    /// <summary>Stops the process like SIGTERM: inputs that have come are decided and committed first.</summary>
    public void Stop()
    {
        _isStopping = true;
        _loop.Stop();
        TurnSoon();
    }

    /// <summary>
    /// Suspends the process like SIGSTOP, and resumes it after the time. Messages that arrive meanwhile wait in the
    /// sockets.
    /// </summary>
    public void Suspend(TimeSpan time)
    {
        _asleepUntil = _world.Agenda.Now + time;
        _world.Agenda.At(_asleepUntil, Resume);
    }

    public void FailDisk()
    {
        if (_store.TryFail())
        {
            TurnSoon();
        }
    }

    public void WhenAwake(Action arrives)
    {
        if (IsDead)
        {
            return;
        }

        if (IsAsleep)
        {
            _whenAwake.Add(arrives);
        }
        else
        {
            arrives();
        }
    }

    public void Put(BrokerInput input)
    {
        _world.Heard(input);
        _inputs.Put(_world.Bug.Hear(input));
        TurnSoon();
    }

    public void HearStraight(Link link, MessageKind kind, byte[] body)
    {
        if (link.KnownTo != this || link.Number == 0)
        {
            if (kind != MessageKind.Hello)
            {
                Greet(link);
                return;
            }

            Number(link);
        }

        if (InputReader.Read(link.Number, link.Owner.Claim, NewSession, _copies, kind, body) is { } input)
        {
            Put(input);
        }
    }

    public void CloseStraight(Link link)
    {
        if (link.KnownTo == this && link.Number != 0)
        {
            Close(link, "silent");
        }
    }

    /// <summary>Called when a Bridge proves itself, for the first time or again.</summary>
    public void BeginLink(Bridge bridge) => ForgetBridge([.. _links.Values.Where(link => link.Via == bridge)]);

    public void ForgetBridge(IReadOnlyList<Link> links)
    {
        if (IsDead)
        {
            return;
        }

        foreach (var link in links.Where(link => link.KnownTo == this && link.Number != 0))
        {
            Close(link, "its bridge's link was lost");
        }
    }

    public void OpenFromBridge(Bridge bridge, Link link)
    {
        Number(link);
        Put(new BrokerInput.Opened(link.Number, bridge.Name, "192.0.2.7", link.Owner.Claim, null));
    }

    public void HearFromBridge(Link link, MessageKind kind, byte[] body)
    {
        if (
            link.KnownTo == this
            && link.Number != 0
            && InputReader.Read(link.Number, null, NewSession, _copies, kind, body) is { } input
        )
        {
            Put(input);
        }
    }

    public void CloseFromBridge(Link link)
    {
        if (link.KnownTo == this && link.Number != 0)
        {
            Close(link, "the handler's connection to the bridge ended");
        }
    }

    void IHandlerTransport.Send(long connection, IBrokerMessage message)
    {
        if (IsDead)
        {
            return;
        }

        message = _world.Bug.Say(message);
        _world.Said(connection, message);
        if (_links.TryGetValue(connection, out var link))
        {
            Send(link, message);
        }
    }

    void IHandlerTransport.SendSealed(long connection, IBrokerMessage answer, string seal) =>
        throw new NotSupportedException("Simulated agents have no enrolled keys.");

    void IHandlerTransport.SendNonce(Effect.SendNonce nonce) =>
        throw new NotSupportedException("Simulated agents have no enrolled keys.");

    void IHandlerTransport.Close(long connection, string code, string reason)
    {
        if (!IsDead && _links.Remove(connection, out var link))
        {
            Send(link, new Close(code, reason));
            link.Number = 0;
            _world.Agenda.In(
                TimeSpan.Zero,
                () => WhenAwake(() => Put(new BrokerInput.ConnectionClosed(connection, "the Broker closed it")))
            );
        }
    }

    void IHandlerTransport.KeyChanged(KeyRecord key) { }

    void IHandlerTransport.KeyExpired(KeyRecord key) { }

    void IHandlerTransport.Flush() { }

    /// <summary>Turns the loop if it was woken. Called after everything that happens in the world.</summary>
    public void TurnIfWoken()
    {
        if (!IsDead && _inputs.IsAwake)
        {
            TurnSoon();
        }
    }

    // The store reads the disk as it is now, and answers after some time.
    private void LookUp(Effect.LookUpOccurrences asked)
    {
        var present = asked.Ids.Where(_world.Disk.Holds).ToHashSet();
        _world.Agenda.In(
            _world.Disturbance.ReadTime(),
            () => WhenAwake(() => Put(new BrokerInput.OccurrencesLookedUp(asked.Question, present)))
        );
    }

    private bool IsAsleep => _world.Agenda.Now < _asleepUntil;

    private string NewSession() => $"session-{_world.NextConnection()}";

    private void Send(Link link, IBrokerMessage message)
    {
        var body = ProtocolJson.Write(message);
        if (link.Via is { } bridge)
        {
            bridge.FromBroker(this, link, message.Kind, body);
        }
        else
        {
            _world.Wires.Down(link, message.Kind, body);
        }
    }

    private void Greet(Link link)
    {
        if (_world.Agenda.Now - TimeSpan.FromSeconds(1) >= link.LastGreet)
        {
            link.LastGreet = _world.Agenda.Now;
            Send(link, new Greet("No session: say Hello."));
        }
    }

    private void Number(Link link)
    {
        link.KnownTo = this;
        link.Number = _world.NextConnection();
        _links[link.Number] = link;
    }

    private void Close(Link link, string reason)
    {
        _links.Remove(link.Number);
        Put(new BrokerInput.ConnectionClosed(link.Number, reason));
        link.Number = 0;
    }

    private void Resume()
    {
        if (IsDead || IsAsleep)
        {
            return;
        }

        var arrived = _whenAwake.ToList();
        _whenAwake.Clear();
        foreach (var arrives in arrived)
        {
            WhenAwake(arrives);
        }

        TurnSoon();
    }

    // The loop's thread starts a moment after it was woken. Inputs that come meanwhile are in the same turn.
    private void TurnSoon()
    {
        if (!_isTurnSoon)
        {
            _isTurnSoon = true;
            IsAtRest = false;
            PlanTurn(TimeSpan.FromMicroseconds(_world.Chance.Next(0, 1_500)));
        }
    }

    private void PlanTurn(TimeSpan pause)
    {
        var planned = ++_plannedTurn;
        _world.Agenda.In(
            pause,
            () =>
            {
                if (planned == _plannedTurn && !IsDead)
                {
                    if (IsAsleep)
                    {
                        _isTurnSoon = false; // The loop turns when the process is resumed.
                    }
                    else
                    {
                        Turn();
                    }
                }
            }
        );
    }

    private void Turn()
    {
        _isTurnSoon = false;
        try
        {
            for (var turns = 0; ; turns++)
            {
                var pause = _loop.Turn();
                _world.Bug.Turned(Core);
                if (pause is null)
                {
                    Kill();
                    return;
                }

                if (pause > TimeSpan.Zero)
                {
                    PlanTurn(pause.Value);
                    IsAtRest =
                        !_isStopping && !_inputs.IsAwake && _inputs.Waiting == 0 && _loop.IsIdle && _store.IsAtRest;
                    RestedAt = IsAtRest ? _world.Agenda.Now : RestedAt;
                    _world.Turned();
                    return;
                }

                if (turns > TurnsMax)
                {
                    throw new BrokenException("TheLoopSleeps", $"{turns} turns without a pause.");
                }
            }
        }
        catch (StoreFailedException)
        {
            Kill();
        }
    }
}
