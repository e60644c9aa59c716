using Microsoft.AspNetCore.Components;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.OneJob;

// What the log of a job reads; the other half says how it looks.
public sealed partial class JobLog
{
    /// <summary>How many lines the page holds and shows at most.</summary>
    public const int LinesMax = 500;

    /// <summary>The shortest time between two changes of the page, so that a busy log is shown in bursts.</summary>
    private static readonly TimeSpan ShowInterval = TimeSpan.FromMilliseconds(300);

    private readonly LogWindow _window = new(LinesMax);
    private readonly Lock _gate = new();

    /// <summary>Lines that came and are not shown yet, 500 at most; guarded by the gate.</summary>
    private readonly LogWindow _arrived = new(LinesMax);

    private CancellationTokenSource? _following;
    private IReadOnlyList<LogLine> _shown = [];
    private ScheduleZeroException? _failure;
    private (string Namespace, JobId Id, string? Level, long? Before)? _begun;
    private string? _olderFrom;
    private bool _isRead;
    private bool _isFollowing;
    private bool _isShowing;

    [Parameter, EditorRequired]
    public string Namespace { get; set; } = "";

    [Parameter, EditorRequired]
    public JobId Id { get; set; }

    /// <summary>Whether the job has ended, so that no line follows.</summary>
    [Parameter]
    public bool IsFinal { get; set; }

    /// <summary>The lowest level that is shown; null for all.</summary>
    [Parameter]
    public string? Level { get; set; }

    /// <summary>The sequence before which lines are shown; null for the newest lines, followed.</summary>
    [Parameter]
    public long? Before { get; set; }

    private bool HasManyAttempts => _shown.Count > 0 && _shown[0].Attempt != _shown[^1].Attempt;

    private string JobPath => $"ns/{Namespace}/jobs/{Id}";

    private string NothingWords =>
        Level is not null ? "No line of this level."
        : IsFinal ? "The job logged nothing."
        : "Nothing yet; new lines appear here.";

    private string StateWords =>
        Before is not null ? "older lines"
        : _isFollowing ? "following: new lines come last"
        : IsFinal ? NumberText.Of(_shown.Count, "line", "lines") + (_window.HasOlder ? ", the newest" : "")
        : "not following";

    public async ValueTask DisposeAsync() => await StopAsync();

    protected override async Task OnParametersSetAsync()
    {
        if (_begun != (Namespace, Id, Level, Before))
        {
            await BeginAsync();
        }
    }

    // Reads the newest lines, or those before a place, and follows the newest until the job ends.
    private async Task BeginAsync()
    {
        _begun = (Namespace, Id, Level, Before);
        await StopAsync();
        var following = new CancellationTokenSource();
        _following = following;
        _failure = null;
        try
        {
            var page = await Client.Jobs.LastLogsAsync(
                Id,
                Before,
                LinesMax,
                level: Level,
                cancellationToken: following.Token
            );
            _window.Begin(page.Items, page.NextCursor is not null);
            Show(page.NextCursor);
            _isRead = true;
            if (Before is null)
            {
                _isFollowing = !IsFinal;
                _ = FollowAsync(following.Token);
            }
        }
        catch (ScheduleZeroException e)
        {
            _failure = e;
        }
        catch (OperationCanceledException) when (following.IsCancellationRequested)
        {
            // Another log, or none, is wanted meanwhile.
        }
    }

    private ScheduleZeroClient Client => Session.Client(Namespace);

    private async Task StopAsync()
    {
        if (_following is { } following)
        {
            _following = null;
            await following.CancelAsync();
            following.Dispose();
        }

        lock (_gate)
        {
            _arrived.Clear();
        }
    }

    // The stream goes on after a cut where it stopped, and ends with the job.
    private async Task FollowAsync(CancellationToken stop)
    {
        ScheduleZeroException? failure = null;
        try
        {
            await foreach (var line in Client.Jobs.FollowLogsAsync(Id, null, _window.Last, Level, stop))
            {
                Take(line, stop);
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (ScheduleZeroException e)
        {
            failure = e;
        }

        await InvokeAsync(() =>
        {
            if (!stop.IsCancellationRequested)
            {
                (_failure, _isFollowing) = (failure, false);
                ShowArrived();
            }
        });
    }

    private void Take(LogLine line, CancellationToken stop)
    {
        lock (_gate)
        {
            _arrived.Add([line]);
            if (_isShowing)
            {
                return;
            }

            _isShowing = true;
        }

        _ = ShowLaterAsync(stop);
    }

    private async Task ShowLaterAsync(CancellationToken stop)
    {
        await Task.Delay(ShowInterval, Time, CancellationToken.None);
        await InvokeAsync(() =>
        {
            lock (_gate)
            {
                _isShowing = false;
            }

            if (!stop.IsCancellationRequested)
            {
                ShowArrived();
            }
        });
    }

    private void ShowArrived()
    {
        lock (_gate)
        {
            // Lines that were passed over, since more came than are shown at once, are older lines.
            var wasPassedOver = _arrived.HasOlder;
            if (wasPassedOver)
            {
                _window.Begin([.. _arrived.Lines], hasOlder: true);
            }
            else
            {
                _window.Add(_arrived.Lines);
            }

            _arrived.Clear();
        }

        Show(older: null);
        StateHasChanged();
    }

    private void Show(string? older)
    {
        _shown = [.. _window.Lines];
        _olderFrom =
            older
            ?? (
                _window is { HasOlder: true, First: { } first }
                    ? first.ToString(System.Globalization.CultureInfo.InvariantCulture)
                    : null
            );
    }

    private string PathOf(string? before) => PathOf(before, Level);

    private string PathOf(string? before, string? level) =>
        $"{JobPath}?part={JobPart.LogKey}"
        + (level is null ? "" : $"&level={level}")
        + (before is null ? "" : $"&before={before}");
}
