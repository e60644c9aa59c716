using System.Net;
using ScheduleZero.Bridge.Connections;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// The conversation on one connection of a link: the handshake, the count of messages in both directions, beats. Only
/// the connection's loop uses it.
/// </summary>
/// <param name="wake">Makes the loop look for work. Safe from any thread.</param>
internal sealed class LinkSession(BrokerLink link, LinkConnection peer, LinkContext context, Action wake)
{
    /// <summary>The time after which a connected peer that has not answered is reported.</summary>
    private static readonly TimeSpan MuteAfter = TimeSpan.FromSeconds(3);

    private readonly ApiKey _key = link.Key;
    private readonly LinkTimings _timings = context.Settings.LinkTimings;
    private readonly TimeProvider _time = context.Settings.Time;
    private readonly ILogger _log = context.Log;
    private Phase _phase = Phase.Greeting;
    private LinkHandshake _handshake = new(link.Key, context.Settings.Name, link.Watch.Trouble);

    /// <summary>The term that the session is in; null before a welcome, and after the link was lost.</summary>
    private LinkTerm? _term;

    /// <summary>Sends the messages of the term; null without a term.</summary>
    private LinkWriter? _writer;

    /// <summary>The number that the next counted message of the Broker must have.</summary>
    private ulong _expected;

    /// <summary>Whether this session serves the handlers; another one may do so.</summary>
    private bool _serves;

    /// <summary>When the phase began, as a timestamp of the clock.</summary>
    private long _phaseSince = context.Settings.Time.GetTimestamp();

    /// <summary>Since when the peer has not proved to be the Broker, as a timestamp of the clock.</summary>
    private long _unprovenSince = context.Settings.Time.GetTimestamp();

    /// <summary>When the last message of the Broker came, as a timestamp of the clock.</summary>
    private long _heardAt;

    /// <summary>
    /// When this session last sent its Hello or a Beat, as a timestamp of the clock; null when the next one is due at
    /// once.
    /// </summary>
    private long? _saidAt;

    private enum Phase
    {
        Greeting,
        Proving,
        Welcomed,
        Refused,
    }

    /// <summary>
    /// The address of a peer that has connected to the Bridge and so may be anybody, for the bounds on lines of the
    /// log; null for a peer that the Bridge has dialled.
    /// </summary>
    private IPAddress? Stranger => link.Endpoint.Listens ? peer.Address : null;

    /// <summary>Sends the first message.</summary>
    public void Begin()
    {
        peer.DistrustPeer();
        SayHello();
    }

    public void Tick()
    {
        if (link.Endpoint.Listens && _phase != Phase.Welcomed && Since(_unprovenSince) >= _timings.UnprovenMax)
        {
            peer.End($"The peer has not proved to be the Broker for {_timings.UnprovenMax.TotalSeconds:0} s.");
            return;
        }

        switch (_phase)
        {
            case Phase.Greeting:
                SayHello();
                TellIfMute();
                break;
            case Phase.Proving when Since(_phaseSince) >= _timings.WelcomeMax:
                link.Watch.Tell("The Broker does not answer this bridge's proof.");
                StartHandshake();
                break;
            case Phase.Refused when Since(_phaseSince) >= _timings.RetryRefusedAfter:
                StartHandshake();
                break;
            case Phase.Welcomed when Since(_heardAt) >= _timings.SilenceMax:
                Lose($"nothing was heard for {_timings.SilenceMax.TotalSeconds:0} s");
                break;
            case Phase.Welcomed:
                Beat();
                Serve();
                break;
        }
    }

    /// <summary>
    /// Called when the connection has ended. After this no other member is called but <see cref="Abandon"/>.
    /// </summary>
    public void Disconnected(string reason)
    {
        if (_phase == Phase.Welcomed)
        {
            _log.LinkLost(link.Endpoint, $"its connection ended: {reason}");
        }
    }

    /// <summary>Ends the term, so that nobody sends in it any more.</summary>
    public void Abandon()
    {
        if (_term is { } term)
        {
            _term = null;
            _writer = null;
            context.Links.Lose(term);
            term.Queue.End();
            link.Watch.Lost();
        }
    }

    /// <summary>Sends what waits.</summary>
    /// <returns>Whether the connection accepted it; if not, the caller asks again when there is room.</returns>
    public bool TryDrain(out bool isMoreWaiting)
    {
        if (_writer is not null)
        {
            return _writer.TryDrain(out isMoreWaiting);
        }

        isMoreWaiting = false;
        return true;
    }

    /// <summary>Receives a message of the peer.</summary>
    public void Receive(ZmtpMessage message)
    {
        if (LinkConnection.TryRead(message, out var header, out var body))
        {
            Receive(header, body);
        }
        else
        {
            Malformed("frames that are no message");
        }
    }

    private void Receive(FrameHeader header, ReadOnlyMemory<byte> body)
    {
        _heardAt = _time.GetTimestamp();
        switch (header.Kind)
        {
            case MessageKind.Beat:
                break;
            case MessageKind.BridgeChallenge:
            case MessageKind.BridgeWelcome:
            case MessageKind.Refused when header.Connection == 0:
                ReceiveAnswer(header.Kind, body);
                break;
            case var _ when _phase != Phase.Welcomed:
                break; // The message belongs to a term that is over.
            case var _ when header.Sequence != _expected:
                Lose($"message {header.Sequence} came where {_expected} was due");
                break;
            case MessageKind.Pack:
                _expected++;
                Unpack(body);
                break;
            default:
                _expected++;
                Deliver(header, body);
                break;
        }
    }

    private void SayHello()
    {
        if ((_saidAt is null || Since(_saidAt.Value) >= _timings.HelloEvery) && peer.TrySend(_handshake.Hello()))
        {
            _saidAt = _time.GetTimestamp();
        }
    }

