using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Accepts one job, and waits for its end when the request asks for that.</summary>
internal sealed class JobSubmission(
    Enqueuing enqueuing,
    JobReader reader,
    JobWaiter waiter,
    JobDrafts drafts,
    LiveAccess access,
    BrokerApiOptions options
)
{
    /// <summary>The most bytes of params and result of a job that is shown in one piece.</summary>
    private const int SmallBytesMax = 16 * 1024;

    /// <summary>The most bytes that the body of one job may have.</summary>
    public long BytesMax => options.ParamsBytesMax + BodyLimit.SmallBytesMax;

    public async Task<IResult> SubmitAsync(
        string ns,
        [FromQuery] string? wait,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (wait is not null && WaitValidator.Instance.Check(new WaitQuery(wait)) is { } badWait)
        {
            return badWait;
        }

        var body = await RequestBody.ReadAsync(http, RestJson.Default.JobRequest, BytesMax, cancellationToken);
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        if (
            (
                drafts.Check(body.Value, ns, StepBudget.ForRequest())
                ?? JobDrafts.CheckMethod(NameScope.Of(http), ns, body.Value.Method)
            ) is
            { } problem
        )
        {
            return problem;
        }

        var job = drafts.Draft(body.Value, ns, Caller.Of(http).Name);
        return wait is null
            ? await EnqueueAsync(job, "jobs:run", http, cancellationToken)
            : await EnqueueAndWaitAsync(job, QueryText.Duration(wait)!.Value, http, cancellationToken);
    }

    /// <summary>Enqueues a job that was checked, and shows it.</summary>
    /// <param name="action">The action as the audit log names it.</param>
    public async Task<IResult> EnqueueAsync(
        NewJob job,
        string action,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var (enqueued, problem) = await AskAsync(job, action, http, cancellationToken);
        return enqueued is null
            ? problem!
            : ShowSubmitted(
                http,
                job,
                enqueued,
                enqueued.IsNew
                    ? reader.View(enqueued.Job!, job.Params)
                    : await reader.FindAsync(job.Namespace, enqueued.Id, NameScope.Of(http), cancellationToken)
            );
    }

    private async Task<IResult> EnqueueAndWaitAsync(
        NewJob job,
        TimeSpan limit,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        using var own = waiter.Listen(job.Id);
        var (enqueued, problem) = await AskAsync(job, "jobs:run", http, cancellationToken);
        if (enqueued is null)
        {
            return problem!;
        }

        if (enqueued.IsNew)
        {
            var ended = await waiter.EndAsync(own, limit, cancellationToken);
            if (!access.StillHolds(http))
            {
                return Problems.Unauthenticated; // The caller's rights were taken away while the request waited.
            }

            return ended is { Job: { } last }
                ? ShowSubmitted(http, job, enqueued, reader.View(last, job.Params, ended.Result))
                : ShowSubmitted(
                    http,
                    job,
                    enqueued,
                    await reader.FindAsync(job.Namespace, job.Id, NameScope.Of(http), cancellationToken)
                );
        }

        // The deduplication key belongs to an earlier job, so that one is waited for, unless it has ended already.
        using var first = waiter.Listen(enqueued.Id);
        var now = await reader.FindAsync(job.Namespace, enqueued.Id, NameScope.Of(http), cancellationToken);
        if (now is { FinishedAt: null })
        {
            await waiter.EndAsync(first, limit, cancellationToken);
            if (!access.StillHolds(http))
            {
                return Problems.Unauthenticated;
            }

            now = await reader.FindAsync(job.Namespace, enqueued.Id, NameScope.Of(http), cancellationToken);
        }

        return ShowSubmitted(http, job, enqueued, now);
    }

    private Task<(EnqueuedJob? Job, ProblemAnswer? Problem)> AskAsync(
        NewJob job,
        string action,
        HttpContext http,
        CancellationToken cancellationToken
    ) =>
        enqueuing.AskAloneAsync(
            job,
            AuditNotes.Of(http, action, job.Namespace, $"job:{job.Id}"),
            NameScope.Of(http),
            cancellationToken
        );

    private IResult ShowSubmitted(HttpContext http, NewJob asked, EnqueuedJob enqueued, JobView? found)
    {
        var view = reader.ViewSubmitted(asked, enqueued, found);
        http.Response.Headers.Location = $"/api/namespaces/{view.Namespace}/jobs/{view.Id}";
        var status = enqueued.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        return view.Params.Utf8.Length + view.Result.Utf8.Length <= SmallBytesMax
            ? Answers.SmallJson(view, RestJson.Default.JobView, status)
            : Answers.Json(view, RestJson.Default.JobView, status);
    }
}

internal sealed record WaitQuery(string Wait);

internal sealed class WaitValidator : AbstractValidator<WaitQuery>
{
    public WaitValidator()
    {
        RuleFor(query => query.Wait).DurationWithin(TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }

    public static WaitValidator Instance { get; } = new();
}
