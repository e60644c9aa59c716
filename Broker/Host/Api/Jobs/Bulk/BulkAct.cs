using System.Text.Json;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs.Bulk;

/// <summary>
/// One bulk act: the request, and how far the act has come. Only the task that runs the act changes it; requests read
/// it from other threads.
/// </summary>
internal sealed class BulkAct(
    Guid id,
    string ns,
    BulkActRequest asked,
    IReadOnlyList<string>? methods,
    AuditNote note,
    DateTimeOffset startedAt
)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isPaused;
    private BulkActView _view = new()
    {
        Id = id,
        Action = asked.Action,
        Filter = asked.Filter,
        State = BulkActState.Finding,
        Priority = asked.Priority,
        DryRun = asked.DryRun,
        Matched = 0,
        Done = 0,
        Changed = 0,
        RequestedBy = note.Actor,
        StartedAt = startedAt,
    };

    public Guid Id { get; } = id;

    public string Namespace { get; } = ns;

    public BulkActRequest Asked { get; } = asked;

    /// <summary>The note for the audit log of who asked, and from where; without the outcome.</summary>
    public AuditNote Note { get; } = note;

    public DateTimeOffset StartedAt { get; } = startedAt;

    /// <summary>Whether somebody has stopped the act, which then ends before its next slice.</summary>
    public bool IsStopping => _stop.Task.IsCompleted;

    /// <summary>A task that completes when the act has ended, with or without success.</summary>
    public Task Ended => _ended.Task;

    public bool IsUnderWay => !_ended.Task.IsCompleted;

    /// <summary>
    /// Whether the act has something to do now; false while it pauses between slices, and after its end.
    /// </summary>
    public bool IsWorking => IsUnderWay && !_isPaused;

    public BulkActView View
    {
        get
        {
            lock (_gate)
            {
                return _view;
            }
        }
    }

    /// <summary>The search of the store for one page of jobs, limited to methods that the caller may act on.</summary>
    public JobSearch Search(int limit, string? cursor) =>
        new()
        {
            Namespace = Namespace,
            Limit = limit,
            Cursor = cursor,
            Now = StartedAt,
            State = Asked.Filter.State ?? (Asked.Action == BulkAction.Replay ? JobState.Failed : null),
            Method = Asked.Filter.Method,
            Methods = methods,
            Handler = Asked.Filter.Handler,
            Group = Asked.Filter.Group,
            Tag = Asked.Filter.Tag,
            Schedule = Asked.Filter.Schedule,
            Batch = Asked.Filter.Batch,
            From = Asked.Filter.From?.ToUniversalTime(),
            To = Asked.Filter.To?.ToUniversalTime(),
            Text = Asked.Filter.Query,
            Params = Asked.Filter.Params,
        };

    /// <summary>The act on each job that has not ended.</summary>
    public JobAct ActOnOne() =>
        Asked.Action switch
        {
            BulkAction.Cancel => new JobAct.Cancel(Asked.Grace),
            BulkAction.Retry => new JobAct.Retry(),
            BulkAction.Priority => new JobAct.Prioritise(Asked.Priority!.Value),
            _ => throw new InvalidOperationException($"{Asked.Action} is not for jobs that have not ended."),
        };

    /// <summary>The filter as the audit log shows it.</summary>
    public string FilterText() => JsonSerializer.Serialize(Asked.Filter, RestJson.Default.BulkFilter);

    public void Change(Func<BulkActView, BulkActView> change)
    {
        lock (_gate)
        {
            _view = change(_view);
        }
    }

    /// <summary>
    /// Stops the act; what it has done already stays. A second call has no effect, so that the first caller is named.
    /// </summary>
    public void Stop(string by)
    {
        if (IsUnderWay)
        {
            Change(view => view with { StoppedBy = view.StoppedBy ?? by });
            _stop.TrySetResult();
        }
    }

    /// <summary>Pauses the act; returns early when the act is stopped.</summary>
    public async Task PauseAsync(TimeSpan pause, TimeProvider time)
    {
        if (pause > TimeSpan.Zero)
        {
            _isPaused = true;
            await Task.WhenAny(Task.Delay(pause, time), _stop.Task);
            _isPaused = false;
        }
    }

    public void End(BulkActState state, string? detail, DateTimeOffset now)
    {
        Change(view => view with { State = state, Detail = detail ?? view.Detail, EndedAt = now });
        _ended.TrySetResult();
    }
}
