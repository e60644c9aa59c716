using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Namespaces;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>Holds the handlers by name, whether they are connected or not.</summary>
internal sealed class HandlerTable(NamespaceTable namespaces)
{
    /// <summary>
    /// How old the stored sign of life of a connected handler may be. After a start of the Broker, the stored one is
    /// the newest that is known.
    /// </summary>
    private static readonly TimeSpan SeenSavedEvery = TimeSpan.FromHours(1);

    private readonly Dictionary<(string Namespace, string Name), HandlerRecord> _handlers = [];

    /// <summary>
    /// The handlers whose rows this start could not read. The rows stay as they are until an operator deletes the
    /// handler.
    /// </summary>
    private readonly HashSet<(string Namespace, string Name)> _unreadable = [];

    /// <summary>The connections of handlers that have ended.</summary>
    public ConnectionHistory Connections { get; } = new();

    public IEnumerable<HandlerRecord> All => _handlers.Values;

    public HandlerRecord? Find(string ns, string name) => _handlers.GetValueOrDefault((ns, name));

    public bool IsDrained(string ns, string name) => Find(ns, name) is { Drained: true };

    public void Restore(HandlerRecord handler)
    {
        if (!_handlers.ContainsKey((handler.Namespace, handler.Name)))
        {
            namespaces.Of(handler.Namespace).Handlers++;
        }

        _handlers[(handler.Namespace, handler.Name)] = handler;
    }

    /// <summary>Notes the rows that this start could not read, so that nothing is written over them.</summary>
    public void LeaveAlone(IEnumerable<(string Namespace, string Name)> unreadable) =>
        _unreadable.UnionWith(unreadable);

    /// <summary>
    /// Whether a handler of that name may be in the namespace: it is there already, or there is room for one more.
    /// </summary>
    public bool HasRoomFor(string ns, string name) =>
        Find(ns, name) is not null
        || namespaces.Of(ns) is not { Limits.Handlers: { } max, Handlers: var count }
        || count < max;

    public void Save(HandlerRecord handler, Decision decision)
    {
        Restore(handler);
        if (!_unreadable.Contains((handler.Namespace, handler.Name)))
        {
            decision.Changes.Add(new Change.HandlerSaved(handler));
        }
    }

    public void Delete(HandlerRecord handler, Decision decision)
    {
        if (_handlers.Remove((handler.Namespace, handler.Name)))
        {
            namespaces.Of(handler.Namespace).Handlers--;
        }

        _unreadable.Remove((handler.Namespace, handler.Name));
        Connections.Forget(handler.Namespace, handler.Name);
        decision.Changes.Add(new Change.HandlerDeleted(handler.Namespace, handler.Name));
    }

    /// <summary>Saves what an instance of the handler has said in its Hello.</summary>
    public void SaveHello(Session session, Decision decision)
    {
        var known = Find(session.Namespace, session.Handler);
        Save(
            new HandlerRecord
            {
                Namespace = session.Namespace,
                Name = session.Handler,
                Methods = [.. session.Offer.Methods.Keys],
                Groups = session.Offer.Groups,
                Drained = known?.Drained ?? false,
                LastSeenAt = decision.Now.Wall,
            },
            decision
        );
        Publish("handler.online", session, session.Connection?.Bridge, decision);
    }

    /// <summary>
    /// Saves a sign of life of a session, though seldom: what is shown comes from the session itself.
    /// </summary>
    public void SaveSignOfLife(Session session, Decision decision)
    {
        if (
            Find(session.Namespace, session.Handler) is { } known
            && session.LastSeenAt - known.LastSeenAt >= SeenSavedEvery
        )
        {
            Save(known with { LastSeenAt = session.LastSeenAt }, decision);
        }
    }

    /// <summary>
    /// Saves when the handler of an ended session was seen last, and publishes that the handler is offline when it has
    /// no other session.
    /// </summary>
    public void SaveEnd(Session session, IEnumerable<Session> others, string reason, Decision decision)
    {
        if (Find(session.Namespace, session.Handler) is { } known && session.LastSeenAt > known.LastSeenAt)
        {
            Save(known with { LastSeenAt = session.LastSeenAt }, decision);
        }

        if (!others.Any(other => other.Namespace == session.Namespace && other.Handler == session.Handler))
        {
            Publish("handler.offline", session, reason, decision);
        }
    }

    /// <summary>Drains a handler, or lets it get new work again.</summary>
    public void SetDrained(
        HandlerRecord handler,
        bool drained,
        IEnumerable<Session> sessions,
        Dispatcher dispatcher,
        Decision decision
    )
    {
        Save(handler with { Drained = drained }, decision);
        foreach (
            var session in sessions.Where(session =>
                session.Namespace == handler.Namespace && session.Handler == handler.Name
            )
        )
        {
            dispatcher.SetDrained(session.Offer, drained);
        }
    }

    private static void Publish(string type, Session session, string? detail, Decision decision) =>
        decision.Effects.Add(
            new Effect.Publish(
                new Happened(
                    type,
                    session.Namespace,
                    session.Handler,
                    decision.Now.Wall,
                    Handler: session.Handler,
                    Detail: detail
                )
            )
        );
}
