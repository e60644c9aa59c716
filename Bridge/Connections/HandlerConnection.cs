using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Connections;

/// <summary>
/// One handler's connection as the Bridge sees it: the term in which it is announced, the messages that wait to be
/// written to it, and the limits on what it sends. Nothing here outlives the connection.
/// </summary>
internal sealed class HandlerConnection
{
    private const string OutOfReach = "The Broker is out of reach of this Bridge.";
    private static readonly WrittenMessage HoldMessage = WrittenMessage.Of(new Hold(OutOfReach));
    private static readonly WrittenMessage GreetMessage = WrittenMessage.Of(
        new Greet("The link to the Broker is new.")
    );
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(500);
    private static readonly Term Ended = new();

    private readonly ApiKey? _key;
    private readonly HubCallerContext _context;
    private readonly IHttpRequestLifetimeFeature? _request;
    private readonly SeenWay _way;

    /// <summary>The handlers that the client's certificate names; null where certificates bind nobody.</summary>
    private readonly IReadOnlyList<string>? _certificateNames;
    private readonly IClientProxy _client;
    private readonly BridgeLimits _limits;
    private readonly TimeProvider _time;
    private readonly StrangerLines _lines;
    private readonly ILogger _log;
    private readonly Channel<WrittenMessage> _outgoing;
    private readonly FrameBudget _budget;
    private readonly HelloWatch _hello;
    private readonly CallInHand _call = new();

    /// <summary>
    /// The term in which the connection was last announced; null before the first one, and the term Ended after the
    /// end. Changed from several threads.
    /// </summary>
    private Term? _announced;

    /// <summary>The number of bytes that wait to be written to the handler. Changed from several threads.</summary>
    private long _waitingBytes;

    /// <summary>
    /// When the closing began, as a timestamp of the clock; 0 before that. Changed from several threads.
    /// </summary>
    private long _closingSince;

    private int _strikes;

    /// <summary>1 once the opening of the connection was logged.</summary>
    private int _openLogged;

    /// <summary>Whether the handler may come back by itself after the Close that was sent last.</summary>
    private volatile bool _mayReturn;

    /// <summary>The Close that follows the answer to the call in hand; null without one.</summary>
    private volatile PendingClose? _pendingClose;

    public HandlerConnection(
        ulong number,
        ApiKey? key,
        IReadOnlyList<string>? certificateNames,
        HubCallerContext context,
        HttpContext http,
        IClientProxy client,
        BridgeSettings settings,
        StrangerLines lines,
        ILogger log
    )
    {
        Number = number;
        _key = key;
        _context = context;
        // The feature is held and not the request itself: the server uses the request again when the connection is
        // over, and the link's thread may ask later than that.
        _request = http.Features.Get<IHttpRequestLifetimeFeature>();
        Network = ClientNetwork.Of(http.Connection.RemoteIpAddress);
        _certificateNames = certificateNames;
        _way = SeenWay.Of(context.Features, http);
        _client = client;
        _limits = settings.Limits;
        _time = settings.Time;
        _lines = lines;
        _log = log;
        _outgoing = Channel.CreateBounded<WrittenMessage>(
            new BoundedChannelOptions(_limits.OutgoingMessagesMax) { SingleReader = true }
        );
        _budget = new FrameBudget(_limits.MessagesPerSecond, _limits.MessagesBurst, _time);
        _hello = new HelloWatch(_limits, _time);
        _ = WriteAsync();
    }

    public ulong Number { get; }

    /// <summary>The id of the handler's key for logs; "none" for a connection without a key.</summary>
    public string KeyId => _key?.Id ?? "none";

    /// <summary>Whether the handler has shown no key, so that it must prove one before it is heard.</summary>
    public bool IsUnproved => _key is null && !IsWelcome;

    /// <summary>Whether the Broker has welcomed a Hello of this connection.</summary>
    public bool IsWelcome => _hello.IsWelcome;

    /// <summary>The network by which the handler's address is counted.</summary>
    public IPAddress Network { get; }

    public bool SaidHello => _hello.SaidHello;

    private bool IsClosing => Volatile.Read(ref _closingSince) != 0;

