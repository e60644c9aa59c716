using FluentValidation;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// The rules on a job as posted. The size of its params is not checked here, since that refusal has a status of its
/// own.
/// </summary>
internal sealed class JobRequestValidator : AbstractValidator<JobRequest>
{
    private static readonly TimeSpan DeduplicationWindowMax = TimeSpan.FromDays(7);

    private static readonly JobRequest Plain = new() { Method = "plain" };

    public JobRequestValidator()
    {
        RuleFor(job => job.Method).Cascade(CascadeMode.Stop).NotNull().WithMessage("A method is needed.").Name();
        RuleFor(job => job.Handler).Name();
        RuleFor(job => job.Group).Name();
        RuleFor(job => job.Group)
            .Null()
            .When(job => job.Handler is not null)
            .WithMessage("A job asks for a handler or for a group, not for both.");
        RuleFor(job => job.Priority).Within(Limits.PriorityMin, Limits.PriorityMax);
        RuleFor(job => job.RunAt).SaneInstant();
        RuleFor(job => job.StartDeadline).SaneInstant();
        RuleFor(job => job.StartDeadline)
            .Must(static (job, deadline) => deadline is null || job.RunAt is null || deadline > job.RunAt)
            .WithMessage("The deadline must be later than runAt.");
        RuleFor(job => job.Timeout).Within(Limits.TimeoutMin, Limits.TimeoutMax);
        RuleFor(job => job.Retry!).SetValidator(new RetryOptionsValidator()).When(job => job.Retry is not null);
        RuleFor(job => job.DeduplicationKey).Text(Limits.KeyLengthMax);
        RuleFor(job => job.DeduplicationWindow).Within(TimeSpan.FromSeconds(1), DeduplicationWindowMax);
        RuleFor(job => job.DeduplicationWindow)
            .Null()
            .When(job => job.DeduplicationKey is null)
            .WithMessage("A window needs a deduplicationKey.");
        RuleFor(job => job.DeduplicationStrict)
            .Null()
            .When(job => job.DeduplicationKey is null)
            .WithMessage("There is nothing to be strict about without a deduplicationKey.");
        RuleFor(job => job.Concurrency!)
            .SetValidator(new ConcurrencyOptionsValidator())
            .When(job => job.Concurrency is not null);
        RuleFor(job => job.RateLimit!)
            .SetValidator(new RateLimitOptionsValidator())
            .When(job => job.RateLimit is not null);
        RuleFor(job => job.Tags)
            .Must(static tags => tags is null || tags.Count <= Limits.TagsMax)
            .WithMessage($"At most {Limits.TagsMax} tags are taken.");
        RuleForEach(job => job.Tags)
            .Cascade(CascadeMode.Stop)
            .NotNull()
            .WithMessage("A tag is needed; null is none.")
            .Text(Limits.TagLengthMax)
            .When(job => job.Tags is { Count: <= Limits.TagsMax });
        RuleFor(job => job.After)
            .Must(static after => after is null or { Count: >= 1 and <= Limits.AfterMax })
            .WithMessage($"1 to {Limits.AfterMax} jobs are needed.");
        RuleFor(job => job.After)
            .Must(static after => after!.Distinct(StringComparer.OrdinalIgnoreCase).Count() == after!.Count)
            .When(job => job.After is { Count: <= Limits.AfterMax })
            .WithMessage("A job is named twice.");
        RuleForEach(job => job.After)
            .Must(static named => JobId.TryParse(named, out _) || JobSet.IsRef(named))
            .WithMessage("A job's id is needed, or in a set # and the ref of another member.")
            .When(job => job.After is { Count: <= Limits.AfterMax });
        RuleFor(job => job.AfterFailure)
            .Null()
            .When(job => job.After is null)
            .WithMessage("What is to happen after a failure needs jobs to run after.");
        RuleFor(job => job.Ref).Name();
    }

    public static JobRequestValidator Instance { get; } = new();

    /// <summary>The refusal of a job that is not valid; null when it is.</summary>
    /// <param name="prefix">The text before every path in the refusal, such as <c>jobs[3].</c></param>
    public static ProblemAnswer? Check(JobRequest job, string prefix) =>
        IsPlain(job) ? null : Instance.Check(job, prefix);

    // Most jobs name a method and nothing else that has a rule. To run all rules on them would cost as much as all
    // other checks of a request.
    private static bool IsPlain(JobRequest job) =>
        Names.IsName(job.Method) && (job with { Method = Plain.Method, Params = Plain.Params }).Equals(Plain);
}

internal sealed class RetryOptionsValidator : AbstractValidator<RetryOptions>
{
    public RetryOptionsValidator()
    {
        RuleFor(retry => retry.MaxAttempts).Within(1, Limits.MaxAttemptsMax);
        RuleFor(retry => retry.FirstDelay).Within(TimeSpan.Zero, TimeSpan.FromDays(1));
        RuleFor(retry => retry.MaxDelay).Within(TimeSpan.Zero, TimeSpan.FromDays(7));
        RuleFor(retry => retry.MaxDelay)
            .Must(static (retry, most) => most is null || most >= (retry.FirstDelay ?? RetryPolicy.Default.FirstDelay))
            .WithMessage("The longest delay must not be shorter than the first, which is PT1S when not given.");
        RuleFor(retry => retry.Jitter)
            .Must(static share => share is null or (>= 0 and <= 1))
            .WithMessage("A share from 0 to 1 is needed.");
    }
}

internal sealed class ConcurrencyOptionsValidator : AbstractValidator<ConcurrencyOptions>
{
    private const int LimitMax = 10_000;

    public ConcurrencyOptionsValidator()
    {
        RuleFor(concurrency => concurrency.Key)
            .Cascade(CascadeMode.Stop)
            .NotNull()
            .WithMessage("A key is needed.")
            .Text(Limits.KeyLengthMax);
        RuleFor(concurrency => concurrency.Limit).Within(1, LimitMax);
    }
}

internal sealed class RateLimitOptionsValidator : AbstractValidator<RateLimitOptions>
{
    public RateLimitOptionsValidator()
    {
        RuleFor(rate => rate.Key)
            .Cascade(CascadeMode.Stop)
            .NotNull()
            .WithMessage("A key is needed.")
            .Text(Limits.KeyLengthMax);
        RuleFor(rate => (int?)rate.Limit).Within(1, Limits.RateLimitMax).OverridePropertyName("limit");
        RuleFor(rate => (TimeSpan?)rate.Period)
            .Within(Limits.RatePeriodMin, Limits.RatePeriodMax)
            .OverridePropertyName("period");
    }
}

internal sealed class CancelRequestValidator : AbstractValidator<CancelRequest>
{
    public CancelRequestValidator()
    {
        RuleFor(cancel => cancel.Grace).Within(TimeSpan.Zero, TimeSpan.FromHours(1));
    }

    public static CancelRequestValidator Instance { get; } = new();
}

internal sealed class JobPatchValidator : AbstractValidator<JobPatch>
{
    public JobPatchValidator()
    {
        RuleFor(patch => patch.Priority)
            .NotNull()
            .When(patch => patch is { RunAt: null, Params.IsEmpty: true })
            .WithMessage("The new priority is needed, or another runAt, or other params.");
        RuleFor(patch => patch.Priority).Within(Limits.PriorityMin, Limits.PriorityMax);
        RuleFor(patch => patch.RunAt).SaneInstant();
        RuleFor(patch => patch.IfVersion).Within(0, int.MaxValue);
    }

    public static JobPatchValidator Instance { get; } = new();
}
