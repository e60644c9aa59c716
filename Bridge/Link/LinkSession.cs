using ScheduleZero.Bridge.Connections;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// The conversation on one link: the handshake, the count of messages in both directions, beats. Only the link's thread
/// uses it.
/// </summary>
internal sealed class LinkSession(
    BrokerLink link,
    LinkSocket socket,
    BrokerLinks links,
    HandlerConnections connections,
    BridgeSettings settings,
    StrangerLines lines,
    ILogger log
)
{
    private readonly ApiKey _key = link.Key;
    private readonly LinkTimings _timings = settings.LinkTimings;
    private readonly TimeProvider _time = settings.Time;
    private Phase _phase = Phase.Greeting;
    private LinkHandshake _handshake = new(link.Key, settings.Name);

    /// <summary>The term that the link is in; null before a welcome, and after the link was lost.</summary>
    private LinkTerm? _term;

    /// <summary>Sends the messages of the term; null without a term.</summary>
    private LinkWriter? _writer;

    /// <summary>The number that the next counted message of the Broker must have.</summary>
    private ulong _expected;

    /// <summary>Whether this link serves the handlers; another link may do so.</summary>
    private bool _serves;

    /// <summary>When the phase began, as a timestamp of the clock.</summary>
    private long _phaseSince = settings.Time.GetTimestamp();

    /// <summary>When the last message of the Broker came, as a timestamp of the clock.</summary>
    private long _heardAt;

    /// <summary>
    /// When this link last sent its Hello or a Beat, as a timestamp of the clock; null when the next one is due at
    /// once.
    /// </summary>
    private long? _saidAt;

    /// <summary>Since when the link has had no welcome, as a timestamp of the clock.</summary>
    private long _unansweredSince = settings.Time.GetTimestamp();

    /// <summary>How long the link must have had no welcome for the next line of the log.</summary>
    private TimeSpan _complainAfter = TimeSpan.FromSeconds(5);

    private enum Phase
    {
        Greeting,
        Proving,
        Welcomed,
        Refused,
    }

    public void Tick()
    {
        switch (_phase)
        {
            case Phase.Greeting:
                SayHello();
                break;
            case Phase.Proving when Since(_phaseSince) >= _timings.WelcomeMax:
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

    /// <summary>Called when the transport says that the connection is gone.</summary>
    public void Disconnected()
    {
        Lose("its connection ended");
        if (_phase == Phase.Proving)
        {
            StartHandshake();
        }
    }

    /// <summary>Ends the term, so that nobody sends in it any more.</summary>
    public void Abandon()
    {
        if (_term is { } term)
        {
            _term = null;
            _writer = null;
            links.Lose(term);
        }
    }

    /// <summary>Sends what waits.</summary>
    /// <returns>Whether the socket accepted it; if not, the caller asks again when the socket has room.</returns>
    public bool TryDrain(out bool isMoreWaiting)
    {
        if (_writer is not null)
        {
            return _writer.TryDrain(out isMoreWaiting);
        }

        // The queue may still have messages of a term that is over; they are dropped.
        while (link.Queue.TryDequeue(out _)) { }

        isMoreWaiting = false;
        return true;
    }

    /// <summary>
    /// Logs a message that makes no sense. Whoever reaches an endpoint that the Bridge has bound can send one, so the
    /// lines are bounded.
    /// </summary>
    public void Malformed(string what)
    {
        if (lines.MayWrite("malformed messages on links", null))
        {
            log.MalformedFromBroker(link.Endpoint, what);
        }
    }

    public void Receive(FrameHeader header, byte[] body)
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
        if ((_saidAt is null || Since(_saidAt.Value) >= _timings.HelloEvery) && socket.TrySend(_handshake.Hello()))
        {
            _saidAt = _time.GetTimestamp();
        }

        if (Since(_unansweredSince) >= _complainAfter)
        {
            log.LinkUnanswered(link.Endpoint, (long)Since(_unansweredSince).TotalSeconds);
            _complainAfter += TimeSpan.FromMinutes(1);
        }
    }

    /// <summary>
    /// Receives a step of the handshake, or the Broker's refusal. A step that the phase does not expect is ignored: it
    /// belongs to an earlier handshake.
    /// </summary>
    private void ReceiveAnswer(MessageKind kind, byte[] body)
    {
        if (!Expects(kind))
        {
            return;
        }

        if (!ProtocolJson.TryRead(kind, body, out var message, out var problem))
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
            socket.TrySend(proof);
            Enter(Phase.Proving);
        }
        else
        {
            log.FalseBroker(link.Endpoint, _key.Id);
            Enter(Phase.Refused);
        }
    }

    private void Welcomed(BridgeWelcome welcome)
    {
        log.LinkWelcomed(link.Endpoint, welcome.Epoch);
        Enter(Phase.Welcomed);
        _term = new LinkTerm(link);
        _writer = new LinkWriter(socket, _term, link.Queue);
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

        log.LinkRefused(link.Endpoint, refused.Code, refused.Detail, _key.Id);
        Enter(Phase.Refused);
    }

    private void Serve()
    {
        if (!_serves && _term is not null && _writer is not null && links.TryServe(_term, _writer))
        {
            _serves = true;
            log.LinkServes(link.Endpoint);
            link.Queue.Signal();
        }
    }

    private void Beat()
    {
        if (_saidAt is not { } saidAt || Since(saidAt) >= _timings.BeatEvery)
        {
            _saidAt = _time.GetTimestamp();
            socket.TrySend(new Beat());
        }
    }

    private void Lose(string reason)
    {
        if (_phase == Phase.Welcomed)
        {
            log.LinkLost(link.Endpoint, reason);
            Abandon();
            StartHandshake();
        }
    }

    private void StartHandshake()
    {
        _handshake = new LinkHandshake(_key, settings.Name);
        if (_phase == Phase.Welcomed)
        {
            _unansweredSince = _time.GetTimestamp();
            _complainAfter = TimeSpan.FromSeconds(5);
        }

        Enter(Phase.Greeting);
        SayHello();
    }

    private void Unpack(byte[] body)
    {
        ReadOnlyMemory<byte> rest = body;
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
        else if (connections.Find(header.Connection) is { } connection)
        {
            connection.Deliver(header.Kind, body);
        }
        else
        {
            log.ConnectionUnknown(link.Endpoint, header.Kind, header.Connection);
        }
    }

    private void Enter(Phase phase)
    {
        _phase = phase;
        _phaseSince = _time.GetTimestamp();
    }

    private TimeSpan Since(long timestamp) => _time.GetElapsedTime(timestamp);
}
