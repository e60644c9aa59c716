using FluentValidation;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules;

internal sealed class BackfillRequestValidator : AbstractValidator<BackfillRequest>
{
    public BackfillRequestValidator()
    {
        RuleFor(backfill => (DateTimeOffset?)backfill.From).SaneInstant();
        RuleFor(backfill => (DateTimeOffset?)backfill.To).SaneInstant();
        RuleFor(backfill => backfill.To)
            .Must(static (backfill, to) => to > backfill.From)
            .WithMessage("It must be later than from.");
        RuleFor(backfill => backfill.Overlap)
            .Must(static overlap => overlap is null or OverlapPolicy.Allow or OverlapPolicy.Queue)
            .WithMessage("One of allow and queue is needed: what is made up for is neither skipped nor cancelled.");
    }

    public static BackfillRequestValidator Instance { get; } = new();
}
