using FluentValidation;
using ScheduleZero.Broker.Host.Api.Calendars;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules.Simulating;

internal sealed class SimulationRequestValidator : AbstractValidator<SimulationRequest>
{
    public SimulationRequestValidator()
    {
        RuleFor(simulation => simulation.From).SaneInstant();
        RuleFor(simulation => simulation.To).SaneInstant();
        RuleFor(simulation => simulation.TimeZone)
            .Cascade(CascadeMode.Stop)
            .ZoneName()
            .Must(static zone => zone is null || TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            .WithMessage("This zone is not known here; give an IANA name such as \"Europe/Berlin\".");
        RuleFor(simulation => simulation.Names)
            .Must(static names =>
                names is null
                || (
                    names.Count <= Limits.SimulatedSchedulesMax
                    && names.All(name => name is not null && Names.IsName(name))
                    && names.Distinct().Count() == names.Count
                )
            )
            .WithMessage($"Names of schedules are needed, each once, at most {Limits.SimulatedSchedulesMax}.");
        RuleFor(simulation => simulation.Names)
            .Must(static (simulation, names) => names is null || simulation.Schedules is null)
            .WithMessage("Names are of saved schedules; give names, or schedules.");
        RuleFor(simulation => simulation.Prune)
            .Must(static (simulation, prune) => prune is null || simulation.Schedules is not null)
            .WithMessage("Only with schedules that are given.");
        RuleFor(simulation => simulation.Schedules)
            .Must(static schedules => schedules is not { Count: > Limits.SimulatedSchedulesMax })
            .WithMessage($"At most {Limits.SimulatedSchedulesMax} schedules are taken.")
            .Must(static schedules =>
                schedules is null
                || (
                    schedules.All(schedule => schedule is not null)
                    && schedules.DistinctBy(schedule => schedule.Name).Count() == schedules.Count
                )
            )
            .WithMessage("Schedules are needed, each name once.");
    }

    public static SimulationRequestValidator Instance { get; } = new();
}