    /// <summary>Whether the Broker may say a message of this kind to a handler.</summary>
    public static bool IsForHandler(MessageKind kind) => MessageKinds.RouteOf(kind) == MessageRoute.BrokerToHandler;

    public void LogOpened()
    {
        if (MayLog() && Interlocked.Exchange(ref _openLogged, 1) == 0)
        {
            _log.ConnectionOpened(Number, _way.Address?.ToString(), KeyId);
        }
    }

    public void LogEnded(string reason)
    {
        if (MayLog())
        {
            _log.ConnectionEnded(Number, reason);
        }
    }

    /// <summary>Claims the announcement of a new connection; false when the link was faster.</summary>
    public bool TryAnnounceFirst(Term term) => Interlocked.CompareExchange(ref _announced, term, null) is null;

    /// <summary>
    /// Claims the announcement in a term that begins; false when it is made already, or the connection has ended.
    /// </summary>
    public bool TryAnnounce(Term term)
    {
        var seen = Volatile.Read(ref _announced);
        return seen != term && seen != Ended && Interlocked.CompareExchange(ref _announced, term, seen) == seen;
    }

    /// <summary>Called when the connection has closed.</summary>
    /// <returns>The term in which it was last announced, if any.</returns>
    public Term? End()
    {
        ShutLine();
        return Interlocked.Exchange(ref _announced, Ended) is { } term && term != Ended ? term : null;
    }

    /// <summary>The message that announces the connection to the Broker.</summary>
    public Open Announcement() => _way.ToOpen(_key, _certificateNames);

    /// <summary>
    /// Counts a message of the handler; false when the message is to be dropped, since the connection is closing or
    /// sends too much.
    /// </summary>
    public bool Admits()
    {
        if (IsClosing || _pendingClose is not null)
        {
            return false;
        }

        if (_budget.TrySpend())
        {
            return true;
        }

        Close(ErrorCodes.RateLimited, $"More than {_limits.MessagesPerSecond} messages a second.");
        return false;
    }

    /// <summary>Counts a message that makes no sense, and closes the connection after too many.</summary>
    public void Strike(string what)
    {
        _log.ConnectionStruck(Number, ++_strikes, what);
        if (_strikes >= _limits.StrikesMax)
        {
            Close(ErrorCodes.Invalid, what);
        }
    }

    /// <summary>
    /// Directs the Broker's next answer to the call in hand, which is a Hello or a question that may come before it.
    /// </summary>
    public Task<HelloAnswer> AwaitAnswer(MessageKind asked)
    {
        _hello.Asked(asked);
        return _call.Begin();
    }

    /// <summary>Ends the wait of the call in hand, if there is one, without the Broker.</summary>
    public void FailAnswer(string reason) => _call.Fail(reason);

    /// <summary>Accepts a message of the Broker for this handler.</summary>
    public void Deliver(MessageKind kind, ReadOnlyMemory<byte> body)
    {
        switch (kind)
        {
            case var _ when MessageKinds.IsAnswer(kind):
                _hello.Sent(kind);
                if (kind == MessageKind.Welcome)
                {
                    LogOpened();
                }

                _call.Answer(kind, body);
                break;
            case MessageKind.Close:
                StartClosing();
                _mayReturn =
                    ProtocolJson.TryRead<Close>(body.Span, out var close, out _) && _hello.MayReturnAfter(close.Code);
                Post(new WrittenMessage(kind, body));
                break;
            default:
                Post(new WrittenMessage(kind, body));
                break;
        }
    }

    /// <summary>
    /// Ends the call in hand, and asks the handler to hold back its reports if there was a Hello: only then
    /// <c>Greet</c> ends the holding.
    /// </summary>
    public void Hold()
    {
        _call.Fail(OutOfReach);
        if (SaidHello)
        {
            Post(HoldMessage);
        }
    }

    /// <summary>Asks the handler for a new Hello, if there was one before.</summary>
    public void Greet()
    {
        if (SaidHello)
        {
            Post(GreetMessage);
        }
    }

