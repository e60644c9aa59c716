using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Api.Jobs.Bulk;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;

namespace ScheduleZero.Testing.Brokers;

internal sealed partial class VirtualBroker
{
    /// <summary>
    /// The longest time between two turns of the loop. In production the loop reads the clock each second; here it is
    /// told when a clock is set. The options below end two more things that cost virtual time and prove nothing in a
    /// simulation: the Broker's sleep, of which there is none, and probes, since the loop of an agent here cannot hang.
    /// </summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    private static readonly CoreOptions Core = new()
    {
        SleepThreshold = TimeSpan.MaxValue,
        ProbeInterval = TimeSpan.FromDays(1),
        ProbeTimeout = TimeSpan.FromDays(1),
    };

    /// <summary>The settings of the Broker, without limits on requests: the limits are not meant for a test.</summary>
    private static readonly BrokerSettings Settings = new()
    {
        RequestsPerMinute = int.MaxValue,
        AnonymousRequestsPerMinute = int.MaxValue,
        Core = Core,
    };

    private readonly EventStream _stream = new(listenerQueueMax: 1_000_000);
    private readonly CommittedState _committed;
    private readonly OccurrenceLookup _lookup;
    private readonly OfflineCopies _copies;
    private WebApplication? _app;
    private BulkActs? _bulkActs;

    private VirtualBroker(Site site, IBrokerStore store, Action<VirtualBroker> ended)
    {
        (_site, _store, _ended) = (site, store, ended);
        _events = _stream.Listen(static _ => true);
        _purge = new NamespacePurge(store, site.Logs.CreateLogger<NamespacePurge>());
        _committed = new CommittedState(
            new KeyRing(site.Clock),
            new Roster(),
            new MethodSchemas(site.Logs.CreateLogger<MethodSchemas>()),
            new AuditTailWatch()
        );
        _lookup = new OccurrenceLookup(store);
        _copies = new OfflineCopies(site.Signer);
        _inputs = new InputQueue { Woken = site.Driver.Wake };
        var speaker = new Speaker(store, this, _stream, _committed, _purge, LookUp, _copies);
        var options = new LoopOptions { LongestSleep = LongestSleep };
        _loop = new BrokerLoop(
            new BrokerCore(Core),
            store,
            _inputs,
            speaker,
            site.Clock,
            options,
            site.Logs.CreateLogger<BrokerLoop>()
        )
        {
            Chance = new Random(site.NextSeed()),
        };
    }

    /// <summary>Sends requests to REST.</summary>
    public HttpMessageInvoker Rest { get; private set; } = null!;

    public IBrokerInputs Inputs => _inputs;

    /// <summary>Loads what the disk has, and serves.</summary>
    /// <param name="ended">Called on the driver's thread when the Broker's process has ended, in whichever way.</param>
    public static async Task<VirtualBroker> StartAsync(Site site, Action<VirtualBroker> ended)
    {
        var options = new LiteDbStoreOptions { Folder = "memory", OpenFolder = site.Disk.Open };
        var store = await LiteDbStore.OpenAsync(
            options,
            site.Clock,
            site.Logs.CreateLogger<LiteDbStore>(),
            CancellationToken.None
        );
        var broker = new VirtualBroker(site, store, ended);
        await broker.BeginAsync();
        return broker;
    }

    /// <summary>Stops REST first, then the loop.</summary>
    public async Task StopAsync()
    {
        await _app!.StopAsync();
        await _site.Driver.AskAsync(Stop);
        await Over;
    }

    /// <summary>Leaves callers that still wait without an answer.</summary>
    public void Abandon() => _ = _gone.CancelAsync();

    /// <summary>Releases the store and the server, after the Broker's process has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        await _beside;
        await _store.DisposeAsync();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _events.Dispose();
        _inputs.Dispose();
        Rest.Dispose();
        _gone.Dispose();
    }

    private async Task BeginAsync()
    {
        var stored = await _store.LoadAsync(CancellationToken.None);
        await _site.Driver.AskAsync(() =>
        {
            _loop.Restore(stored);
            _committed.Restore(stored);
            _site.Driver.Turn(this);
        });
        _beside = Task.Run(() => Task.WhenAll(_purge.RunAsync(_inputs, Gone), _lookup.RunAsync(this, Gone)));
        await Bootstrap.EnsureNamespacesAsync(stored, _committed.Roster, _inputs, _site.Clock, CancellationToken.None);
        if (Bootstrap.NeedsAdmin(stored, _committed.Roster, _site.AdminKey.Reveal(), _site.Clock))
        {
            await Bootstrap.MakeAdminAsync(_site.AdminKey.Reveal(), _inputs, _site.Clock);
        }
        var parts = new RestParts(
            _store,
            _inputs,
            _loop,
            _stream,
            _committed,
            _site.Signer,
            _site.Logs,
            _site.Clock,
            static () => 1,
            static () => []
        );
        _app = BrokerRest.Build(
            Settings,
            parts,
            builder =>
            {
                // The server runs in the caller's context, since the code to which a request belongs must be known
                // behind the server too.
                builder.WebHost.UseTestServer(static server => server.PreserveExecutionContext = true);
                builder.Services.AddSingleton(_site.Protection);
            }
        );
        _bulkActs = _app.Services.GetRequiredService<BulkActs>();
        await _app.Services.GetRequiredService<SigningKeys>().RotateAsync(CancellationToken.None);
        await _app.StartAsync();
        Rest = new HttpMessageInvoker(
            _app.GetTestServer()
                .CreateHandler(static http => http.Connection.RemoteIpAddress = IPAddress.Parse(Site.Address))
        );
    }
}
