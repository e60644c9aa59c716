using System.Threading.Channels;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection;

namespace ScheduleZero.Agent.Tests.Fakes;

internal sealed class FakeConnection(Uri address, Inbox inbox, bool silenceNeedsHello) : IConnection
{
    private readonly Channel<Hello> _hellos = Channel.CreateUnbounded<Hello>();
    private readonly Channel<object> _challenges = Channel.CreateUnbounded<object>();
    private readonly Channel<object> _answers = Channel.CreateUnbounded<object>();
    private readonly Channel<ReportEvent> _events = Channel.CreateUnbounded<ReportEvent>();
    private readonly Channel<Heartbeat> _heartbeats = Channel.CreateUnbounded<Heartbeat>();
    private readonly Channel<Ran> _rans = Channel.CreateUnbounded<Ran>();
    private readonly TaskCompletionSource<Bye> _bye = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Uri Address => address;

    public bool SilenceNeedsHello => silenceNeedsHello;

    /// <summary>The reports that were sent, whole.</summary>
    public List<Report> Reports { get; } = [];

    /// <summary>Makes sending fail as a broken connection does.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Holds every report back until it is completed.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public async Task<Welcome> HelloAsync(Hello hello, CancellationToken cancellationToken)
    {
        _hellos.Writer.TryWrite(hello);
        return await _answers.Reader.ReadAsync(cancellationToken) switch
        {
            Welcome welcome => welcome,
            Refused refused => throw Refusals.Of(refused),
            var other => throw new CarrierException($"{other}"),
        };
    }

    public bool HasHello => _hellos.Reader.Count > 0;

    /// <summary>The answer to the next Challenge.</summary>
    public void Challenged(object answer) => _challenges.Writer.TryWrite(answer);

    public async Task<TAnswer> AskAsync<TAnswer>(
        IHandlerQuestion<TAnswer> question,
        CancellationToken cancellationToken
    )
        where TAnswer : class, IMessage<TAnswer>, IBrokerMessage =>
        await _challenges.Reader.ReadAsync(cancellationToken) switch
        {
            TAnswer said => said,
            Refused refused => throw Refusals.Of(refused),
            var other => throw new CarrierException($"{other}"),
        };

    public async Task SendAsync(IHandlerMessage message, CancellationToken cancellationToken)
    {
        if (IsBroken)
        {
            throw new CarrierException("broken");
        }

        // The message passes through its JSON, as on its way to a Broker.
        Assert.That(
            ProtocolJson.TryRead(message.Kind, ProtocolJson.Write(message), out var heard, out var problem),
            Is.True,
            problem
        );
        switch (heard)
        {
            case Report report:
                await (Gate?.Task ?? Task.CompletedTask).WaitAsync(cancellationToken);
                Reports.Add(report);
                report.Events.ToList().ForEach(e => _events.Writer.TryWrite(e));
                break;
            case Heartbeat heartbeat:
                _heartbeats.Writer.TryWrite(heartbeat);
                break;
            case Ran ran:
                _rans.Writer.TryWrite(ran);
                break;
            case Bye bye:
                _bye.TrySetResult(bye);
                break;
            default:
                throw new InvalidOperationException($"A handler does not send {message.Kind}.");
        }
    }

    public Task<ReadOnlyMemory<byte>> AskSealedAsync(
        MessageKind question,
        MessageKind answer,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException("This connection carries what can be read.");

    public Task SendSealedAsync(MessageKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        throw new NotSupportedException("This connection carries what can be read.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public void Answer(object answer) => _answers.Writer.TryWrite(answer);

    public void Say(IMessage message) => inbox.Post(message);

    public void Say(MessageKind kind, byte[] body) => inbox.Post(kind, body);

    public void Assign(params AssignedAttempt[] attempts) => Say(new Assign(attempts));

    public void Acknowledge(AssignedAttempt attempt) =>
        Say(new Ack([new AcknowledgedAttempt(attempt.AttemptId, "accepted")]));

    /// <summary>Ends when the agent has heard every message before.</summary>
    public Task HeardAsync()
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.That(inbox.TryPost(heard.SetResult), Is.True);
        return heard.Task.WaitAsync(FakeBroker.Patience);
    }

    public void Cut() => inbox.Lost("cut");

    public Task<Hello> NextHelloAsync() => Next(_hellos);

    public Task<Heartbeat> NextHeartbeatAsync() => Next(_heartbeats);

    public Task<Ran> NextRanAsync() => Next(_rans);

    public Task<Bye> ByeAsync() => _bye.Task.WaitAsync(FakeBroker.Patience);

    public Task<ReportEvent> NextEventAsync() => Next(_events);

    /// <summary>Waits for the next event of a type; other events before it are ignored.</summary>
    public async Task<ReportEvent> NextAsync(string type)
    {
        while (true)
        {
            var e = await NextEventAsync();
            if (e.Type == type)
            {
                return e;
            }
        }
    }

    /// <summary>
    /// Waits for the answer to a probe, and returns the events before it. An event that was not sent by then never is.
    /// </summary>
    public async Task<List<ReportEvent>> EventsUntilPongAsync()
    {
        Say(new Probe("until"));
        var events = new List<ReportEvent>();
        while (true)
        {
            var e = await NextEventAsync();
            if (e is { Type: ReportEventTypes.Pong, Nonce: "until" })
            {
                return events;
            }

            events.Add(e);
        }
    }

    private static Task<T> Next<T>(Channel<T> channel) =>
        channel.Reader.ReadAsync().AsTask().WaitAsync(FakeBroker.Patience);
}
