using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Checks the requests for jobs, and makes jobs of them.</summary>
internal sealed class JobDrafts(TimeProvider time, BrokerApiOptions options, SpecCache specs, MethodSchemas schemas)
{
    private static readonly RawJson EmptyParams = RawJson.Parse("{}");

    /// <summary>Why the caller may not run the method; null when they may.</summary>
    public static ProblemAnswer? CheckMethod(NameScope? methods, string ns, string method) =>
        methods.Opens(method) ? null : AccessProblems.MissingPermission(Permissions.JobsRun, ns, method);

    /// <summary>Why the request may not become a job by itself; null when it may.</summary>
    /// <param name="budget">The limit of what checks against schemas may cost; one budget for all jobs of a
    /// request.</param>
    public ProblemAnswer? Check(JobRequest request, string ns, StepBudget budget, string prefix = "") =>
        JobSet.CheckAlone(request, prefix) ?? CheckMember(request, ns, budget, prefix);

    /// <summary>
    /// Why the request may not become a job in a set, as far as that does not depend on the others; null when it may.
    /// </summary>
    public ProblemAnswer? CheckMember(JobRequest request, string ns, StepBudget budget, string prefix) =>
        JobRequestValidator.Check(request, prefix) ?? CheckParams(request, ns, budget, prefix);

    /// <summary>Why the params are refused; null when they are accepted.</summary>
    /// <param name="request">A request whose other fields were checked before.</param>
    public ProblemAnswer? CheckParams(JobRequest request, string ns, StepBudget budget, string prefix = "") =>
        CheckSize(request, prefix)
        ?? CheckText(request, prefix)
        ?? CheckSchema(ns, request.Method, request.Handler, request.Group, Params(request), $"{prefix}params", budget);

    /// <summary>
    /// Why a finished job may not be replayed; null when it may. The params of the job are checked again, since a
    /// handler may have published another schema meanwhile.
    /// </summary>
    public ProblemAnswer? CheckReplay(Job job, RawJson parameters) =>
        CheckSchema(
            job.Namespace,
            job.Spec.Method,
            job.Spec.Handler,
            job.Spec.Group,
            parameters,
            "params",
            StepBudget.ForRequest()
        );

    /// <summary>Why a finished job may not be replayed with params that it did not have; null when it may.</summary>
    public ProblemAnswer? CheckChangedReplay(Job job, RawJson parameters) =>
        CheckParams(JobViews.RequestOf(job.Spec, parameters), job.Namespace, StepBudget.ForRequest());

    /// <summary>
    /// Why a job that waits may not be changed so; null when it may, as far as the stored job can tell.
    /// </summary>
    /// <param name="patch">Changes that were checked by themselves before.</param>
    public ProblemAnswer? CheckChange(Job job, JobPatch patch) =>
        patch.RunAt >= job.Spec.StartDeadline
            ? Problems.Invalid("runAt", $"The job's start deadline, {job.Spec.StartDeadline:u}, must be later.")
        : patch.Params.IsEmpty ? null
        : CheckParams(JobViews.RequestOf(job.Spec, patch.Params), job.Namespace, StepBudget.ForRequest());

    private ProblemAnswer? CheckSchema(
        string ns,
        string method,
        string? handler,
        string? group,
        RawJson parameters,
        string path,
        StepBudget budget
    ) =>
        schemas.Check(ns, method, handler, group, parameters, path, budget) is { } errors
            ? Problems.Invalid(errors)
            : null;

    // Params are stored byte for byte, so a reader would later fail on half a surrogate pair.
    private static ProblemAnswer? CheckText(JobRequest request, string prefix) =>
        request.Params.HasLoneSurrogates ? Problems.Invalid($"{prefix}params", MethodSchemas.LoneSurrogates) : null;

    private ProblemAnswer? CheckSize(JobRequest request, string prefix) =>
        request.Params.Utf8.Length > options.ParamsBytesMax
            ? new ProblemAnswer(
                413,
                ErrorCodes.TooLarge,
                "The params are too large.",
                new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    [$"{prefix}params"] =
                    [
                        $"At most {options.ParamsBytesMax} bytes are taken; keep more in a store and pass its address.",
                    ],
                }
            )
            : null;

    /// <summary>Makes a job of a request.</summary>
    /// <param name="request">A request that was checked before, and that names no refs.</param>
    public NewJob Draft(JobRequest request, string ns, string by) =>
        Draft(
            request,
            ns,
            by,
            request.After?.Select(named => JobId.TryParse(named, out var id) ? id : default).ToArray()
        );

    /// <summary>Makes a job of a request.</summary>
    /// <param name="after">The jobs that the names in the request's <c>after</c> stand for.</param>
    /// <param name="request">A request that was checked before.</param>
    public NewJob Draft(JobRequest request, string ns, string by, JobId[]? after) =>
        new(NewId(), specs.ShareNamespace(ns), Spec(request), Params(request), request.RunAt?.ToUniversalTime(), by)
        {
            After = after,
            AfterFailure = request.AfterFailure ?? AfterFailure.Cancel,
            IsStrict = request.DeduplicationStrict ?? false,
        };

    /// <summary>Makes a job that asks for what a finished one asked for.</summary>
    public NewJob Replay(Job job, RawJson parameters, string by) =>
        new(
            NewId(),
            job.Namespace,
            // The old deadline has passed, and the old deduplication key may still answer with the job that is
            // replayed.
            specs.Share(
                job.Spec with
                {
                    StartDeadline = null,
                    DeduplicationKey = null,
                    DeduplicationWindow = null,
                    ParamsHash = null,
                }
            ),
            parameters,
            RunAt: null,
            by,
            ReplayOf: job.Id
        );

    public JobSpec Spec(JobRequest request) =>
        specs.Share(
            new JobSpec
            {
                Method = request.Method,
                Handler = request.Handler,
                Group = request.Group,
                Priority = request.Priority ?? 0,
                StartDeadline = request.StartDeadline?.ToUniversalTime(),
                Timeout = request.Timeout ?? TimeSpan.FromHours(1),
                Retry = Retry(request.Retry),
                DeduplicationKey = request.DeduplicationKey,
                DeduplicationWindow = request.DeduplicationWindow,
                ParamsHash = request.DeduplicationKey is null ? null : ParamsHash.Of(Params(request)),
                ConcurrencyKey = request.Concurrency?.Key,
                ConcurrencyLimit = request.Concurrency?.Limit ?? 1,
                RateLimit = request.RateLimit is { } rate ? new RateLimit(rate.Key, rate.Limit, rate.Period) : null,
                Tags = request.Tags is { Count: > 0 } tags ? tags : null,
            }
        );

    public static RawJson Params(JobRequest request) => request.Params.IsEmpty ? EmptyParams : request.Params;

    public JobId NewId() => new(Guid.CreateVersion7(time.GetUtcNow()));

    private static RetryPolicy Retry(RetryOptions? given)
    {
        var standard = RetryPolicy.Default;
        if (given is null)
        {
            return standard;
        }

        var first = given.FirstDelay ?? standard.FirstDelay;
        var most = given.MaxDelay ?? (first > standard.MaxDelay ? first : standard.MaxDelay);
        return new RetryPolicy(
            given.MaxAttempts ?? standard.MaxAttempts,
            given.Backoff ?? standard.Backoff,
            first,
            most,
            given.Jitter ?? standard.Jitter
        );
    }
}
