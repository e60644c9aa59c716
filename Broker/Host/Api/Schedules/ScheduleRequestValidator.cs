using FluentValidation;
using ScheduleZero.Broker.Host.Api.Calendars;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Host.Api.Schedules;

internal sealed class ScheduleRequestValidator : AbstractValidator<ScheduleRequest>
{
    public ScheduleRequestValidator()
    {
        RuleFor(schedule => schedule.Name).Cascade(CascadeMode.Stop).NotNull().WithMessage("A name is needed.").Name();
        RuleFor(schedule => schedule.Trigger).SetValidator(new TriggerRequestValidator());
        RuleFor(schedule => schedule.Job).SetValidator(JobRequestValidator.Instance);
        RuleFor(schedule => schedule.Job.RunAt).Null().WithMessage("The trigger says when; a template has no runAt.");
        RuleFor(schedule => schedule.Job.StartDeadline)
            .Null()
            .WithMessage("One instant cannot be the deadline of every occurrence.");
        RuleFor(schedule => schedule.Job.DeduplicationKey)
            .Null()
            .WithMessage("Occurrences are never made twice; a template has no key.");
        RuleFor(schedule => schedule.Job.After)
            .Null()
            .WithMessage("What has ended once cannot be awaited by every occurrence.");
        RuleFor(schedule => schedule.Job.Ref).Null().WithMessage("A template is in no set; it has no ref.");
        RuleFor(schedule => schedule.CatchUpWindow).Within(TimeSpan.Zero, Limits.CatchUpWindowMax);
        RuleFor(schedule => schedule.Jitter).Within(TimeSpan.Zero, Limits.JitterMax);
        RuleFor(schedule => schedule.StartAt).SaneInstant();
        RuleFor(schedule => schedule.EndAt).SaneInstant();
        RuleFor(schedule => schedule.EndAt)
            .Must(static (schedule, end) => end is null || schedule.StartAt is null || end > schedule.StartAt)
            .WithMessage("The end must be later than startAt.");
        RuleFor(schedule => schedule.ExcludeCalendars).CalendarNames();
        RuleFor(schedule => schedule.Owner)
            .Must(static owner => owner is null || Names.IsAccount(owner))
            .WithMessage("user:NAME or key:NAME is needed, as it stands in createdBy.");
        RuleFor(schedule => schedule.MaxOccurrences)
            .Must(static most => most is null or (>= 1 and <= Limits.OccurrencesMax))
            .WithMessage($"A number from 1 to {Limits.OccurrencesMax} is needed.");
        When(static schedule => schedule.Offline == OfflinePolicy.Run, RunsOffline);
    }

    // A handler that runs the schedule offline cannot know about limits that it would share with others.
    private void RunsOffline()
    {
        RuleFor(schedule => schedule.Job.Handler)
            .NotNull()
            .WithMessage("A schedule that runs offline belongs to one handler: name it.");
        RuleFor(schedule => schedule.Job.Concurrency)
            .Null()
            .WithMessage("A handler that is out of reach cannot share a concurrency key.");
        RuleFor(schedule => schedule.Job.RateLimit)
            .Null()
            .WithMessage("A handler that is out of reach cannot share a rate limit.");
        RuleFor(schedule => schedule.MaxOccurrences)
            .Null()
            .WithMessage("A handler that is out of reach cannot know how many occurrences there were.");
        RuleFor(schedule => schedule.Job.Params)
            .Must(static value => value.Utf8.Length <= Limits.OfflineParamsBytesMax)
            .WithMessage(
                $"At most {Limits.OfflineParamsBytesMax} bytes of params go with a schedule that runs offline."
            );
    }

    public static ScheduleRequestValidator Instance { get; } = new();
}

internal sealed class TriggerRequestValidator : AbstractValidator<TriggerRequest>
{
    private const int ExpressionLengthMax = 256;

    public TriggerRequestValidator()
    {
        // Many crontabs have tabs between their fields.
        RuleFor(trigger => trigger.Expression)
            .Must(static text =>
                text is null
                || (
                    text.Length is > 0 and <= ExpressionLengthMax
                    && !text.Any(character => char.IsControl(character) && character != '\t')
                )
            )
            .WithMessage(
                $"1 to {ExpressionLengthMax} characters are needed, none of them a control character but for "
                    + "tabs between fields."
            );
        RuleFor(trigger => trigger.TimeZone).ZoneName();
        RuleFor(trigger => trigger.StartAt).SaneInstant();
        RuleFor(trigger => trigger.At).SaneInstant();
        RuleForEach(trigger => trigger.Triggers).SetValidator(this);
    }
}

internal sealed class PauseRequestValidator : AbstractValidator<PauseRequest>
{
    private const int NoteLengthMax = 1000;

    public PauseRequestValidator()
    {
        RuleFor(pause => pause.Note).Text(NoteLengthMax);
        RuleFor(pause => pause.ResumeAt).SaneInstant();
    }

    public static PauseRequestValidator Instance { get; } = new();
}

internal sealed class PreviewRequestValidator : AbstractValidator<PreviewRequest>
{
    public PreviewRequestValidator()
    {
        RuleFor(preview => preview.Trigger)
            .Cascade(CascadeMode.Stop)
            .NotNull()
            .WithMessage("A trigger is needed.")
            .SetValidator(new TriggerRequestValidator());
        RuleFor(preview => preview.Count)
            .InclusiveBetween(1, SchedulePreviews.CountMax)
            .WithMessage($"A number from 1 to {SchedulePreviews.CountMax} is needed.");
        RuleFor(preview => preview.ExcludeCalendars).CalendarNames();
        RuleFor(preview => preview.From).SaneInstant();
        RuleFor(preview => preview.To).SaneInstant();
    }

    public static PreviewRequestValidator Instance { get; } = new();
}

/// <summary>Checks whether a trigger makes sense as a whole, which rules on single fields cannot.</summary>
internal static class TriggerCheck
{
    public static ProblemAnswer? Check(
        TriggerRequest trigger,
        DateTimeOffset now,
        out TriggerClock? clock,
        string prefix = ""
    )
    {
        clock = TriggerClock.TryCreate(trigger, now, out var problem);
        if (clock is null)
        {
            return Problems.Invalid($"{prefix}trigger.{problem.Field}", problem.Reason);
        }

        if (clock.NeverMeets(now))
        {
            return Problems.Invalid(
                $"{prefix}trigger.triggers",
                "The triggers of an allOf never meet, or not within what is searched."
            );
        }

        return trigger.Kind == TriggerKinds.Cron && clock.Next(now, inclusive: false) is null
            ? Problems.Invalid($"{prefix}trigger.expression", "This expression is never due.")
            : null;
    }
}
