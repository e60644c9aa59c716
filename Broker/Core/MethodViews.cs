using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>Makes the views of methods: who offers a method, what waits and runs of it, and its limits.</summary>
internal sealed class MethodViews(
    SessionTable sessions,
    HandlerTable handlers,
    NamespaceTable namespaces,
    PauseTable pauses,
    Dispatcher dispatcher
)
{
    /// <summary>How many sessions are read for what they publish of one method.</summary>
    private const int PublishedMax = 500;

    /// <summary>Every method that something in the namespace names, in order of the names.</summary>
    public IReadOnlyList<MethodView> All(string ns)
    {
        var offers = Live(ns)
            .SelectMany(session => session.Offer.Methods.Values.Select(method => new Offer(session.Handler, method)))
            .ToLookup(offer => offer.Method.Name, StringComparer.Ordinal);
        var connected = Live(ns).Select(session => session.Handler).ToHashSet(StringComparer.Ordinal);
        var away = handlers
            .All.Where(handler => handler.Namespace == ns && !connected.Contains(handler.Name))
            .SelectMany(handler => handler.Methods)
            .CountBy(method => method, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        var names = new SortedSet<string>(StringComparer.Ordinal);
        names.UnionWith(offers.Select(offer => offer.Key));
        names.UnionWith(away.Keys);
        names.UnionWith(LimitsOf(ns).Keys);
        names.UnionWith(pauses.In(ns).Where(pause => pause.Subject == PauseSubject.Method).Select(pause => pause.Name));
        names.UnionWith(
            (dispatcher.FindPool(ns)?.Gates.Methods ?? [])
                .Where(gate => gate.Unfinished > 0)
                .Select(gate => gate.RateName.Name)
        );
        return [.. names.Select(name => View(ns, name, offers[name], away.GetValueOrDefault(name)))];
    }

    /// <summary>One method; an empty view when nothing names it.</summary>
    public MethodView Of(string ns, string name)
    {
        var offers = Live(ns)
            .Where(session => session.Offer.Methods.ContainsKey(name))
            .Select(session => new Offer(session.Handler, session.Offer.Methods[name]))
            .ToList();
        var connected = Live(ns).Select(session => session.Handler).ToHashSet(StringComparer.Ordinal);
        var away = handlers.All.Count(handler =>
            handler.Namespace == ns && !connected.Contains(handler.Name) && handler.Methods.Contains(name)
        );
        return View(ns, name, offers, away);
    }

    /// <summary>What each live session publishes of a method, up to a bound.</summary>
    public IReadOnlyList<PublishedMethod> Published(string ns, string name) =>
        [
            .. Live(ns)
                .Where(session => session.Offer.Methods.ContainsKey(name))
                .Take(PublishedMax)
                .Select(session => new PublishedMethod(session.Handler, session.Agent, session.Offer.Methods[name])),
        ];

    private MethodView View(string ns, string name, IEnumerable<Offer> offers, int away)
    {
        var gate = dispatcher.FindPool(ns)?.Gates.FindMethod(name);
        var limits = LimitsOf(ns).GetValueOrDefault(name);
        return new MethodView(
            name,
            offers.Select(offer => offer.Method.Description).FirstOrDefault(text => text is not null),
            offers.Select(offer => offer.Method.ParamsSchema).FirstOrDefault(schema => !schema.IsEmpty),
            [.. offers.Select(offer => offer.Handler).Distinct().Order(StringComparer.Ordinal)]
        )
        {
            AwayHandlers = away,
            WaitingJobs = gate is null ? 0 : gate.Unfinished - gate.Running,
            RunningJobs = gate?.Running ?? 0,
            Limits = limits,
            Pause = ViewOf(pauses.OfMethod(ns, name)),
            Begun = limits?.Rate is null ? null : gate?.Window?.Taken ?? 0,
        };
    }

    private static PauseView? ViewOf(PauseRecord? pause) =>
        pause is null
            ? null
            : new PauseView
            {
                Reason = pause.Reason,
                By = pause.By,
                At = pause.At,
                Until = pause.Until,
            };

    private IReadOnlyDictionary<string, WorkLimits> LimitsOf(string ns) =>
        namespaces.LimitsOf(ns)?.PerMethod ?? new Dictionary<string, WorkLimits>();

    private IEnumerable<Session> Live(string ns) =>
        sessions.All.Where(session => session.Namespace == ns && session.Connection is not null);

    /// <summary>A method as a handler offers it.</summary>
    private readonly record struct Offer(string Handler, Contracts.Handlers.OfferedMethod Method);
}
