using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Components;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Jobs;

// What the list of jobs reads and does; the other half says how it looks.
public sealed partial class JobsPage
{
    private const int PageSize = 25;

    /// <summary>How long the page waits for the end of an act on all jobs, before it says that it goes on.</summary>
    private static readonly TimeSpan BulkWait = TimeSpan.FromSeconds(20);

    private readonly JobListing _listing = new();
    private readonly HashSet<JobId> _chosen = [];
    private JobQuery _query = new();
    private string? _readPath;
    private JobCounts? _counts;
    private Question? _asked;

    /// <summary>What REST said against what was asked for in the dialog; null when it said nothing.</summary>
    private string? _askedError;

    private bool _isActing;

    private bool MayRun => Session.May("jobs:run", Namespace);

    private IReadOnlyList<Tab> Tabs =>
        [
            new Tab("All", (_query with { State = null, Cursor = "" }).ToPath(Namespace), _query.State is null),
            .. StateText.States.Select(state => new Tab(
                StateText.Of(state),
                (_query with { State = state, Cursor = "" }).ToPath(Namespace),
                _query.State == state,
                CountOf(state),
                IsBad: state == JobState.Failed && _counts is { Failed: > 0 }
            )),
        ];

    private IEnumerable<string> Tags => (_listing.Rows ?? []).SelectMany(job => job.Tags ?? []);

    private bool AllChosen => _listing.Rows is { Count: > 0 } rows && rows.All(job => _chosen.Contains(job.Id));

    private string ChosenWords => _chosen.Count == 0 ? "Choose" : $"{NumberText.Whole(_chosen.Count)} chosen";

    /// <inheritdoc/>
    protected override bool Concerns(BrokerEvent happened) =>
        happened.Type.StartsWith("job.", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        var before = _query;
        _query = JobQuery.Parse(new Uri(Navigation.Uri).Query);
        var path = _query.ToPath(Namespace);
        if (path != _readPath)
        {
            _listing.Clear();
            _chosen.Clear();
            _counts = _query.IsLike(before) ? _counts : null;
            _readPath = path;
        }

        var cursor = _query.Cursor.Length > 0 ? _query.Cursor : null;
        var page = await Client.Jobs.ListAsync(_query.ToFilter(PageSize), cursor, cancellationToken);
        if (path != _readPath)
        {
            // Another list was asked for meanwhile, and is being read.
            return;
        }

        _listing.Put(page);
        foreach (var id in _listing.Missing())
        {
            await ReadOneAsync(id, cancellationToken);
        }

        // The tabs of a search for text have no numbers: the Broker would search the history once for each state.
        var counts = _query.HasText
            ? null
            : await Client.Jobs.CountAsync((_query with { State = null }).ToBulkFilter(), cancellationToken);
        if (path == _readPath)
        {
            _counts = counts;
        }
    }

    /// <inheritdoc/>
    protected override void OnInitialized() => Navigation.LocationChanged += OnLocationChanged;

    /// <inheritdoc/>
    protected override ValueTask CloseAsync()
    {
        Navigation.LocationChanged -= OnLocationChanged;
        return ValueTask.CompletedTask;
    }

