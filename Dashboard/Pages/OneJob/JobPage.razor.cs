using Microsoft.AspNetCore.Components;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Components;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.OneJob;

// What the page of one job reads; the other half says how it looks.
public sealed partial class JobPage
{
    private JobView? _job;
    private IReadOnlyList<AttemptView> _attempts = [];
    private JobExplanation? _explanation;

    /// <summary>What the job runs after, and what runs after it; null before it is read.</summary>
    private ChainGraph? _chain;

    /// <summary>
    /// The batch that the job is one of, or completes; null for none, or for one that the reader may not see.
    /// </summary>
    private BatchView? _batch;

    /// <summary>The subjects of events that may change what is drawn beside the job. Read on any thread.</summary>
    private volatile IReadOnlyCollection<string> _neighbours = [];

    /// <summary>Whether the address names no job, because its last part is no id of one.</summary>
    private bool _isNoId;

    [Parameter]
    public string Id { get; set; } = "";

    /// <summary>The part that is shown, from the address; the first one that the job has when empty.</summary>
    [SupplyParameterFromQuery(Name = "part")]
    public string? Part { get; set; }

    /// <summary>The lowest level of the log that is shown, from the address.</summary>
    [SupplyParameterFromQuery(Name = "level")]
    public string? Level { get; set; }

    /// <summary>The place in the log before which lines are shown, from the address.</summary>
    [SupplyParameterFromQuery(Name = "before")]
    public long? Before { get; set; }

    private string? LevelOrNull => Level is not null && LogLevels.RankOf(Level) > 0 ? Level : null;

    private bool MayAudit => Session.May("audit:read", Namespace);

    private bool MayRun => Session.May("jobs:run", Namespace);

    /// <inheritdoc/>
    protected override bool Concerns(BrokerEvent happened) =>
        happened.Subject == Id || (happened.Subject is { } subject && _neighbours.Contains(subject));

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (!JobId.TryParse(Id, out var id))
        {
            (_job, _isNoId) = (null, true);
            return;
        }

        _isNoId = false;
        if (_job is not null && (_job.Id != id || _job.Namespace != Namespace))
        {
            (_job, _attempts, _explanation, _chain, _batch) = (null, [], null, null, null);
        }

        var job = await Client.Jobs.GetAsync(id, cancellationToken);
        var attempts = await Client.Jobs.AttemptsAsync(id, cancellationToken);
        var explanation = StateText.IsFinal(job.State) ? null : await ExplainAsync(id, cancellationToken);
        var chain = ChainGraph.Of(await Client.Jobs.ChainAsync(id, cancellationToken));
        var batch = await ReadBatchAsync(job, cancellationToken);
        if (JobId.TryParse(Id, out var wanted) && wanted == id)
        {
            // Otherwise the page of another job was asked for meanwhile, and is being read.
            (_job, _attempts, _explanation, _chain, _batch) = (job, attempts, explanation, chain, batch);
            _neighbours =
            [
                .. chain.Nodes.Select(node => node.Job.Id.ToString()),
                .. batch is null ? [] : new[] { batch.Id.ToString() },
            ];
        }
    }

    private async Task<BatchView?> ReadBatchAsync(JobView job, CancellationToken cancellationToken)
    {
        if ((job.BatchId ?? job.Completes) is not { } id)
        {
            return null;
        }

        try
        {
            return await Client.Batches.GetAsync(id, cancellationToken);
        }
        catch (ScheduleZeroException e) when (e.Code is ErrorCodes.Forbidden or ErrorCodes.NotFound)
        {
            // A batch may hold jobs of any method, so who is limited to methods may not see it; and batches are pruned.
            return null;
        }
    }

    private async Task<JobExplanation?> ExplainAsync(JobId id, CancellationToken cancellationToken)
    {
        try
        {
            return await Client.Jobs.ExplainAsync(id, cancellationToken);
        }
        catch (ScheduleZeroException e) when (e.Code is ErrorCodes.Conflict or ErrorCodes.NotFound)
        {
            // The job has ended meanwhile, so that nothing holds it any more.
            return null;
        }
    }

    private void GoTo(JobId id) => Navigation.NavigateTo($"ns/{Namespace}/jobs/{id}");

    private string PartOf(JobView job) => JobPart.Of(Part, job, MayAudit);

    private IReadOnlyList<Tab> Tabs(JobView job)
    {
        var shown = PartOf(job);
        return
        [
            .. JobPart
                .All(job, MayAudit)
                .Select(part => new Tab(
                    part.Label,
                    $"ns/{Namespace}/jobs/{Id}?part={part.Key}",
                    part.Key == shown,
                    part.Key == JobPart.AttemptsKey ? NumberText.Whole(_attempts.Count) : null,
                    IsBad: false
                )),
        ];
    }

    private string Summary(JobView job) =>
        job.FinishedAt is { } ended
            ? $"{StateText.Of(job.State).ToLowerInvariant()} after {TimeText.Duration(ended - job.EnqueuedAt)}, "
                + $"{NumberText.Of(job.Attempts, "attempt", "attempts")}"
            : $"{TimeText.Duration(Session.Now - job.EnqueuedAt)} since it was enqueued, "
                + $"{NumberText.Of(job.Attempts, "attempt", "attempts")} of {job.Retry.MaxAttempts ?? 3}";
}
