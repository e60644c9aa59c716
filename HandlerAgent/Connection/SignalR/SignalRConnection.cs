using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Connection.SignalR;

/// <summary>
/// The protocol's messages as hub methods of the same names, each with its JSON body as the one argument.
/// </summary>
internal sealed class SignalRConnection : IConnection
{
    private const string HubErrorMark = "HubException: ";

    private static readonly MessageKind[] Heard =
    [
        .. Enum.GetValues<MessageKind>().Where(MessageKinds.IsPushedToHandler),
    ];

    private readonly HubConnection _hub;
    private readonly IReadOnlyList<string>? _secrets;

    /// <summary>Wraps a connection of SignalR.</summary>
    /// <param name="hub">The connection of SignalR, not started yet, so that no message is missed.</param>
    /// <param name="secrets">Texts that must not appear in exceptions; null for none.</param>
    public SignalRConnection(HubConnection hub, Inbox inbox, IReadOnlyList<string>? secrets)
    {
        _hub = hub;
        _secrets = secrets;
        foreach (var kind in Heard)
        {
            hub.On<RawJson>(kind.ToString(), body => inbox.Post(kind, body.Utf8));
        }

        hub.Closed += e =>
        {
            inbox.Lost(e is null ? "The Bridge closed the connection." : Redaction.Clean(e, secrets));
            if (e is not null)
            {
                Watch?.Lost();
            }

            return Task.CompletedTask;
        };
    }

    /// <summary>The transport of SignalR that carries the connection.</summary>
    public required HttpTransportType Transport { get; init; }

    /// <summary>Watches the way of the connection, and is disposed with it; null for a connection that only tries.
    /// </summary>
    public WayWatch? Watch { get; set; }

    /// <inheritdoc/>
    public HelloWay? Way => Watch?.Way;

    /// <summary>The interval of pings to the Bridge. May be changed at any time.</summary>
    public TimeSpan KeepAlive
    {
        get => _hub.KeepAliveInterval;
        set => _hub.KeepAliveInterval = value;
    }

    /// <summary>SignalR pings the Bridge, and the Bridge watches the Broker.</summary>
    public bool SilenceNeedsHello => false;

    public Task<Welcome> HelloAsync(Hello hello, CancellationToken cancellationToken) =>
        AskAsync(hello, cancellationToken);

    public async Task<TAnswer> AskAsync<TAnswer>(
        IHandlerQuestion<TAnswer> question,
        CancellationToken cancellationToken
    )
        where TAnswer : class, IMessage<TAnswer>, IBrokerMessage
    {
        var said = await AskSealedAsync(
            question.Kind,
            TAnswer.MessageKind,
            ProtocolJson.Write(question),
            cancellationToken
        );
        return ProtocolJson.TryRead<TAnswer>(said.Span, out var read, out var problem)
            ? read
            : throw new CarrierException(problem!);
    }

    public async Task<ReadOnlyMemory<byte>> AskSealedAsync(
        MessageKind question,
        MessageKind answer,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return (await _hub.InvokeAsync<RawJson>(question.ToString(), new RawJson(body), cancellationToken)).Utf8;
        }
        catch (HubException e)
        {
            throw Refusal(e);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CarrierException(Redaction.Clean(e, _secrets));
        }
    }

    public Task SendAsync(IHandlerMessage message, CancellationToken cancellationToken) =>
        SendSealedAsync(message.Kind, ProtocolJson.Write(message), cancellationToken);

    public async Task SendSealedAsync(MessageKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        try
        {
            await _hub.SendAsync(kind.ToString(), new RawJson(body), cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CarrierException(Redaction.Clean(e, _secrets));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (Watch?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _hub.DisposeAsync();
    }

    // SignalR puts a sentence of its own before the words of the hub.
    private Exception Refusal(HubException exception)
    {
        var said = exception.Message;
        var mark = said.IndexOf(HubErrorMark, StringComparison.Ordinal);
        said = mark < 0 ? said : said[(mark + HubErrorMark.Length)..];
        var colon = said.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && said.AsSpan(0, colon).IndexOfAnyExceptInRange('_', 'z') < 0
            ? Refusals.Of(new Refused(said[..colon], said[(colon + 2)..]))
            : new CarrierException(Redaction.Clean(exception, _secrets));
    }
}
