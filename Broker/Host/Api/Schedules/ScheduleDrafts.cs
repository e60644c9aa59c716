using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules;

/// <summary>Checks requests to save schedules, and makes schedules of them.</summary>
internal sealed class ScheduleDrafts(JobDrafts jobs, Authority authority)
{
    /// <summary>
    /// Why the request may not be saved, apart from whether the caller owns the schedule; null when it may.
    /// </summary>
    /// <param name="prefix">The text before the names of fields, such as <c>schedules[0].</c></param>
    public ProblemAnswer? Check(
        ScheduleRequest request,
        string ns,
        StepBudget budget,
        DateTimeOffset now,
        string prefix = ""
    ) =>
        ScheduleRequestValidator.Instance.Check(request, prefix)
        ?? TriggerCheck.Check(request.Trigger, now, out _, prefix)
        ?? jobs.CheckParams(request.Job, ns, budget, $"{prefix}job.");

    // Whoever saves a schedule must be allowed to run its method, so that a schedule is no way around permissions.
    public ProblemAnswer? CheckMayRun(ScheduleRequest request, string ns, HttpContext http) =>
        MayOn(http, Permissions.JobsRun, ns, request.Job.Method)
            ? null
            : new ProblemAnswer(
                403,
                ErrorCodes.Forbidden,
                $"Saving this schedule takes {Permissions.JobsRun} on its method \"{request.Job.Method}\" too."
            );

    /// <summary>
    /// Why the caller may not run a schedule's method with params of their own; null when they may. Whoever chooses the
    /// params must be allowed to run the method.
    /// </summary>
    public ProblemAnswer? CheckRun(Schedule schedule, RawJson parameters, HttpContext http) =>
        MayOn(http, Permissions.JobsRun, schedule.Namespace, schedule.Job.Method)
            ? jobs.CheckParams(
                JobViews.RequestOf(schedule.Job, parameters),
                schedule.Namespace,
                StepBudget.ForRequest()
            )
            : new ProblemAnswer(
                403,
                ErrorCodes.Forbidden,
                $"Other params take {Permissions.JobsRun} on the method \"{schedule.Job.Method}\" too."
            );

    public ScheduleEditor By(HttpContext http, string ns, string name) =>
        new(Caller.Of(http).Name, MayOn(http, Permissions.SchedulesWriteAny, ns, name));

    /// <summary>
    /// The editor that a caller is when they pause or resume a schedule. The permission to pause also opens schedules
    /// of others.
    /// </summary>
    public ScheduleEditor PausedBy(HttpContext http, string ns, string name) =>
        By(http, ns, name) is { OfAny: false } by && MayOn(http, Permissions.SchedulesPause, ns, name)
            ? by with
            {
                OfAny = true,
            }
            : By(http, ns, name);

    public Schedule Draft(ScheduleRequest request, string ns, string by, DateTimeOffset now) =>
        new()
        {
            Id = new ScheduleId(Guid.CreateVersion7(now)),
            Namespace = ns,
            Name = request.Name,
            Version = 1,
            Trigger = request.Trigger,
            Job = jobs.Spec(request.Job),
            Params = JobDrafts.Params(request.Job),
            Misfire = request.Misfire ?? MisfirePolicy.Latest,
            CatchUpWindow = request.CatchUpWindow ?? TimeSpan.FromHours(1),
            Overlap = request.Overlap ?? OverlapPolicy.Allow,
            Jitter = request.Jitter ?? TimeSpan.Zero,
            StartAt = request.StartAt?.ToUniversalTime(),
            EndAt = request.EndAt?.ToUniversalTime(),
            MaxOccurrences = request.MaxOccurrences,
            ExcludeCalendars = request.ExcludeCalendars is { Count: > 0 } names ? names : null,
            Offline = request.Offline ?? OfflinePolicy.Wait,
            Paused = request.Paused ?? false,
            CreatedAt = now,
            ChangedAt = now,
            CreatedBy = by,
            GivenTo = request.Owner,
            ChangedBy = by,
        };

    /// <summary>
    /// The schedule that saving the request over a saved one would make. A pause and an owner that the request does not
    /// mention stay.
    /// </summary>
    public Schedule DraftOver(Schedule saved, ScheduleRequest request, DateTimeOffset now) =>
        Draft(
            request with
            {
                Paused = request.Paused ?? saved.Paused,
                Owner = request.Owner ?? saved.GivenTo,
            },
            saved.Namespace,
            saved.CreatedBy,
            now
        );

    private bool MayOn(HttpContext http, string permission, string ns, string name) =>
        authority.Judge(Caller.Of(http), permission, ns, http.Connection.RemoteIpAddress).Opens(name);
}