    // A page whose query alone has changed has the same parameters, so nothing else lets it read.
    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        if (Navigation.ToBaseRelativePath(e.Location).Split('?', '#')[0] == $"ns/{Namespace}/jobs")
        {
            _ = InvokeAsync(async () =>
            {
                await ReadNowAsync();
                StateHasChanged();
            });
        }
    }

    // A row that has left the list, since its job has gone on, keeps its place and shows its new state.
    private async Task ReadOneAsync(JobId id, CancellationToken cancellationToken)
    {
        try
        {
            _listing.Put(await Client.Jobs.GetAsync(id, cancellationToken));
        }
        catch (ScheduleZeroException e) when (e.Code == Contracts.ErrorCodes.NotFound)
        {
            // The job was pruned or purged meanwhile; its row stays as it was until the list is read anew.
        }
    }

    private string PathOf(JobQuery query) => (query with { Cursor = "" }).ToPath(Namespace);

    private void ShowNew()
    {
        _listing.ShowNew();
        _chosen.IntersectWith(_listing.Rows!.Select(job => job.Id));
    }

    private void Filter(JobFilterFields fields) =>
        Navigation.NavigateTo((_query with { Cursor = "" }).With(fields, Session.Zone).ToPath(Namespace));

    private void ClearFilter() => Navigation.NavigateTo(new JobQuery { State = _query.State }.ToPath(Namespace));

    private void Choose(JobId id, ChangeEventArgs e)
    {
        if (e.Value is true)
        {
            _chosen.Add(id);
        }
        else
        {
            _chosen.Remove(id);
        }
    }

    private void ChooseAll(ChangeEventArgs e)
    {
        _chosen.Clear();
        if (e.Value is true)
        {
            _chosen.UnionWith(_listing.Rows!.Select(job => job.Id));
        }
    }

    private IEnumerable<JobView> Fitting(JobAct act) =>
        (_listing.Rows ?? []).Where(job => _chosen.Contains(job.Id) && act.Fits(job.State));

    // Says how many jobs an act is about before it acts.
    private async Task AskAsync(JobAct act, bool all)
    {
        _askedError = null;
        if (!all)
        {
            var ids = Fitting(act).Select(job => job.Id).ToArray();
            _asked = new Question(
                act,
                ids.Length,
                $"The {NumberText.Of(ids.Length, "job", "jobs")} that you chose.",
                ids
            );
            return;
        }

        await GuardAsync(async () =>
        {
            var counted = await Client.Jobs.BeginBulkAsync(RequestOf(act, 0, dryRun: true), Closing);
            _asked = new Question(
                act,
                counted.Matched,
                _query.HasFilter || _query.State is not null
                    ? "All jobs that match the filters now, also those on other pages."
                    : $"All jobs of the namespace {Namespace} that this is possible for, also those on other pages.",
                Chosen: null
            );
        });
    }

    private async Task DoAsync(Question asked, int priority)
    {
        _askedError = null;
        await GuardAsync(async () =>
        {
            try
            {
                await (
                    asked.Chosen is { } ids ? DoEachAsync(asked.Act, ids, priority) : DoAllAsync(asked.Act, priority)
                );
            }
            catch (ScheduleZeroException e) when (FieldErrors.Of(e).At("priority") is { } error)
            {
                // The dialog stays open, with what is wrong beside the field.
                _askedError = error;
            }
            finally
            {
                _asked = _askedError is null ? null : asked;
            }
        });
        await ReadNowAsync();
    }

    private async Task DoEachAsync(JobAct act, IReadOnlyList<JobId> ids, int priority)
    {
        var done = 0;
        string? refusal = null;
        foreach (var id in ids)
        {
            try
            {
                await act.DoAsync(Client, id, priority, Closing);
                done++;
                _chosen.Remove(id);
            }
            catch (ScheduleZeroException e)
                when (e.Code is Contracts.ErrorCodes.Conflict or Contracts.ErrorCodes.NotFound)
            {
                // The job has gone on meanwhile; the others are done all the same.
                refusal = ProblemText.Of(e);
            }
        }

        Toasts.Say(
            $"{NumberText.Of(done, "job", "jobs")} {act.Past}."
                + (refusal is null ? "" : $" {NumberText.Whole(ids.Count - done)} not: {refusal}"),
            refusal is null ? Tone.Ok : Tone.Wait
        );
    }

    private async Task DoAllAsync(JobAct act, int priority)
    {
        var begun = await Client.Jobs.BeginBulkAsync(RequestOf(act, priority, dryRun: false), Closing);
        _asked = null;
        StateHasChanged();
        var ended = await Client.Jobs.GetBulkAsync(begun.Id, BulkWait, Closing);
        Toasts.Say(
            ended.State switch
            {
                BulkActState.Finished => $"{NumberText.Of(ended.Changed, "job", "jobs")} {act.Past}.",
                BulkActState.Failed => $"The act failed after {NumberText.Whole(ended.Done)} jobs: {ended.Detail}",
                _ => $"{NumberText.Whole(ended.Done)} of {NumberText.Whole(ended.Matched)} jobs so far; "
                    + "the Broker goes on.",
            },
            ended.State == BulkActState.Failed ? Tone.Bad : Tone.Ok
        );
    }

    private BulkActRequest RequestOf(JobAct act, int priority, bool dryRun) =>
        new()
        {
            Action = act.Action,
            Filter = _query.ToBulkFilter(),
            Priority = act.Action == BulkAction.Priority ? priority : null,
            DryRun = dryRun,
        };

    private async Task GuardAsync(Func<Task> act)
    {
        _isActing = true;
        try
        {
            await act();
        }
        catch (ScheduleZeroException e)
        {
            Toasts.Say(ProblemText.Of(e), Tone.Bad);
        }
        finally
        {
            _isActing = false;
        }
    }

    private string? CountOf(JobState state) =>
        _counts is null
            ? null
            : NumberText.Whole(_counts.Of(state)) + (_counts.AtLeast?.Contains(state) == true ? "+" : "");

    // Ids of one time begin alike, so the end tells them apart.
    private static string ShortOf(JobView job) => $"…{job.Id.ToString()[^12..]}";

    private static string WordsOf(JobView job) =>
        job.Error?.Message
        ?? (
            job.State == JobState.Running && job.ProgressPercent is { } percent
                ? $"{NumberText.Percent(percent / 100)} {job.ProgressMessage}"
            : job.Schedule is { } schedule ? $"schedule {schedule.Name}"
            : string.Join(", ", job.Tags ?? [])
        );

    /// <summary>A question whether to act.</summary>
    /// <param name="Chosen">The jobs that were chosen; null for all that match.</param>
    private sealed record Question(JobAct Act, long Count, string Words, IReadOnlyList<JobId>? Chosen);
}
