using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules;

/// <summary>The query of a list of schedules. A schedule must pass every filter that is given.</summary>
internal sealed record ScheduleListQuery : IPageQuery
{
    /// <summary>The length of the page: 1 to 500; 50 when not given.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>The cursor that the page before gave; null for the first page.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }

    /// <summary>
    /// The order: <c>name</c>, or <c>next</c> for that of the next instant; <c>name</c> when not given.
    /// </summary>
    [FromQuery(Name = "order")]
    public string? Order { get; init; }

    [FromQuery(Name = "state")]
    public string[]? State { get; init; }

    [FromQuery(Name = "method")]
    public string? Method { get; init; }

    /// <summary>The handler that the schedules' jobs are pinned to.</summary>
    [FromQuery(Name = "handler")]
    public string? Handler { get; init; }

    /// <summary>A calendar on whose days the schedules do not fire.</summary>
    [FromQuery(Name = "calendar")]
    public string? Calendar { get; init; }

    [FromQuery(Name = "offline")]
    public string? Offline { get; init; }

    /// <summary>A text in the name, method, owner or note of the pause, in upper or lower case.</summary>
    [FromQuery(Name = "q")]
    public string? Q { get; init; }

    public ScheduleOrder OrderOrDefault => QueryText.Word<ScheduleOrder>(Order) ?? ScheduleOrder.Name;

    /// <summary>Whether a schedule passes all filters of this query, which was checked before.</summary>
    public bool Fits(Schedule schedule) =>
        (State is not { Length: > 0 } || State.Any(word => QueryText.Word<ScheduleState>(word) == StateOf(schedule)))
        && (Method is null || Method == schedule.Job.Method)
        && (Handler is null || Handler == schedule.Job.Handler)
        && (Calendar is null || schedule.ExcludeCalendars?.Contains(Calendar) == true)
        && (Offline is null || QueryText.Word<OfflinePolicy>(Offline) == schedule.Offline)
        && (
            Q is null
            || Has(schedule.Name)
            || Has(schedule.Job.Method)
            || Has(schedule.Owner)
            || (schedule.Paused && Has(schedule.PauseNote))
        );

    /// <summary>The state that a schedule has for lists.</summary>
    public static ScheduleState StateOf(Schedule schedule) =>
        schedule.Paused ? ScheduleState.Paused
        : schedule.Stopped is not null ? ScheduleState.Stopped
        : schedule.NextNominal is not null ? ScheduleState.Active
        : ScheduleState.Ended;

    private bool Has(string? text) => text?.Contains(Q!, StringComparison.OrdinalIgnoreCase) == true;
}

internal sealed class ScheduleListQueryValidator : PageQueryValidator<ScheduleListQuery>
{
    private const int TextLengthMax = 200;

    public ScheduleListQueryValidator()
    {
        RuleFor(query => query.Order).IsWord(ScheduleOrder.Next);
        RuleFor(query => query.State).AreWords(ScheduleState.Paused);
        RuleFor(query => query.Method).Name();
        RuleFor(query => query.Handler).Name();
        RuleFor(query => query.Calendar).Name();
        RuleFor(query => query.Offline).IsWord(OfflinePolicy.Run);
        RuleFor(query => query.Q).Text(TextLengthMax);
    }

    public static ScheduleListQueryValidator Instance { get; } = new();
}
