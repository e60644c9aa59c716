using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Schedules of the client's namespace.</summary>
public sealed class SchedulesClient
{
    private readonly RestConnection _connection;
    private readonly string _path;

    internal SchedulesClient(RestConnection connection)
    {
        _connection = connection;
        _path = connection.InNamespace("schedules");
    }

    /// <summary>Creates a schedule; a name that is taken is a conflict.</summary>
    public Task<ScheduleView> CreateAsync(ScheduleRequest schedule, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            _path,
            schedule,
            RestJson.Default.ScheduleRequest,
            RestJson.Default.ScheduleView,
            cancellationToken
        );

    /// <summary>Creates a schedule, or replaces the one of the same name.</summary>
    /// <param name="ifVersion">The only version that is acted on, for another the answer is <c>conflict</c> with status
    /// 412; null for any.</param>
    public Task<ScheduleView> PutAsync(
        ScheduleRequest schedule,
        int? ifVersion = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PutAsync(
            Of(schedule.Name),
            schedule,
            RestJson.Default.ScheduleRequest,
            RestJson.Default.ScheduleView,
            ifVersion,
            cancellationToken
        );

    public Task<ScheduleView> GetAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Of(name), RestJson.Default.ScheduleView, cancellationToken);

    /// <summary>Reads one page of the schedules.</summary>
    public Task<Page<ScheduleView>> ListAsync(
        ScheduleFilter? filter = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            (filter ?? new ScheduleFilter()).ToPath(_path, cursor),
            RestJson.Default.PageScheduleView,
            cancellationToken
        );

    /// <summary>Lists all schedules of the filter, reading page after page.</summary>
    public IAsyncEnumerable<ScheduleView> ListAllAsync(
        ScheduleFilter? filter = null,
        CancellationToken cancellationToken = default
    ) => Paging.AllAsync((cursor, token) => ListAsync(filter, cursor, token), null, cancellationToken);

    /// <summary>Deletes a schedule. Jobs that the schedule has made stay.</summary>
    /// <inheritdoc cref="PutAsync" path="/param"/>
    public Task DeleteAsync(string name, int? ifVersion = null, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync(Of(name), ifVersion, cancellationToken);

    public Task<ScheduleView> PauseAsync(
        string name,
        PauseRequest? pause = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PostAsync(
            $"{Of(name)}/pause",
            pause ?? new PauseRequest(),
            RestJson.Default.PauseRequest,
            RestJson.Default.ScheduleView,
            cancellationToken
        );

    public Task<ScheduleView> ResumeAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{Of(name)}/resume", RestJson.Default.ScheduleView, cancellationToken);

    /// <summary>Makes a job of the schedule now. The schedule's nominal instants stay as they are.</summary>
    /// <param name="run">What the job has in place of what the schedule says; null for nothing.</param>
    public Task<JobView> TriggerAsync(
        string name,
        RunNowRequest? run = null,
        CancellationToken cancellationToken = default
    ) =>
        run is null
            ? _connection.PostAsync($"{Of(name)}/trigger", RestJson.Default.JobView, cancellationToken)
            : _connection.PostAsync(
                $"{Of(name)}/trigger",
                run,
                RestJson.Default.RunNowRequest,
                RestJson.Default.JobView,
                cancellationToken
            );

    /// <summary>Explains what the next occurrence of a schedule waits for.</summary>
    public Task<ScheduleExplanation> ExplainAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{Of(name)}/explain", RestJson.Default.ScheduleExplanation, cancellationToken);

    /// <summary>Saves schedules as they are given, all or none. A dry run only tells what would change.</summary>
    public Task<ApplyAnswer> ApplyAsync(ApplyRequest apply, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            $"{_path}/apply",
            apply,
            RestJson.Default.ApplyRequest,
            RestJson.Default.ApplyAnswer,
            cancellationToken
        );

    /// <summary>
    /// Begins a backfill: makes the jobs of a range of the past where nominal instants have none. A dry run only tells
    /// what the backfill would make.
    /// </summary>
    public Task<BackfillView> BackfillAsync(
        string name,
        BackfillRequest backfill,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PostAsync(
            $"{Of(name)}/backfill",
            backfill,
            RestJson.Default.BackfillRequest,
            RestJson.Default.BackfillView,
            cancellationToken
        );

    /// <summary>Reads how far the newest backfill of a schedule has come.</summary>
    public Task<BackfillView> GetBackfillAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{Of(name)}/backfill", RestJson.Default.BackfillView, cancellationToken);

    /// <summary>Cancels the backfill of a schedule. The jobs that the backfill has made stay.</summary>
    public Task<BackfillView> CancelBackfillAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync($"{Of(name)}/backfill", RestJson.Default.BackfillView, cancellationToken);

    /// <summary>Reads the next nominal instants of a saved schedule.</summary>
    /// <param name="count">How many instants, 1 to 1,000.</param>
    public Task<PreviewAnswer> PreviewAsync(
        string name,
        int count = 10,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString($"{Of(name)}/preview").Add("count", count).ToString(),
            RestJson.Default.PreviewAnswer,
            cancellationToken
        );

    /// <summary>Reads the nominal instants that a trigger would give, without saving it.</summary>
    public Task<PreviewAnswer> PreviewAsync(PreviewRequest preview, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            $"{_path}/preview",
            preview,
            RestJson.Default.PreviewRequest,
            RestJson.Default.PreviewAnswer,
            cancellationToken
        );

    /// <summary>
    /// Reads one page of the past occurrences of a schedule, newest first: the job of each, or why there is none.
    /// </summary>
    public Task<Page<OccurrenceView>> OccurrencesAsync(
        string name,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.ListAsync(
            $"{Of(name)}/occurrences",
            limit,
            cursor,
            RestJson.Default.PageOccurrenceView,
            cancellationToken
        );

    /// <summary>Reads one page of a schedule's saved versions, newest first, each with its changes.</summary>
    public Task<Page<ScheduleVersionView>> VersionsAsync(
        string name,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.ListAsync(
            $"{Of(name)}/versions",
            limit,
            cursor,
            RestJson.Default.PageScheduleVersionView,
            cancellationToken
        );

    /// <summary>
    /// Forecasts what schedules would do over a range of time: saved schedules, or others as if they were saved.
    /// </summary>
    public Task<SimulationAnswer> SimulateAsync(
        SimulationRequest simulation,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PostAsync(
            $"{_path}/simulate",
            simulation,
            RestJson.Default.SimulationRequest,
            RestJson.Default.SimulationAnswer,
            TimeSpan.FromMinutes(1),
            cancellationToken
        );

    private string Of(string name) => $"{_path}/{Uri.EscapeDataString(name)}";
}
