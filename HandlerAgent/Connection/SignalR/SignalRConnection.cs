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
    private readonly string? _secret;

    /// <summary>Wraps a connection of SignalR.</summary>
    /// <param name="hub">The connection of SignalR, not started yet, so that no message is missed.</param>
    /// <param name="secret">A secret that must not appear in exceptions; null for none.</param>
    public SignalRConnection(HubConnection hub, Inbox inbox, string? secret)
    {
        _hub = hub;
        _secret = secret;
        foreach (var kind in Heard)
        {
            hub.On<RawJson>(kind.ToString(), body => inbox.Post(kind, body.Utf8));
        }

        hub.Closed += e =>
        {
            inbox.Lost(e is null ? "The Bridge closed the connection." : Redaction.Clean(e, secret));
            return Task.CompletedTask;
        };
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
        var body = new RawJson(ProtocolJson.Write(question));
        RawJson said;
        try
        {
            said = await _hub.InvokeAsync<RawJson>(question.Kind.ToString(), body, cancellationToken);
        }
        catch (HubException e)
        {
            throw Refusal(e);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CarrierException(Redaction.Clean(e, _secret));
        }

        return ProtocolJson.TryRead<TAnswer>(said.Utf8.Span, out var read, out var problem)
            ? read
            : throw new CarrierException(problem!);
    }

    public async Task SendAsync(IHandlerMessage message, CancellationToken cancellationToken)
    {
        var body = new RawJson(ProtocolJson.Write(message));
        try
        {
            await _hub.SendAsync(message.Kind.ToString(), body, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CarrierException(Redaction.Clean(e, _secret));
        }
    }

    public async ValueTask DisposeAsync() => await _hub.DisposeAsync();

    // SignalR puts a sentence of its own before the words of the hub.
    private Exception Refusal(HubException exception)
    {
        var said = exception.Message;
        var mark = said.IndexOf(HubErrorMark, StringComparison.Ordinal);
        said = mark < 0 ? said : said[(mark + HubErrorMark.Length)..];
        var colon = said.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && said.AsSpan(0, colon).IndexOfAnyExceptInRange('_', 'z') < 0
            ? Refusals.Of(new Refused(said[..colon], said[(colon + 2)..]))
            : new CarrierException(Redaction.Clean(exception, _secret));
    }
}
