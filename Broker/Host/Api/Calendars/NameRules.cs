using System.Buffers;
using FluentValidation;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Api.Calendars;

/// <summary>The rules on names of zones and calendars, which requests about schedules and calendars share.</summary>
internal static class NameRules
{
    private const int ZoneLengthMax = 64;

    private static readonly SearchValues<char> ZoneCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/"
    );

    // The name becomes a path in the zone database, so it must not lead anywhere else.
    public static IRuleBuilderOptions<T, string?> ZoneName<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(static zone =>
                zone is null
                || (
                    zone is { Length: > 0 and <= ZoneLengthMax }
                    && zone[0] != '/'
                    && !zone.AsSpan().ContainsAnyExcept(ZoneCharacters)
                )
            )
            .WithMessage("An IANA name such as \"Europe/Berlin\" is needed.");

    public static IRuleBuilderOptions<T, IReadOnlyList<string>?> CalendarNames<T>(
        this IRuleBuilder<T, IReadOnlyList<string>?> rule
    ) =>
        rule.Must(static names =>
                names is null
                || (
                    names.Count <= Limits.ExcludeCalendarsMax
                    && names.All(name => name is not null && Names.IsName(name))
                    && names.Distinct().Count() == names.Count
                )
            )
            .WithMessage($"Names of calendars are needed, each once, at most {Limits.ExcludeCalendarsMax}.");
}