    private void TellIfMute()
    {
        if (Since(_phaseSince) >= MuteAfter)
        {
            link.Watch.Tell("A peer is connected, and does not answer as a Broker does.");
        }
    }

    /// <summary>
    /// Receives a step of the handshake, or the Broker's refusal. A step that the phase does not expect is ignored: it
    /// belongs to an earlier handshake.
    /// </summary>
    private void ReceiveAnswer(MessageKind kind, ReadOnlyMemory<byte> body)
    {
        if (!Expects(kind))
        {
            return;
        }

        if (!ProtocolJson.TryRead(kind, body.Span, out var message, out var problem))
        {
            Malformed(problem ?? kind.ToString());
            return;
        }

        switch (message)
        {
            case BridgeChallenge challenge:
                Challenged(challenge);
                break;
            case BridgeWelcome welcome:
                Welcomed(welcome);
                break;
            case Refused refused:
                Refused(refused);
                break;
            default:
                throw new InvalidOperationException($"{kind} is no step of the handshake.");
        }
    }

    private bool Expects(MessageKind kind) =>
        kind switch
        {
            MessageKind.BridgeChallenge => _phase is Phase.Greeting or Phase.Proving,
            // A peer that has not proved itself cannot welcome this Bridge.
            MessageKind.BridgeWelcome => _phase == Phase.Proving,
            _ => true,
        };

    private void Challenged(BridgeChallenge challenge)
    {
        if (_handshake.Answer(challenge) is { } proof)
        {
            peer.KeepPeer();
            peer.TrySend(proof);
            Enter(Phase.Proving);
            return;
        }

        link.Watch.Tell($"The peer did not prove that it knows bridge key {_key.Id}.");
        if (context.Lines.MayWrite("false Brokers on links", Stranger))
        {
            _log.FalseBroker(link.Endpoint, _key.Id);
        }

        Enter(Phase.Refused);
    }

    private void Welcomed(BridgeWelcome welcome)
    {
        if (context.Settings.MatchClientNames && !welcome.ChecksCertificates)
        {
            // Such a Broker would let any certificate of the authority speak for any handler.
            link.Watch.Tell("The Broker is too old to check the names of certificates (--match-client-names).");
            _log.BrokerDoesNotCheckNames(link.Endpoint);
            Enter(Phase.Refused);
            return;
        }

        _log.LinkWelcomed(link.Endpoint, welcome.Epoch);
        Enter(Phase.Welcomed);
        peer.TrustPeer();
        link.Watch.Welcomed();
        _term = new LinkTerm(link, NewQueue());
        _writer = new LinkWriter(peer, _term.Queue);
        _expected = 1;
        _serves = false;
        _saidAt = null;
        Beat();
        Serve();
    }

    private void Refused(Refused refused)
    {
        if (_phase == Phase.Welcomed)
        {
            Lose($"the Broker ended it: {refused.Code}: {refused.Detail}");
            return;
        }

        link.Watch.Tell($"The Broker refuses this bridge: {refused.Code}: {refused.Detail}");
        if (context.Lines.MayWrite("refusals of links", Stranger))
        {
            _log.LinkRefused(link.Endpoint, refused.Code, refused.Detail, _key.Id);
        }

        Enter(Phase.Refused);
    }

    private void Serve()
    {
        if (!_serves && _term is not null && _writer is not null && context.Links.TryServe(_term, _writer))
        {
            _serves = true;
            _log.LinkServes(link.Endpoint);
        }
    }

    private void Beat()
    {
        if (_saidAt is not { } saidAt || Since(saidAt) >= _timings.BeatEvery)
        {
            _saidAt = _time.GetTimestamp();
            peer.TrySend(new Beat());
        }
    }

    private void Lose(string reason)
    {
        if (_phase == Phase.Welcomed)
        {
            _log.LinkLost(link.Endpoint, reason);
            Abandon();
            _unprovenSince = _time.GetTimestamp();
            StartHandshake();
        }
    }

    private void StartHandshake()
    {
        _handshake = new LinkHandshake(_key, context.Settings.Name, link.Watch.Trouble);
        Enter(Phase.Greeting);
        SayHello();
    }

    private void Unpack(ReadOnlyMemory<byte> body)
    {
        var rest = body;
        while (Pack.TryRead(ref rest, out var header, out var entry))
        {
            Deliver(header, entry);
        }

        if (!rest.IsEmpty)
        {
            Malformed("a Pack with a broken entry");
        }
    }

    private void Deliver(FrameHeader header, ReadOnlyMemory<byte> body)
    {
        if (header.Connection == 0 || !HandlerConnection.IsForHandler(header.Kind))
        {
            Malformed(header.ToString());
        }
        else if (context.Connections.Find(header.Connection) is { } connection)
        {
            connection.Deliver(header.Kind, body);
        }
        else
        {
            _log.ConnectionUnknown(link.Endpoint, header.Kind, header.Connection);
        }
    }

    /// <summary>
    /// Logs a message that makes no sense. Where the Bridge listens anybody can send one, so the lines are bounded.
    /// </summary>
    private void Malformed(string what)
    {
        if (context.Lines.MayWrite("malformed messages on links", Stranger))
        {
            _log.MalformedFromBroker(link.Endpoint, what);
        }
    }

    private BoundedQueue<LinkMessage> NewQueue() =>
        new(
            context.Settings.Limits.LinkMessagesMax,
            context.Settings.Limits.LinkBytesMax,
            message => message.Body.Length,
            wake
        );

    private void Enter(Phase phase)
    {
        _phase = phase;
        _phaseSince = _time.GetTimestamp();
    }

    private TimeSpan Since(long timestamp) => _time.GetElapsedTime(timestamp);
}