    /// <summary>
    /// Puts a message into the line to the handler. A handler that lets the line grow full is cut: nothing here grows
    /// without limit.
    /// </summary>
    public void Post(WrittenMessage message)
    {
        _hello.Sent(message.Kind);
        var bytes = Interlocked.Add(ref _waitingBytes, message.Body.Length);
        var isAlone = bytes == message.Body.Length;
        if ((bytes > _limits.OutgoingBytesMax && !isAlone) || !_outgoing.Writer.TryWrite(message))
        {
            Interlocked.Add(ref _waitingBytes, -message.Body.Length);
            Cut("it does not read what it is sent");
        }
    }

    /// <summary>Tells the handler why the connection ends, then ends it.</summary>
    public void Close(string code, string reason)
    {
        if (StartClosing())
        {
            if (MayLog())
            {
                _log.ConnectionClosed(Number, KeyId, code, reason);
            }

            _mayReturn = _hello.MayReturnAfter(code);
            Post(WrittenMessage.Of(new Close(code, reason)));
        }
    }

    /// <summary>
    /// Closes the connection as <see cref="Close"/> does, once the answer to the call in hand has gone out: an end at
    /// once would race with the answer, and the handler would not learn why its call failed. Nothing is accepted from
    /// the handler meanwhile.
    /// </summary>
    public void CloseAfterAnswer(string code, string reason) =>
        _pendingClose = new PendingClose(code, reason, _time.GetTimestamp());

    /// <summary>Called every second: ends the connection when one of its deadlines has passed.</summary>
    public void Sweep(long now)
    {
        if (_pendingClose is { } pending && _time.GetElapsedTime(pending.Since, now) >= AnswerTime)
        {
            Close(pending.Code, pending.Reason);
        }

        if (!IsClosing && _hello.Overdue(now) is { } close)
        {
            Close(close.Code, close.Reason);
        }
        else if (IsClosing && _time.GetElapsedTime(Volatile.Read(ref _closingSince), now) >= _limits.CloseGrace)
        {
            Cut("it did not take its Close", isOverdue: true);
        }
    }

    /// <summary>
    /// Whether a line may be logged. Lines about a handler that the Broker knows always are; those about strangers have
    /// a bound.
    /// </summary>
    private bool MayLog() => IsWelcome || _lines.MayWrite("connections of handlers that are not welcome", _way.Address);

    /// <summary>
    /// Completes the line to the handler, so that nothing follows what already waits; true for the first caller.
    /// </summary>
    private bool ShutLine() => _outgoing.Writer.TryComplete();

    private bool StartClosing() =>
        Interlocked.CompareExchange(ref _closingSince, Math.Max(1, _time.GetTimestamp()), 0) == 0;

    /// <summary>Ends the connection after its Close.</summary>
    private void Leave()
    {
        // SignalR's abort tells the client not to reconnect. To stop reading, as at the end of what a client says, does
        // not.
        if (_mayReturn && _context.Features.Get<IConnectionTransportFeature>() is { Transport: { } transport })
        {
            transport.Input.CancelPendingRead();
        }
        else
        {
            _context.Abort();
        }
    }

    private void Cut(string reason, bool isOverdue = false)
    {
        StartClosing();
        if (ShutLine())
        {
            if (MayLog())
            {
                _log.ConnectionCut(Number, KeyId, reason);
            }
        }
        else if (!isOverdue)
        {
            return; // The connection is closed or cut already.
        }

        _context.Abort();
        // The request is aborted, since the hub's own abort waits for a peer that does not read. Another thread does
        // it, since the abort runs the callbacks of others.
        ThreadPool.UnsafeQueueUserWorkItem(static request => request?.Abort(), _request, preferLocal: false);
    }

    private async Task WriteAsync()
    {
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync())
            {
                while (_outgoing.Reader.TryRead(out var message))
                {
                    await _client.SendCoreAsync(
                        message.HubMethod,
                        [new RawJson(message.Body)],
                        _context.ConnectionAborted
                    );
                    Interlocked.Add(ref _waitingBytes, -message.Body.Length);
                    if (message.Kind == MessageKind.Close)
                    {
                        ShutLine();
                        Leave();
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ended; another method tells the Broker of its end.
        }
        catch (Exception e)
        {
            _log.WriteFailed(e, Number);
            _context.Abort();
        }
    }

    private sealed record PendingClose(string Code, string Reason, long Since);
}
