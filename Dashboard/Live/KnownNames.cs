using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Live;

/// <summary>What names are read from.</summary>
[Flags]
internal enum NameSources
{
    Handlers = 1,
    Schedules = 2,
    Calendars = 4,
    Methods = 8,
}

/// <summary>
/// Names that a user may see in a namespace, each kind in order. They are offered while the user types one. What the
/// Broker refuses is left out.
/// </summary>
internal sealed record KnownNames
{
    /// <summary>
    /// How many handlers, schedules and calendars are read for names, and how many names of a kind are offered.
    /// </summary>
    public const int Max = Limits.PageSizeMax;

    /// <summary>
    /// The methods of handlers, those that schedules ask for, and those that only have jobs or limits, as far as these
    /// were read.
    /// </summary>
    public IReadOnlyList<string> Methods { get; private init; } = [];

    public IReadOnlyList<string> Handlers { get; private init; } = [];

    public IReadOnlyList<string> Groups { get; private init; } = [];

    /// <summary>Labels with their values, as <c>rack=b12</c>.</summary>
    public IReadOnlyList<string> Labels { get; private init; } = [];

    /// <summary>The software of handlers, with its version.</summary>
    public IReadOnlyList<string> Versions { get; private init; } = [];

    public IReadOnlyList<string> Bridges { get; private init; } = [];

    public IReadOnlyList<string> Schedules { get; private init; } = [];

    public IReadOnlyList<string> Calendars { get; private init; } = [];

    public static async Task<KnownNames> ReadAsync(
        PageSession session,
        string ns,
        NameSources sources,
        CancellationToken cancellationToken
    )
    {
        var client = session.Client(ns);
        var handlers = await ItemsAsync<HandlerView>(
            sources.HasFlag(NameSources.Handlers) && session.May("handlers:read", ns),
            () => client.Handlers.ListAsync(Max, null, cancellationToken)
        );
        var schedules = await ItemsAsync<ScheduleView>(
            sources.HasFlag(NameSources.Schedules) && session.May("schedules:read", ns),
            () => client.Schedules.ListAsync(new ScheduleFilter { Limit = Max }, null, cancellationToken)
        );
        var others = await ItemsAsync<MethodView>(
            sources.HasFlag(NameSources.Methods) && session.May("handlers:read", ns),
            () => client.Methods.ListAsync(all: true, null, Max, null, cancellationToken)
        );
        var calendars = await ItemsAsync<CalendarView>(
            sources.HasFlag(NameSources.Calendars) && session.May("calendars:read", ns),
            () => client.Calendars.ListAsync(Max, null, cancellationToken)
        );
        var sessions = handlers.SelectMany(handler => handler.Sessions).ToArray();
        var methods = handlers.SelectMany(handler => handler.Methods).Concat(others.Select(method => method.Name));
        return new KnownNames
        {
            Methods = Of(methods.Concat(schedules.Select(schedule => schedule.Job.Method))),
            Handlers = Of(handlers.Select(handler => handler.Name)),
            Groups = Of(handlers.SelectMany(handler => handler.Groups)),
            Labels = Of(sessions.SelectMany(of => of.Labels ?? NoLabels).Select(label => $"{label.Key}={label.Value}")),
            Versions = Of(sessions.Select(of => of.Agent)),
            Bridges = Of(sessions.Select(of => of.Bridge)),
            Schedules = Of(schedules.Select(schedule => schedule.Name)),
            Calendars = Of(calendars.Select(calendar => calendar.Name)),
        };
    }

    /// <summary>
    /// Names as they are offered: each once, in order. A name that a page would not show as it is does not come, since
    /// nobody could tell what was chosen.
    /// </summary>
    public static IReadOnlyList<string> Of(IEnumerable<string?> names) =>
        [
            .. names
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .Where(name => name.Length > 0 && ForeignText.Short(name) == name)
                .Order(StringComparer.Ordinal)
                .Take(Max),
        ];

    private static async Task<IReadOnlyList<TView>> ItemsAsync<TView>(bool isOpen, Func<Task<Page<TView>>> read)
    {
        try
        {
            return isOpen ? (await read()).Items : [];
        }
        catch (ScheduleZeroException)
        {
            // The names are a help: a field without them takes the same text.
            return [];
        }
    }

    private static IReadOnlyDictionary<string, string> NoLabels { get; } = new Dictionary<string, string>();
}
