using System.Collections.Frozen;
using Microsoft.AspNetCore.SignalR;
using ScheduleZero.Bridge.Connections;
using ScheduleZero.Bridge.Link;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Hub;

/// <summary>
/// The hub that handlers connect to. Bodies pass through unread. One call of a connection runs at a time, so the order
/// in which a handler speaks is the order in which the Broker hears it.
/// </summary>
internal sealed class HandlerHub(
    HandlerConnections connections,
    BrokerLinks links,
    ConnectionLimits limits,
    StrangerLines lines,
    BridgeSettings settings,
    ILogger<HandlerHub> log
) : Microsoft.AspNetCore.SignalR.Hub
{
    /// <summary>The names of the methods that a handler may call: one for each message that a handler sends.</summary>
    public static FrozenSet<string> Methods { get; } =
        Enum.GetValues<MessageKind>()
            .Where(static kind => MessageKinds.RouteOf(kind) == MessageRoute.HandlerToBroker)
            .Select(static kind => kind.ToString())
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The code in metrics of a refusal whose own code only the handler can read.</summary>
    private const string SealedCode = "sealed";

    private HandlerConnection? Connection => Context.Features.Get<HandlerConnection>();

    public override async Task OnConnectedAsync()
    {
        var http = Context.GetHttpContext();
        if (http is null)
        {
            Context.Abort();
            return;
        }

        var connection = new HandlerConnection(
            connections.NextNumber(),
            KeyGate.KeyOf(http),
            KeyGate.CertificateNamesOf(http),
            Context,
            http,
            Clients.Caller,
            settings,
            lines,
            log
        );
        if (!connections.TryAdd(connection))
        {
            // The gate let the connection through just before the last place was occupied.
            connection.Close(ErrorCodes.Unavailable, "This Bridge is full.");
            return;
        }

        Context.Features.Set(connection);
        connection.LogOpened();
        await links.OpenAsync(connection, Context.ConnectionAborted);
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        if (Connection is { } connection)
        {
            var reason = exception?.Message ?? "The connection ended.";
            connections.Remove(connection);
            links.Close(connection, reason);
            connection.LogEnded(reason);
        }

        return Task.CompletedTask;
    }

    public Task<RawJson> Hello(RawJson body) => AskAsync(MessageKind.Hello, body);

    public Task<RawJson> Challenge(RawJson body) => AskAsync(MessageKind.Challenge, body);

    public Task<RawJson> Enrol(RawJson body) => AskAsync(MessageKind.Enrol, body);

    public Task<RawJson> Rotate(RawJson body) => AskAsync(MessageKind.Rotate, body);

    public Task Heartbeat(RawJson body) => ForwardAsync(MessageKind.Heartbeat, body);

    public Task Report(RawJson body) => ForwardAsync(MessageKind.Report, body);

    public Task Ran(RawJson body) => ForwardAsync(MessageKind.Ran, body);

    public Task Bye(RawJson body) => ForwardAsync(MessageKind.Bye, body);

    private async Task<RawJson> AskAsync(MessageKind kind, RawJson body)
    {
        var connection = Admit(body, needsHello: false);
        if (!connection.IsWelcome && limits.KeptOut(connection.Network) is not null)
        {
            throw Refuse(
                connection,
                ErrorCodes.RateLimited,
                "Too many Hellos from this address were refused: try again in a minute."
            );
        }

        var answering = connection.AwaitAnswer(kind);
        var term = await links.TrySendAsync(connection, kind, body.Utf8, Context.ConnectionAborted);
        if (term is null || term != links.Current)
        {
            // Reached also when the link was lost after the message was queued: then nobody will answer the message.
            connection.FailAnswer("The Broker is out of reach of this Bridge.");
        }

        var answer = await WaitAsync(answering, connection, kind);
        if (answer.Refused is { } refused)
        {
            limits.HelloRefused(connection.Network, refused.Code);
            // A refusal of the Bridge itself, that no Broker is in reach, ends nothing: a Greet will follow, or the
            // deadline.
            throw answer.IsOfBroker
                ? Refuse(connection, refused.Code, refused.Detail)
                : Refusal(refused.Code, refused.Detail);
        }

        if (answer.IsSealedRefusal)
        {
            // The Broker leaves refusals open after which the handler is to try again, so this one counts.
            limits.HelloRefused(connection.Network, SealedCode);
            connection.CloseAfterAnswer(ErrorCodes.Unavailable, "The Broker refused, and sealed its reason.");
        }

        return answer.Body;
    }

    private async Task<HelloAnswer> WaitAsync(
        Task<HelloAnswer> answering,
        HandlerConnection connection,
        MessageKind kind
    )
    {
        try
        {
            return await answering.WaitAsync(settings.Limits.WelcomeDeadline, settings.Time, Context.ConnectionAborted);
        }
        catch (TimeoutException)
        {
            // An answer that still comes must not count as that to a later call: the next call needs a new connection.
            throw Refuse(connection, ErrorCodes.Unavailable, $"The Broker did not answer {kind} in time.");
        }
    }

    private async Task ForwardAsync(MessageKind kind, RawJson body)
    {
        var connection = Admit(body, needsHello: true);
        if (await links.TrySendAsync(connection, kind, body.Utf8, Context.ConnectionAborted) is null)
        {
            throw Refusal(
                ErrorCodes.Unavailable,
                "The Broker is out of reach of this Bridge: hold what you would report."
            );
        }
    }

    private HandlerConnection Admit(RawJson body, bool needsHello)
    {
        if (Connection is not { } connection || !connection.Admits())
        {
            throw Refusal(ErrorCodes.Unavailable, "This connection is closing.");
        }

        var problem =
            body.IsEmpty ? "A message needs a body."
            : needsHello && (connection.IsUnproved || !connection.SaidHello) ? "Hello comes first."
            : null;
        if (problem is not null)
        {
            connection.Strike(problem);
            throw Refusal(ErrorCodes.Invalid, problem);
        }

        return connection;
    }

    /// <summary>
    /// Refuses a call and ends the connection: whoever is refused tries again with a new connection, which is counted.
    /// </summary>
    private static HubException Refuse(HandlerConnection connection, string code, string detail)
    {
        connection.CloseAfterAnswer(code, detail);
        return Refusal(code, detail);
    }

    private static HubException Refusal(string code, string detail) => new($"{code}: {detail}");
}
