using FluentValidation;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Calendars;

internal sealed class CalendarRequestValidator : AbstractValidator<CalendarRequest>
{
    private const int DescriptionLengthMax = 1000;

    private static readonly DateOnly First = new(2000, 1, 1);
    private static readonly DateOnly Last = new(2200, 12, 31);

    public CalendarRequestValidator()
    {
        RuleFor(calendar => calendar.Name).Cascade(CascadeMode.Stop).NotNull().WithMessage("A name is needed.").Name();
        RuleFor(calendar => calendar.Description).Text(DescriptionLengthMax);
        RuleFor(calendar => calendar.TimeZone)
            .Cascade(CascadeMode.Stop)
            .ZoneName()
            .Must(static zone => zone is null || TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            .WithMessage("This zone is not known here; give an IANA name such as \"Europe/Berlin\".");
        RuleFor(calendar => calendar.Dates)
            .Must(static dates => dates is not { Count: > Limits.CalendarDaysMax })
            .WithMessage($"At most {Limits.CalendarDaysMax} dates are taken.")
            .Must(static dates => dates?.All(IsSane) != false)
            .WithMessage("Dates between the years 2000 and 2200 are needed.");
        RuleFor(calendar => calendar.Ranges)
            .Must(static ranges => ranges is not { Count: > Limits.CalendarDaysMax })
            .WithMessage($"At most {Limits.CalendarDaysMax} ranges are taken.")
            .Must(static ranges =>
                ranges?.All(range =>
                    range is not null && IsSane(range.From) && IsSane(range.To) && range.From <= range.To
                ) != false
            )
            .WithMessage("Ranges from a day to the same or a later one, between the years 2000 and 2200, are needed.");
        RuleFor(calendar => calendar.Weekdays)
            .Must(static days =>
                days is null || (days.Count <= 7 && days.All(Enum.IsDefined) && days.Distinct().Count() == days.Count)
            )
            .WithMessage("Days of the week are needed, each at most once.");
        RuleFor(calendar => calendar.Ics)
            .Must(static ics => ics is not { Length: > Limits.IcsCharactersMax })
            .WithMessage($"At most {Limits.IcsCharactersMax} characters of an iCalendar file are taken.");
    }

    public static CalendarRequestValidator Instance { get; } = new();

    private static bool IsSane(DateOnly date) => date >= First && date <= Last;
}
