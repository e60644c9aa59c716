using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Attempts;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>
/// The session of one connection, from Hello to its end. Every message that it hears passes through one loop on the
/// thread pool, so that a handler which no longer starts attempts no longer answers probes either. What must outlive
/// the session is in the <see cref="AttemptBook"/>.
/// </summary>
internal sealed class Session(
    SealedConnection line,
    Inbox inbox,
    AttemptBook book,
    HelloMaker hello,
    IOfflineCustodian? offline,
    TimeSpan answerTimeout,
    TimeProvider time,
    ILogger logger
) : IHeartbeatSource
{
    /// <summary>The Broker's newest Welcome; null before the first one. Written by the loop.</summary>
    private Welcome? _welcome;

    /// <summary>Ends the session when the Broker has asked to move; null before that.</summary>
    private ITimer? _move;

    /// <summary>Whether a Broker hears the session. Written by the loop.</summary>
    private volatile bool _isOpen;

    /// <summary>Whether the time to move has come. Written by the loop.</summary>
    private bool _isMoved;

    /// <summary>When the other side was last heard, by the steady clock.</summary>
    private long _heardAt;

    /// <summary>When the Broker itself was last heard, by the steady clock. Written by the loop.</summary>
    private long _brokerHeardAt;

    /// <summary>The way as the Broker was last told; null before. Written by the Hello and by heartbeats.</summary>
    private HelloWay? _saidWay;

    /// <summary>1 while a heartbeat is being sent, else 0.</summary>
    private int _beating;

    public TimeSpan HeartbeatInterval => TimeSpan.FromSeconds(Math.Clamp(_welcome!.HeartbeatSeconds, 1, 3600));

    public TimeSpan LeaseLength => TimeSpan.FromSeconds(Math.Clamp(_welcome!.LeaseSeconds, 1, 3600));

    public bool IsOpen => _isOpen;

    public bool TryPost(Action turn) => inbox.TryPost(turn);

    /// <summary>Says Hello, and waits for the Welcome.</summary>
    /// <exception cref="RefusedException">The Broker said no.</exception>
    /// <exception cref="CarrierException">There was no answer.</exception>
    public async Task<Welcome> OpenAsync(CancellationToken cancellationToken)
    {
        Shut();
        var sentAt = time.GetUtcNow();
        using var timeout = new CancellationTokenSource(answerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var way = line.Way;
            _welcome = await hello.SayAsync(line, either.Token);
            _saidWay = way;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new CarrierException($"No answer to Hello within {answerTimeout.TotalSeconds:0.#} s.");
        }

        _brokerHeardAt = time.GetTimestamp();
        Volatile.Write(ref _heardAt, _brokerHeardAt);
        book.Lease.Renew(sentAt, LeaseLength);
        offline?.SessionOpened();
        _isOpen = true;
        book.Resume(_welcome);
        return _welcome;
    }

    /// <summary>Serves until the Broker asks to move, which is the normal end.</summary>
    /// <exception cref="RefusedException">The Broker closed the session.</exception>
    /// <exception cref="CarrierException">The connection was lost.</exception>
    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = WriteAsync(ending.Token);
        try
        {
            while (await inbox.WaitAsync(cancellationToken))
            {
                while (inbox.TryTake(out var inbound))
                {
                    await ReceiveAsync(inbound, cancellationToken);
                    if (_isMoved)
                    {
                        return;
                    }
                }
            }
        }
        finally
        {
            Shut();
            await (_move?.DisposeAsync() ?? ValueTask.CompletedTask);
#pragma warning disable VSTHRD103, CA1849 // All that it cancels is the wait of the writer, which goes on elsewhere.
            ending.Cancel();
#pragma warning restore VSTHRD103, CA1849
            await writing;
        }
    }

    public void SendHeartbeat()
    {
        AskAfterSilence();

        // One heartbeat on its way is enough: a second one would only queue behind it.
        if (_isOpen && Interlocked.Exchange(ref _beating, 1) == 0)
        {
            _ = BeatAsync();
        }
    }

    public Task SayByeAsync(string reason, CancellationToken cancellationToken) =>
        _isOpen ? line.SendAsync(new Bye(reason), cancellationToken) : Task.CompletedTask;

    private async Task ReceiveAsync(Inbound inbound, CancellationToken cancellationToken)
    {
        if (inbound.Turn is { } turn)
        {
            turn();
            return;
        }

        // What was forged on the way must not count as a sign of the Broker's life.
        var body = line.Open(inbound.Kind, inbound.Body);
        Volatile.Write(ref _heardAt, time.GetTimestamp());
        if (inbound.Kind is not (MessageKind.Hold or MessageKind.Greet or MessageKind.Drain))
        {
            _brokerHeardAt = _heardAt; // The other kinds come from a Bridge, or from the agent itself.
        }

        await HearAsync(inbound.Kind, body, cancellationToken);
    }

    private async Task HearAsync(MessageKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (offline is null && kind is (MessageKind.Keep or MessageKind.Taken))
        {
            return; // Only an agent with an offline folder has a use for these, so this one does not read them.
        }

        switch (MessageKinds.IsPushedToHandler(kind) ? Read(kind, body) : null)
        {
            case Assign assign:
                Each(assign.Attempts, Assign);
                break;
            case Cancel cancel:
                Each(cancel.Attempts, book.Cancel);
                break;
            case Ack ack:
                Each(ack.Attempts, book.Acknowledge);
                break;
            case Probe probe:
                book.Pong(probe.Nonce);
                break;
            case Drain drain:
                MoveLater(drain);
                break;
            case Hold hold:
                logger.Holding(hold.Reason);
                Shut();
                break;
            case Greet greet:
                logger.Greeted(greet.Reason);
                await OpenAsync(cancellationToken);
                break;
            case Keep keep:
                offline!.ReceiveCopies(keep);
                break;
            case Taken taken:
                offline!.ReceiveAnswer(taken);
                break;
            case Close close:
                throw Refusals.Of(close);
            default:
                logger.UnknownMessage(kind);
                break;
        }
    }

    private void Assign(AssignedAttempt assigned)
    {
        if (offline?.TrySettle(assigned) is not true)
        {
            book.Assign(assigned);
        }
    }

    private void Shut()
    {
        _isOpen = false;
        offline?.SessionClosed(time.GetElapsedTime(_brokerHeardAt));
    }

    // Sends whatever waits, and never waits for more. This is the only writer of reports.
    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await book.ReportsWaiting.WaitAsync(cancellationToken);
                while (_isOpen && await TrySendAsync(cancellationToken))
                {
                    // The signal was set, so more events may wait.
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The session ended.
        }
        catch (CarrierException e)
        {
            inbox.Lost(e.Message);
        }
    }

    private async Task<bool> TrySendAsync(CancellationToken cancellationToken)
    {
        if (book.TakeReport() is { } events)
        {
            await SendReportAsync(events, cancellationToken);
            return true;
        }

        if (offline?.TakeReport() is { } ran)
        {
            await line.SendAsync(ran, cancellationToken);
            return true;
        }

        return false;
    }

    private async Task SendReportAsync(List<ReportEvent> events, CancellationToken cancellationToken)
    {
        var sent = false;
        try
        {
            await line.SendAsync(new Report(events), cancellationToken);
            sent = true;
        }
        finally
        {
            if (!sent)
            {
                book.PutBack(events);
            }
        }
    }

    private async Task BeatAsync()
    {
        try
        {
            var sentAt = time.GetUtcNow();
            var way = line.Way;
            var heartbeat = new Heartbeat(book.Capacity, book.ListHeldIds())
            {
                // The Hello said the way, and a measurement may have changed it since.
                Way = way == _saidWay ? null : way,
            };
            await line.SendAsync(heartbeat, CancellationToken.None);
            _saidWay = way;
            book.Lease.Renew(sentAt, LeaseLength);
        }
        catch (CarrierException e)
        {
            inbox.Lost(e.Message);
        }
        finally
        {
            Volatile.Write(ref _beating, 0);
        }
    }

    // After half a lease of silence the session asks. The other half is left for reconnecting if nobody answers.
    private void AskAfterSilence()
    {
        if (line.SilenceNeedsHello && _isOpen && time.GetElapsedTime(Volatile.Read(ref _heardAt)) > LeaseLength / 2)
        {
            Volatile.Write(ref _heardAt, time.GetTimestamp());
            inbox.Post(new Greet("The Broker was silent for half a lease."));
        }
    }

    private void MoveLater(Drain drain)
    {
        logger.Moving(drain.Reason, drain.ReconnectAfterSeconds);
        _move ??= time.CreateTimer(
            _ => inbox.TryPost(() => _isMoved = true),
            null,
            TimeSpan.FromSeconds(Math.Clamp(drain.ReconnectAfterSeconds, 0, 3600)),
            Timeout.InfiniteTimeSpan
        );
    }

    private static void Each<T>(IReadOnlyList<T> entries, Action<T> apply)
    {
        foreach (var entry in entries)
        {
            apply(entry);
        }
    }

    // After a message that cannot be read, a new session starts from what both sides know.
    private static IMessage Read(MessageKind kind, ReadOnlyMemory<byte> body) =>
        ProtocolJson.TryRead(kind, body.Span, out var message, out var problem)
            ? message
            : throw new CarrierException(problem!);
}
