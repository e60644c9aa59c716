using Microsoft.AspNetCore.Components;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Live;

/// <summary>
/// A page of one namespace that reads again when something happens there: soon after a broker event, but at most every
/// two seconds, and now and then when nothing happens. A page that is held, or that nobody sees, does not read.
/// </summary>
public abstract class LivePage : ComponentBase, IEventReader, IAsyncDisposable
{
    /// <summary>
    /// The shortest time between two reads, so that a busy Broker is not read more often than a calm one.
    /// </summary>
    private static readonly TimeSpan ReadInterval = TimeSpan.FromSeconds(2);

    /// <summary>How often a page reads that hears of no event.</summary>
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _signal = new(0, 1);
    private EventFeeds.Subscription? _subscription;
    private string? _openNamespace;

    /// <summary>The namespace of the page, from its address.</summary>
    [Parameter]
    public string Namespace { get; set; } = "";

    [Inject]
    internal PageSession Session { get; set; } = null!;

    [Inject]
    internal EventFeeds Feeds { get; set; } = null!;

    [Inject]
    internal TimeProvider Time { get; set; } = null!;

    /// <summary>Why the last read failed; null when it did not.</summary>
    protected ScheduleZeroException? Failure { get; private set; }

    /// <summary>When the page was last read; null before the first time.</summary>
    protected DateTimeOffset? ReadAt { get; private set; }

    /// <summary>Whether the page stays as it is, because somebody reads it.</summary>
    protected bool IsHeld { get; private set; }

    /// <summary>Whether the page hears of broker events.</summary>
    protected bool IsLive => _subscription?.IsLive == true;

    protected CancellationToken Closing => _closing.Token;

    private protected ScheduleZeroClient Client => Session.Client(Namespace);

    void IEventReader.Read(BrokerEvent happened)
    {
        if (Concerns(happened))
        {
            Wake();
        }
    }

    void IEventReader.LiveChanged() => _ = InvokeAsync(StateHasChanged);

    public async ValueTask DisposeAsync()
    {
        Session.VisibilityChanged -= Wake;
        _subscription?.Dispose();
        await _closing.CancelAsync();
        await CloseAsync();
        _closing.Dispose();
        _signal.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads what the page shows.</summary>
    protected abstract Task ReadAsync(CancellationToken cancellationToken);

    /// <summary>Whether an event may change what the page shows. Called on any thread.</summary>
    protected virtual bool Concerns(BrokerEvent happened) => true;

    /// <summary>Gives back what the page itself holds.</summary>
    protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    protected override async Task OnParametersSetAsync()
    {
        if (_openNamespace != Namespace)
        {
            var isFirst = _openNamespace is null;
            _openNamespace = Namespace;
            _subscription?.Dispose();
            _subscription = Feeds.Subscribe(Session.Caller, Namespace, this);
            if (isFirst)
            {
                Session.VisibilityChanged += Wake;
                _ = RunAsync();
            }
        }

        await ReadNowAsync();
    }

    /// <summary>Reads at once, held or not.</summary>
    protected async Task ReadNowAsync()
    {
        try
        {
            await ReadAsync(Closing);
            Failure = null;
            ReadAt = Time.GetUtcNow();
        }
        catch (ScheduleZeroException e)
        {
            Failure = e;
        }
        catch (OperationCanceledException) when (Closing.IsCancellationRequested)
        {
            // The page was left; there is nobody to show anything to.
        }
    }

    protected async Task HoldAsync(bool isHeld)
    {
        IsHeld = isHeld;
        if (!isHeld)
        {
            await ReadNowAsync();
        }
    }

    /// <summary>Lets the page read soon. What happens while it is held or hidden is read afterwards.</summary>
    protected void Wake()
    {
        try
        {
            _signal.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // It will read already, or it was left.
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _signal.WaitAsync(IdleInterval, Closing);
                if (Session.IsVisible && !IsHeld)
                {
                    await InvokeAsync(async () =>
                    {
                        await ReadNowAsync();
                        StateHasChanged();
                    });
                }

                await Task.Delay(ReadInterval, Time, Closing);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The page was left.
        }
    }
}
