using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Connection.SignalR;

/// <summary>The protocol's messages as hub methods of the same names, each with its JSON body as the one argument.</summary>
internal sealed class SignalRConnection : IConnection
{
    private const string HubErrorMark = "HubException: ";

    private static readonly MessageKind[] Heard =
    [
        MessageKind.Assign, MessageKind.Cancel, MessageKind.Ack, MessageKind.Probe,
        MessageKind.Drain, MessageKind.Close, MessageKind.Hold, MessageKind.Greet,
    ];

    private readonly HubConnection _hub;
    private readonly string? _secret;

    /// <param name="hub">Not started yet, so that nothing is missed.</param>
    /// <param name="secret">Kept out of messages.</param>
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

    public async Task<Welcome> HelloAsync(Hello hello, CancellationToken cancellationToken)
    {
        RawJson answer;
        try
        {
            answer = await _hub.InvokeAsync<RawJson>(nameof(MessageKind.Hello), new RawJson(ProtocolJson.Write(hello)), cancellationToken);
        }
        catch (HubException e)
        {
            throw Refusal(e);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CarrierException(Redaction.Clean(e, _secret));
        }

        return ProtocolJson.TryRead<Welcome>(answer.Utf8.Span, out var welcome, out var problem) ? welcome : throw new CarrierException(problem!);
    }

    public async Task SendAsync(MessageKind kind, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            await _hub.SendAsync(kind.ToString(), new RawJson(body), cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CarrierException(Redaction.Clean(e, _secret));
        }
    }

    public async ValueTask DisposeAsync() => await _hub.DisposeAsync();

    // SignalR puts a sentence of its own before what the hub said.
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
