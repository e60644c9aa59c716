using System.Buffers.Binary;
using FluentValidation;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs.Bulk;

internal sealed class BulkActRequestValidator : AbstractValidator<BulkActRequest>
{
    public BulkActRequestValidator()
    {
        RuleFor(act => act.Filter).NotNull().WithMessage("A filter is needed; {} means all jobs.");
        RuleFor(act => act.Filter).SetValidator(new BulkFilterValidator()).When(act => act.Filter is not null);
        RuleFor(act => act.Filter.State)
            .Must(static (act, state) => state is null || Fits(act.Action, state.Value))
            .When(act => act.Filter is not null)
            .WithMessage("No job in this state can have that done to it.");
        RuleFor(act => act.Priority).Within(Limits.PriorityMin, Limits.PriorityMax);
        RuleFor(act => act.Priority)
            .NotNull()
            .When(act => act.Action == BulkAction.Priority)
            .WithMessage("The new priority is needed.");
        RuleFor(act => act.Priority)
            .Null()
            .When(act => act.Action != BulkAction.Priority)
            .WithMessage("Only the action \"priority\" takes one.");
        RuleFor(act => act.Grace).Within(TimeSpan.Zero, TimeSpan.FromHours(1));
        RuleFor(act => act.Grace)
            .Null()
            .When(act => act.Action != BulkAction.Cancel)
            .WithMessage("Only the action \"cancel\" takes a grace.");
    }

    public static BulkActRequestValidator Instance { get; } = new();

    /// <summary>
    /// Why an id may not name a new act; null when it may. The id's time must be near now, since ids of jobs that a
    /// replay makes contain it.
    /// </summary>
    public static ProblemAnswer? CheckId(Guid? id, DateTimeOffset now)
    {
        if (id is not { } chosen)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[16];
        chosen.TryWriteBytes(bytes, bigEndian: true, out _);
        var age = now.ToUnixTimeMilliseconds() - (BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16);
        return
            chosen is { Version: 7, Variant: >= 8 and <= 11 }
            && age is >= -TimeSpan.MillisecondsPerMinute and <= TimeSpan.MillisecondsPerDay
            ? null
            : Problems.Invalid("id", "A version 7 UUID is needed that was made within the last day.");
    }

    private static bool Fits(BulkAction action, JobState state) =>
        action switch
        {
            BulkAction.Replay => state >= JobState.Succeeded,
            BulkAction.Cancel => state <= JobState.Running,
            _ => state <= JobState.Ready,
        };
}

internal sealed class BulkFilterValidator : AbstractValidator<BulkFilter>
{
    public BulkFilterValidator()
    {
        RuleFor(filter => filter.Method).Name();
        RuleFor(filter => filter.Handler).Name();
        RuleFor(filter => filter.Group).Name();
        RuleFor(filter => filter.Tag).Text(Limits.TagLengthMax);
        RuleFor(filter => filter.Schedule).Name();
        RuleFor(filter => filter.From).SaneInstant();
        RuleFor(filter => filter.To).SaneInstant();
        RuleFor(filter => filter.Query).Text(JobFilterQueryValidator.TextLengthMax).OverridePropertyName("q");
        RuleFor(filter => filter.Params).Text(JobFilterQueryValidator.TextLengthMax);
    }
}
