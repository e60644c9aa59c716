using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host;

/// <summary>
/// A Broker at work. Disposing it stops it cleanly, within 10 s: REST first, then the loop, the ROUTER, and last the
/// store.
/// </summary>
public sealed class RunningBroker : IAsyncDisposable
{
    private static readonly TimeSpan PruneInterval = TimeSpan.FromHours(1);

    private readonly IBrokerStore _store;
    private readonly ILoggerFactory _logs;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IDisposable> _owned = [];
    private Task _pruning = Task.CompletedTask;
    private Task _beside = Task.CompletedTask;
    private BrokerLoop? _loop;
    private RouterTransport? _transport;
    private WebApplication? _app;
    private int _disposed;

    internal RunningBroker(IBrokerStore store, ILoggerFactory logs)
    {
        _store = store;
        _logs = logs;
    }

    /// <summary>REST, with the ports that the system chose.</summary>
    public IReadOnlyList<string> Urls => [.. _app?.Urls ?? []];

    /// <summary>The ROUTER's endpoints, with the ports that the system chose.</summary>
    public IReadOnlyList<string> Router => _transport?.Endpoints ?? [];

    /// <summary>The admin key, if this was the first start and none was given. Nothing else ever shows it.</summary>
    public string? BootstrapKey { get; internal set; }

    /// <summary>Fails when the Broker had to stop itself; never completes otherwise while it runs.</summary>
    public Task Completion => _loop?.Completion ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
        }

        if (_loop is not null)
        {
            _loop.Stop();
            // A loop that failed has told so by Completion.
            await _loop.Completion.ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(TimeSpan.FromSeconds(5));
        }

        _transport?.Dispose();
        _loop?.Dispose();
        await _pruning;
        await _beside;
        await _store.DisposeAsync();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _owned.ForEach(owned => owned.Dispose());
        _logs.Dispose();
        _stopping.Dispose();
    }

    internal void Take(BrokerLoop loop, RouterTransport transport) => (_loop, _transport) = (loop, transport);

    /// <summary>Begins what goes on beside the loop, once that has its state.</summary>
    internal void Begin(NamespacePurge purge, OccurrenceLookup lookup, NamespaceMeter meter, DiskWatch disk) =>
        _beside = Task.WhenAll(
            disk.RunAsync(_loop!, _stopping.Token),
            purge.RunAsync(_loop!, _stopping.Token),
            lookup.RunAsync(_loop!, _stopping.Token),
            meter.RunAsync(_loop!, _stopping.Token)
        );

    /// <summary>
    /// Begins to forget what has passed its retention: at once, for a Broker that is started each morning would never
    /// come to it, then every hour.
    /// </summary>
    internal void BeginPruning(TimeSpan retention, TimeSpan auditRetention, TimeProvider time) =>
        _pruning = PruneAsync(retention, auditRetention, time);

    internal void Take(WebApplication app) => _app = app;

    /// <summary>Something that is at work until all else has stopped.</summary>
    internal void Own(IDisposable owned) => _owned.Add(owned);

    private async Task PruneAsync(TimeSpan retention, TimeSpan auditRetention, TimeProvider time)
    {
        using var timer = new PeriodicTimer(PruneInterval, time);
        try
        {
            do
            {
                var before = time.GetUtcNow() - retention;
                if (await _store.PruneAsync(before, _stopping.Token) is > 0 and var jobs)
                {
                    _logs.CreateLogger<RunningBroker>().HistoryPruned(jobs, before);
                }

                await _app!.Services.GetRequiredService<SigningKeys>().RotateAsync(_stopping.Token);
                await AuditPruning.RunAsync(_store, _loop!, time.GetUtcNow() - auditRetention, _logs, _stopping.Token);
            } while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The Broker stops.
        }
        catch (BrokerStoppedException)
        {
            // So does the loop.
        }
        catch (StoreFailedException)
        {
            // The loop meets the same failure at its next commit, and stops the Broker.
        }
    }
}
