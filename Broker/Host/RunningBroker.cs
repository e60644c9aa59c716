using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Alerting;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Broker.Host;

/// <summary>
/// A Broker at work. The disposal of a Broker stops it cleanly, within 10 s: REST first, then the loop, the ROUTER, and
/// last the store.
/// </summary>
public sealed class RunningBroker : IAsyncDisposable
{
    /// <summary>The number of jobs and schedules from which on a start compacts the heap after loading.</summary>
    private const int CompactionRows = 10_000;

    private readonly BrokerSettings _settings;
    private readonly BrokerParts _parts;
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Completes when the start has written all its events of the audit log.</summary>
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The tasks that run beside the loop; completed before the start.</summary>
    private Task _beside = Task.CompletedTask;

    private bool _isServing;
    private int _disposed;

    internal RunningBroker(BrokerSettings settings, BrokerParts parts)
    {
        (_settings, _parts) = (settings, parts);
        _app = BrokerRest.Build(settings, parts.Rest, AddServer);
    }

    /// <summary>The URLs of REST, with the ports that the system chose.</summary>
    public IReadOnlyList<string> Urls => [.. _app.Urls];

    /// <summary>The ROUTER's endpoints, with the ports that the system chose.</summary>
    public IReadOnlyList<string> Router => _parts.Transport.Endpoints;

    /// <summary>
    /// The admin key, if this was the first start and no key was given; null otherwise. Nothing else ever shows it.
    /// </summary>
    public string? BootstrapKey { get; private set; }

    /// <summary>
    /// A task that fails when the Broker had to stop itself; it completes otherwise only after a stop.
    /// </summary>
    public Task Completion => _parts.Loop.Completion;

    /// <summary>The services of REST, for tests.</summary>
    internal IServiceProvider Services => _app.Services;

    /// <summary>The store, for tests that read it.</summary>
    internal IBrokerStore Store => _parts.Store;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        if (_isServing)
        {
            await _app.StopAsync(CancellationToken.None);
        }

        await _parts.Loop.StopAsync(TimeSpan.FromSeconds(5));
        await _parts.Transport.DisposeAsync();
        _parts.Inputs.Dispose();
        await _beside;
        await _parts.Store.DisposeAsync();
        await _app.DisposeAsync();
        _parts.Dispose();
        _parts.Logs.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Loads the store, and then serves.</summary>
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        var (rows, leftover, needsAdmin) = await LoadAsync(cancellationToken);
        if (rows >= CompactionRows)
        {
            // Loading leaves much garbage behind, and nobody is served yet who would have to wait for a collection.
            await HeapCompactor.ReleaseAsync(leftover);
        }

        var (inputs, stopping) = (_parts.Inputs, _stopping.Token);
        _beside = Task.WhenAll(
            _parts.Disk.RunAsync(inputs, stopping),
            _parts.Purge.RunAsync(inputs, stopping),
            _parts.Lookup.RunAsync(inputs, stopping),
            _parts.NamespaceMeter.RunAsync(inputs, stopping)
        );

        // The listener of REST starts first: a port that is taken must not cost handlers a session.
        var keys = _app.Services.GetRequiredService<SigningKeys>();
        await keys.RotateAsync(cancellationToken);
        _isServing = true;
        await _app.StartAsync(cancellationToken);
        await _parts.Transport.StartAsync(cancellationToken);
        await MakeKeysAsync(needsAdmin, cancellationToken);
        _begun.SetResult();
        var pruning = new Pruning(
            _parts.Store,
            inputs,
            keys,
            _settings.HistoryRetention,
            _settings.AuditRetention,
            _parts.Time,
            _parts.Logs
        );
        _beside = Task.WhenAll(_beside, pruning.RunAsync(stopping));
    }

    private void AddServer(WebApplicationBuilder builder)
    {
        builder.WebHost.UseKestrelCore();
        builder
            .Services.AddListeners(_settings.Urls, _settings.Tls, new CertificateNotes(_parts.Inputs).Put)
            .AddHostedService(services => ActivatorUtilities.CreateInstance<AuditCheckpoints>(services, _begun.Task))
            .AddAlerting(_parts.Disk, _parts.Links.Read)
            .AddHostedService(_ => new HeapCompactor(() => _parts.Loop.Commits, _parts.Time))
            .AddProtection(Path.Combine(_settings.DataFolder, "protection"));
    }

    /// <summary>Loads what the store holds, and adds the namespaces that are missing.</summary>
    /// <returns>
    /// How many jobs and schedules there are, what is of no use any more, and whether an admin key is to be made.
    /// </returns>
    private async Task<(int Rows, WeakReference Leftover, bool NeedsAdmin)> LoadAsync(
        CancellationToken cancellationToken
    )
    {
        var stored = await _parts.Loop.StartAsync(cancellationToken);
        _parts.Committed.Restore(stored);
        var roster = _parts.Committed.Roster;
        await Bootstrap.EnsureNamespacesAsync(stored, roster, _parts.Inputs, _parts.Time, cancellationToken);
        var needsAdmin = Bootstrap.NeedsAdmin(stored, roster, _settings.BootstrapKey, _parts.Time);
        return (stored.Jobs.Count + stored.Schedules.Count, new WeakReference(stored), needsAdmin);
    }

    /// <summary>
    /// Makes the keys of a first start. The admin key comes last: after it nothing can fail that would end the start,
    /// so a key that is made is also shown.
    /// </summary>
    private async Task MakeKeysAsync(bool needsAdmin, CancellationToken cancellationToken)
    {
        var noted = _parts.Committed.Audit.Tail.Sequence;
        await Bootstrap.MakeKeysAsync(_settings.ExtraKeys, _parts.Inputs, cancellationToken);
        if (needsAdmin)
        {
            BootstrapKey = await Bootstrap.MakeAdminAsync(_settings.BootstrapKey, _parts.Inputs, _parts.Time);
        }

        // The first signature of the audit log is to cover these keys, each of which has an event.
        await _parts.Committed.Audit.ReachAsync(noted + _settings.ExtraKeys.Count + (needsAdmin ? 1 : 0));
    }
}
