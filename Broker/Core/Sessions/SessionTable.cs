using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>
/// Holds the connections of handlers, and the sessions that outlive them. Decides about Hello, resumption and
/// take-over, heartbeats, probes, and the ends of sessions.
/// </summary>
internal sealed partial class SessionTable(
    CoreOptions options,
    KeyTable keys,
    NamespaceTable namespaces,
    HandlerTable handlers,
    Leases leases,
    Resumption resumption,
    Dispatcher dispatcher,
    ISessionFollower follower,
    TimerHeap steady,
    AuditLog audit
)
{
    private readonly Dictionary<long, Connection> _connections = [];
    private readonly Dictionary<(string Namespace, string Handler, string Instance), Session> _sessions = [];

    public IEnumerable<Session> All => _sessions.Values;

    public int Count => _sessions.Count;

    public Session? Of(long connection) => _connections.GetValueOrDefault(connection)?.Session;

    public void Open(BrokerInput.Opened opened) =>
        _connections[opened.Connection] = new Connection
        {
            Number = opened.Connection,
            Bridge = opened.Bridge,
            RemoteAddress = opened.RemoteAddress,
            Transport = WayCheck.Transport(opened.Transport),
            Via = WayCheck.Text(opened.Via),
            Claim = opened.Claim,
            CertificateNames = opened.CertificateNames,
        };

    public void Hello(BrokerInput.HelloSaid said, Decision decision)
    {
        var connection = ConnectionOf(said.Connection, said.Claim);
        var key = Identify(said, connection, decision, out var refusal);
        refusal ??=
            HelloCheck.RefusalOf(connection.RemoteAddress, key!)
            ?? HelloCheck.RefusalOf(connection.CertificateNames, key!)
            ?? HelloCheck.RefusalOf(connection.RemoteAddress, namespaces.Of(key!.Namespace))
            ?? HelloCheck.Refusal(said.Hello, key)
            ?? SealRules.RefusalOf(said, key, namespaces.Of(key.Namespace), connection)
            ?? (handlers.HasRoomFor(key.Namespace, said.Hello.Handler) ? null : HelloCheck.NoRoom);
        if (refusal is not null)
        {
            decision.Effects.Add(SealRules.Answer(said.Connection, refusal, said.Seal));
            SessionNotes.Refused(said, key, connection, refusal, audit, decision);
            return;
        }

        if (said.Hello.Proof is { } proof)
        {
            key = _enrolled.Advance(key!, proof.Generation, said.Step, decision);
            DisconnectOthers(said, key, decision);
        }

        var session = SessionFor(said, key!, connection, decision);
        SessionNotes.Opened(session, key!, connection, audit, decision);
        Bind(session, connection, decision);
        Describe(session, said, key!);
        follower.Left(session, decision);
        dispatcher.Register(
            session.Offer,
            HelloCheck.AllowedMethods(said.Hello, session.Key),
            HelloCheck.AllowedGroups(said.Hello, session.Key),
            said.Hello.OfflineStore
        );
        dispatcher.SetCapacity(session.Offer, HelloCheck.AllowedCapacity(said.Hello.Capacity, session.Key));
        dispatcher.SetDrained(session.Offer, handlers.IsDrained(session.Namespace, session.Handler));
        PublishOffer(session, session.Offer.Methods, decision);
        handlers.SaveHello(session, decision);
        Welcome(session, said, decision);
        follower.Welcomed(session, decision);
        Probe(session, decision);
    }

    public void Heartbeat(Session session, Heartbeat heartbeat, Decision decision)
    {
        session.Hear(decision.Now);
        session.Way = WayCheck.Read(heartbeat.Way) ?? session.Way;
        dispatcher.SetCapacity(session.Offer, HelloCheck.AllowedCapacity(heartbeat.Capacity, session.Key));
        leases.Renew(session.Offer, heartbeat.Running, decision);
        handlers.SaveSignOfLife(session, decision);
        follower.Heard(session, decision);
    }

    public void Pong(Session session, string? nonce, Decision decision)
    {
        if (nonce is not null && nonce == session.ProbeNonce)
        {
            // The Probe was sent after the Welcome, so its answer shows that the Welcome has arrived. Any other message
            // may have been on its way before.
            _enrolled.Confirm(session.Key.Id, decision);
            session.ProbeNonce = null;
            session.UnansweredProbes = 0;
            session.RoundTrip = decision.Now.Steady - session.ProbedAt;
            // The timer is set to an earlier instant, and finds this one when it fires.
            session.ProbeAt = decision.Now.Steady + options.ProbeInterval;
            SetState(session, SessionState.Ready);
        }
    }

    /// <summary>Forgets a connection that is closed. Its session waits for the handler to come back.</summary>
    /// <param name="reason">Why the connection is closed.</param>
    public void Disconnect(long number, string reason, Decision decision)
    {
        if (
            _connections.Remove(number, out var connection)
            && connection.Session is { } session
            && session.Connection == connection
        )
        {
            handlers.Connections.Add(session, connection, reason, decision.Now.Wall);
            Detach(session, decision);
        }
    }

    /// <summary>Ends a session: its unfinished attempts are Lost at once.</summary>
    public void End(Session session, string reason, Decision decision)
    {
        _sessions.Remove((session.Namespace, session.Handler, session.Instance));
        TimerHeap.Clear(session);
        follower.Left(session, decision);
        if (session.Connection is { } connection)
        {
            handlers.Connections.Add(session, connection, reason, decision.Now.Wall);
            connection.Session = null;
            session.Detach();
        }

        Dispatcher.Withdraw(session.Offer);
        PublishOffer(session, null, decision);
        leases.EndAll(session.Offer, reason, decision);

        handlers.SaveEnd(session, _sessions.Values, reason, decision);
        SessionNotes.Closed(session, reason, audit, decision);
    }

    /// <summary>Closes the session's connection with a reason, and ends the session.</summary>
    public void Close(Session session, string code, string reason, Decision decision)
    {
        if (session.Connection is { } connection)
        {
            decision.Effects.Add(new Effect.Close(connection.Number, code, reason));
            _connections.Remove(connection.Number);
        }

        End(session, reason, decision);
    }

    /// <summary>
    /// Ends every session of a key that is not valid any more, and closes every connection of the key that waits to say
    /// Hello.
    /// </summary>
    public void CloseAll(string keyId, string reason, Decision decision)
    {
        foreach (var session in _sessions.Values.Where(session => session.Key.Id == keyId).ToList())
        {
            Close(session, ErrorCodes.Revoked, reason, decision);
        }

        foreach (
            var connection in _connections
                .Values.Where(connection =>
                    connection.Session is null && (connection.Claim?.KeyId ?? connection.Challenge?.KeyId) == keyId
                )
                .ToList()
        )
        {
            decision.Effects.Add(new Effect.Close(connection.Number, ErrorCodes.Revoked, reason));
            _connections.Remove(connection.Number);
        }
    }

    /// <summary>
    /// Deals with a session whose timer has fired: the session was silent for too long, a probe did not come back, or
    /// the next probe is due.
    /// </summary>
    public void Tick(Session session, Decision decision)
    {
        var now = decision.Now.Steady;
        if (now >= session.LastHeard + options.Lease)
        {
            if (session.Connection is null)
            {
                End(session, "it did not come back within the lease", decision);
            }
            else
            {
                Close(session, ErrorCodes.Unavailable, "No heartbeat for a whole lease.", decision);
            }

            return;
        }

        if (session.Connection is not null && now >= session.ProbeAt)
        {
            if (session.ProbeNonce is not null && IsDeaf(session))
            {
                CutOff(session, decision);
                return;
            }

            Probe(session, decision);
        }

        Arm(session, now);
    }

    private Session SessionFor(BrokerInput.HelloSaid said, KeyRecord key, Connection connection, Decision decision)
    {
        var name = (key.Namespace, said.Hello.Handler, said.Hello.Instance);
        if (connection.Session is { } bound && (bound.Namespace, bound.Handler, bound.Instance) != name)
        {
            // A connection has one session: who says Hello as another instance has ended the session before.
            End(bound, "its connection became another instance", decision);
        }

        if (_sessions.TryGetValue(name, out var session))
        {
            return session;
        }

        var offer = new SessionOffer(said.SessionId, key.Namespace, said.Hello.Handler, said.Hello.Instance);
        session = new Session(offer) { Key = key };
        _sessions.Add(name, session);
        return session;
    }

    private void Bind(Session session, Connection connection, Decision decision)
    {
        if (session.Connection is { } old && old != connection)
        {
            const string Reason = "The same instance said Hello on another connection.";
            decision.Effects.Add(new Effect.Close(old.Number, ErrorCodes.Superseded, Reason));
            _connections.Remove(old.Number);
            handlers.Connections.Add(session, old, Reason, decision.Now.Wall);
        }

        session.Attach(connection);
        SetState(session, SessionState.Starting);
        session.ProbeNonce = null;
        session.RoundTrip = null;
        session.UnansweredProbes = 0;
        session.Strikes = 0;
        session.ConnectedAt = decision.Now.Wall;
        session.Hear(decision.Now);
    }

    /// <summary>Notes what a Hello, which was accepted, says of the session.</summary>
    private static void Describe(Session session, BrokerInput.HelloSaid said, KeyRecord key)
    {
        session.Key = key;
        session.IsSealed = said.Seal is not null;
        session.DeniedMethods = HelloCheck.DeniedMethods(said.Hello, key);
        session.DeniedGroups = HelloCheck.DeniedGroups(said.Hello, key);
        session.Agent = said.Hello.Agent;
        session.Labels = said.Hello.Labels;
        session.Way = WayCheck.Read(said.Hello.Way);
    }

    private void Welcome(Session session, BrokerInput.HelloSaid said, Decision decision)
    {
        var hello = said.Hello;
        var claims = hello.Resume ?? [];
        var resumed = resumption.Resume(session.Offer, claims, decision.Now.Steady, out var abandoned);
        decision.Effects.Add(
            SealRules.Answer(
                session.Connection!.Number,
                new Welcome
                {
                    SessionId = session.Id,
                    Namespace = session.Namespace,
                    HeartbeatSeconds = (int)options.HeartbeatInterval.TotalSeconds,
                    LeaseSeconds = (int)options.Lease.TotalSeconds,
                    Resumed = resumed,
                    Abandoned = abandoned,
                    Methods = [.. session.Offer.Methods.Keys],
                    Groups = hello.Groups is { Count: > 0 } ? session.Offer.Groups : null,
                    MaxParamsBytes = options.ParamsBytesMax,
                    MaxResultBytes = options.ResultBytesMax,
                    ServerTime = decision.Now.Wall,
                    Generation = session.Key.Pair?.Generation,
                },
                said.Seal
            )
        );
        resumption.CatchUp(session.Offer, resumed, decision);
    }

    // A probe that did not come back is sent again with the same nonce: the probe or its answer may have been lost on
    // the way, although the handler is alive.
    private void Probe(Session session, Decision decision)
    {
        session.ProbeNonce ??= decision.Chance.NextInt64().ToString("x");
        session.ProbedAt = decision.Now.Steady;
        session.ProbeAt = decision.Now.Steady + options.ProbeTimeout;
        decision.Effects.Add(new Effect.Send(session.Connection!.Number, new Probe(session.ProbeNonce)));
        Arm(session, decision.Now.Steady);
    }

    // Counts a probe that was not answered in time. A handler that holds attempts may be at work on them with its only
    // thread: to cut it could cost these attempts, so it only gets no more.
    private bool IsDeaf(Session session)
    {
        session.UnansweredProbes++;
        if (session.State == SessionState.Ready)
        {
            SetState(session, SessionState.Unresponsive);
        }

        return session.UnansweredProbes >= options.UnansweredProbesMax && session.Offer.Running.Count == 0;
    }

    // The session waits for the handler to come back, which any client does that reconnects by itself.
    private void CutOff(Session session, Decision decision)
    {
        var connection = session.Connection!;
        var reason = $"{session.UnansweredProbes} probes were not answered: connect again and say Hello.";
        decision.Effects.Add(new Effect.Close(connection.Number, ErrorCodes.Unavailable, reason));
        Disconnect(connection.Number, reason, decision);
    }

    private void Arm(Session session, TimeSpan now)
    {
        var silence = session.LastHeard + options.Lease;
        var next =
            session.Connection is not null && session.ProbeAt > now && session.ProbeAt < silence
                ? session.ProbeAt
                : silence;
        steady.Set(session, next.Ticks);
    }

    private void Detach(Session session, Decision decision)
    {
        session.Detach();
        SetState(session, SessionState.Detached);
        session.ProbeNonce = null;
        follower.Left(session, decision);
        Arm(session, decision.Now.Steady);
    }

    private void SetState(Session session, SessionState state)
    {
        session.State = state;
        dispatcher.SetReady(session.Offer, state == SessionState.Ready);
    }

    /// <param name="methods">The offered methods; null when the session has ended.</param>
    private static void PublishOffer(
        Session session,
        IReadOnlyDictionary<string, OfferedMethod>? methods,
        Decision decision
    ) =>
        decision.Effects.Add(
            new Effect.OffersChanged(session.Namespace, session.Id, session.Handler, session.Offer.Groups, methods)
        );
}
