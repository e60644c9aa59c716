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

    /// <summary>Creates; a name that is taken is a conflict.</summary>
    public Task<ScheduleView> CreateAsync(ScheduleRequest schedule, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            _path,
            schedule,
            RestJson.Default.ScheduleRequest,
            RestJson.Default.ScheduleView,
            TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>Creates or replaces.</summary>
    /// <param name="ifVersion">Only if the schedule still has this version; else <c>conflict</c> with status
    /// 412.</param>
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
            ETag(ifVersion),
            cancellationToken
        );

    public Task<ScheduleView> GetAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Of(name), RestJson.Default.ScheduleView, cancellationToken);

    /// <summary>Reads one page of the schedules.</summary>
    public Task<Page<ScheduleView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString(_path).Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageScheduleView,
            cancellationToken
        );

    /// <summary>Every page, as it is read.</summary>
    public IAsyncEnumerable<ScheduleView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    /// <inheritdoc cref="PutAsync" path="/param"/>
    public Task DeleteAsync(string name, int? ifVersion = null, CancellationToken cancellationToken = default) =>
        _connection.TellAsync(HttpMethod.Delete, Of(name), ETag(ifVersion), cancellationToken);

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
            TimeSpan.Zero,
            cancellationToken
        );

    public Task<ScheduleView> ResumeAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{Of(name)}/resume", RestJson.Default.ScheduleView, cancellationToken);

    /// <summary>Makes the schedule's job now; its due times stay as they are.</summary>
    public Task<JobView> TriggerAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{Of(name)}/trigger", RestJson.Default.JobView, cancellationToken);

    /// <summary>What the next occurrence waits for, and what will open it.</summary>
    public Task<ScheduleExplanation> ExplainAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{Of(name)}/explain", RestJson.Default.ScheduleExplanation, cancellationToken);

    /// <summary>Makes schedules be as given, all or none; or, as a dry run, says what that would change.</summary>
    public Task<ApplyAnswer> ApplyAsync(ApplyRequest apply, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            $"{_path}/apply",
            apply,
            RestJson.Default.ApplyRequest,
            RestJson.Default.ApplyAnswer,
            TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>
    /// Begins to make the jobs of a range of the past where instants have none; or, as a dry run, says what that would
    /// be.
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
            TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>The schedule's newest backfill, and how far it has come.</summary>
    public Task<BackfillView> GetBackfillAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{Of(name)}/backfill", RestJson.Default.BackfillView, cancellationToken);

    /// <summary>The jobs that it has made stay.</summary>
    public Task<BackfillView> CancelBackfillAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync($"{Of(name)}/backfill", RestJson.Default.BackfillView, cancellationToken);

    /// <summary>When a saved schedule is due next.</summary>
    /// <param name="count">1 to 1,000.</param>
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

    /// <summary>When a trigger that is not saved would be due.</summary>
    public Task<PreviewAnswer> PreviewAsync(PreviewRequest preview, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            $"{_path}/preview",
            preview,
            RestJson.Default.PreviewRequest,
            RestJson.Default.PreviewAnswer,
            TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>Past occurrences, newest first: the job that each made, or why it made none.</summary>
    public Task<Page<OccurrenceView>> OccurrencesAsync(
        string name,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString($"{Of(name)}/occurrences").Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageOccurrenceView,
            cancellationToken
        );

    /// <summary>The versions that are kept, newest first, each with what it changed.</summary>
    public Task<Page<ScheduleVersionView>> VersionsAsync(
        string name,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString($"{Of(name)}/versions").Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageScheduleVersionView,
            cancellationToken
        );

    /// <summary>What schedules would do over a range of time: saved ones, or schedules as if they were saved.</summary>
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

    private static string? ETag(int? version) => version is { } number ? $"\"{number}\"" : null;

    private string Of(string name) => $"{_path}/{Uri.EscapeDataString(name)}";
}
