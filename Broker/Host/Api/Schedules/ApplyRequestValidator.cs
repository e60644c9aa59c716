using FluentValidation;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules;

internal sealed class ApplyRequestValidator : AbstractValidator<ApplyRequest>
{
    public ApplyRequestValidator()
    {
        RuleFor(apply => apply.Schedules)
            .Cascade(CascadeMode.Stop)
            .NotNull()
            .WithMessage("A list is needed, which may be empty where prune is given.")
            .Must(static schedules => schedules.Count <= Limits.ApplyMax)
            .WithMessage($"At most {Limits.ApplyMax:N0} schedules are taken at once.")
            .Must(static (apply, schedules) => schedules.Count > 0 || apply.Prune)
            .WithMessage("At least one schedule is needed, or prune.")
            .Must(static schedules => !schedules.Contains(null!))
            .WithMessage("A schedule is needed in each place, not null.")
            .Must(static schedules =>
                schedules.DistinctBy(schedule => schedule.Name, StringComparer.Ordinal).Count() == schedules.Count
            )
            .WithMessage("Each name may come once only.");
        RuleFor(apply => apply.PruneMatching)
            .Must(static pattern => pattern is null || Names.IsPattern(pattern))
            .WithMessage("A name is needed, in which * may stand for any run of characters.");
        RuleFor(apply => apply.PruneMatching).Null().When(static apply => !apply.Prune).WithMessage("It needs prune.");
    }

    public static ApplyRequestValidator Instance { get; } = new();
}
