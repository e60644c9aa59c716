using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Doors;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Broker.Host.Telemetry;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host;

/// <summary>The parts of a Broker without REST, put together from the lowest floor up. None of them runs yet.</summary>
internal sealed class BrokerParts : IDisposable
{
    private readonly FileAuditSigner _signer;
    private readonly OccurrenceMeter _occurrences;
    private readonly StandstillWatch _standstill;
    private readonly StrangerLines _handlerLines;

    /// <summary>The CURVE keys that may connect to the ROUTER; null where any may, or nothing is encrypted.</summary>
    private readonly CurveClients? _curveClients;

    /// <summary>Puts the parts together.</summary>
    /// <exception cref="BrokerSettingsException">The key that signs the audit log cannot be opened.</exception>
    public BrokerParts(BrokerSettings settings, LiteDbStore store, ILoggerFactory logs, TimeProvider time)
    {
        (Store, Logs, Time) = (store, logs, time);
        _signer = FileAuditSigner.Open(settings.DataFolder);
        var core = new BrokerCore(settings.Core with { BrokerKey = _signer.PublicKey });
        Inputs = new InputQueue();
        Committed = new CommittedState(
            new KeyRing(time),
            new Roster(),
            new MethodSchemas(logs.CreateLogger<MethodSchemas>()),
            new AuditTailWatch()
        );
        _occurrences = new OccurrenceMeter();
        _standstill = new StandstillWatch(() => core.Unreadable, logs.CreateLogger<StandstillWatch>());
        _handlerLines = new StrangerLines(time, logs.CreateLogger<StrangerLines>());
        var handlers = new HandlerLines(_handlerLines, logs.CreateLogger<HandlerLines>());
        Events = new EventStream
        {
            Meter = _occurrences.Count + (Action<Happened>)_standstill.Observe + handlers.Observe,
        };
        var copies = new OfflineCopies(_signer);
        var options = new TransportOptions();
        var epoch = Guid.NewGuid().ToString("N");
        Links = new LinkBoard(time);
        Reception = new Reception(
            options,
            Committed.Keys,
            copies,
            Inputs,
            Links,
            epoch,
            time,
            logs.CreateLogger<Reception>()
        );
        _curveClients = NewCurveClients(settings);
        Transport = NewTransport(settings, options);
        Purge = new NamespacePurge(store, logs.CreateLogger<NamespacePurge>());
        Lookup = new OccurrenceLookup(store);
        var speaker = new Speaker(store, Transport, Events, Committed, Purge, Lookup.Begin, copies);
        Loop = new BrokerLoop(core, store, Inputs, speaker, time, new LoopOptions(), logs.CreateLogger<BrokerLoop>());
        Disk = new DiskWatch(
            () => store.FreeDiskBytes,
            settings.DiskReserveBytes,
            settings.DataFolder,
            time,
            logs.CreateLogger<DiskWatch>()
        );
        NamespaceMeter = new NamespaceMeter(Committed.Roster, store, settings.Core.NamespaceBytesMax, time);
    }

    private CurveClients? NewCurveClients(BrokerSettings settings)
    {
        var allowed = new AllowedCurveKeys(Committed.Roster, Committed.Keys, Time);
        var log = Logs.CreateLogger<FrontDoor>();
        return settings.Curve.Clients(Time, log.AllowListFailed, allowed.Allows, () => allowed.Version);
    }

    private RouterTransport NewTransport(BrokerSettings settings, TransportOptions options) =>
        new(
            options,
            new FrontDoor(settings.Door(_curveClients, Time), Links, Logs.CreateLogger<FrontDoor>()),
            Reception,
            new SealHandshakes(_signer),
            Logs.CreateLogger<RouterTransport>()
        );

    public LiteDbStore Store { get; }

    public ILoggerFactory Logs { get; }

    public TimeProvider Time { get; }

    public InputQueue Inputs { get; }

    public CommittedState Committed { get; }

    public EventStream Events { get; }

    public LinkBoard Links { get; }

    public Reception Reception { get; }

    public RouterTransport Transport { get; }

    public NamespacePurge Purge { get; }

    public OccurrenceLookup Lookup { get; }

    public BrokerLoop Loop { get; }

    public DiskWatch Disk { get; }

    public NamespaceMeter NamespaceMeter { get; }

    /// <summary>The parts that REST stands on.</summary>
    public RestParts Rest =>
        new(Store, Inputs, Loop, Events, Committed, _signer, Logs, Time, () => Reception.Bridges, Links.Read, Disk)
        {
            CurveClients = _curveClients,
        };

    /// <summary>Frees what the parts hold, once all of them have stopped. Store and log are their owner's.</summary>
    public void Dispose()
    {
        _occurrences.Dispose();
        _standstill.Dispose();
        _handlerLines.Dispose();
        _signer.Dispose();
        Reception.Dispose();
        Disk.Dispose();
    }
}
