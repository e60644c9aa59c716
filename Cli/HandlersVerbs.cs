using System.CommandLine;
using System.Globalization;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero handlers …</c>.</summary>
internal static class HandlersVerbs
{
    private static readonly IReadOnlyList<Column<HandlerView>> Columns =
    [
        new("NAME", handler => handler.Name),
        new("STATE", State),
        new("SESSIONS", handler => $"{handler.Sessions.Count}", Fit.Lesser),
        new("RUNNING", handler => $"{handler.Sessions.Sum(session => session.Running)}"),
        new("CAPACITY", handler => $"{handler.Sessions.Sum(session => session.Capacity)}", Fit.Lesser),
        new("GROUPS", handler => PlainText.List(handler.Groups), Fit.Prose),
        new("METHODS", handler => PlainText.List(handler.Methods), Fit.Prose),
        new("LAST SEEN", handler => PlainText.Instant(handler.LastSeenAt), Fit.Lesser),
    ];

    private static readonly IReadOnlyList<Column<MethodView>> MethodColumns =
    [
        new("METHOD", method => method.Name),
        new("HANDLERS", method => PlainText.List(method.Handlers), Fit.Prose),
        new("DESCRIPTION", method => method.Description, Fit.Prose),
    ];

    private static readonly IReadOnlyList<Column<SessionView>> SessionColumns =
    [
        new("SESSION", session => session.SessionId),
        new("STATE", session => session.State),
        new("INSTANCE", session => session.Instance, Fit.Lesser),
        new("RUNNING", session => $"{session.Running}"),
        new("CAPACITY", session => $"{session.Capacity}", Fit.Lesser),
        new("SEALED", session => session.Sealed ? "yes" : "no", Fit.Lesser),
        new("BRIDGE", session => session.Bridge, Fit.Lesser),
        new("ADDRESS", session => session.RemoteAddress, Fit.Lesser),
        new("TRANSPORT", session => session.Transport),
        new("PROXY", session => session.Proxy ?? session.Via, Fit.Lesser),
        new("ROUND TRIP", session => Unit(session.RoundTripMs, "ms")),
        new("KEEP-ALIVE", session => Unit(session.KeepAliveSeconds, "s")),
        new("SILENCE", session => Unit(session.SilenceSeconds, "s"), Fit.Lesser),
        new("AGENT", session => session.Agent, Fit.Lesser),
        new("KEY", session => session.KeyId, Fit.Lesser),
        new("CONNECTED AT", session => PlainText.Instant(session.ConnectedAt), Fit.Lesser),
        new("LAST HEARD", session => PlainText.Instant(session.LastSeenAt), Fit.Lesser),
    ];

    private static readonly IReadOnlyList<Column<HandlerConnectionView>> ConnectionColumns =
    [
        new("CONNECTED AT", connection => PlainText.Instant(connection.ConnectedAt)),
        new("ENDED AT", connection => PlainText.Instant(connection.EndedAt)),
        new("REASON", connection => connection.Reason, Fit.Prose),
        new("BRIDGE", connection => connection.Bridge, Fit.Lesser),
        new("ADDRESS", connection => connection.RemoteAddress),
        new("TRANSPORT", connection => connection.Transport, Fit.Lesser),
        new("INSTANCE", connection => connection.Instance, Fit.Lesser),
        new("KEY", connection => connection.KeyId, Fit.Lesser),
    ];

    public static Command Create(Shell shell) =>
        new Verb("handlers", "See who runs jobs, and act on them")
        {
            List(shell),
            Get(shell),
            Connections(shell),
            Methods(shell),
            Act(
                shell,
                "drain",
                "Give a handler no new work; what it runs goes on",
                (handlers, name, token) => handlers.DrainAsync(name, token)
            ),
            Act(shell, "resume", "End a drain", (handlers, name, token) => handlers.ResumeAsync(name, token)),
            Act(
                shell,
                "disconnect",
                "Close a handler's connections; a sound one comes back",
                (handlers, name, token) => handlers.DisconnectAsync(name, token)
            ),
            Delete(shell),
        };

    private static string? Unit(double? value, string unit) =>
        value is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number:0.#} {unit}") : null;

    private static string State(HandlerView handler) =>
        handler.Drained ? "drained"
        : handler.Online ? "online"
        : "offline";

    private static Argument<string> NameArgument() => new("NAME") { Description = "The handler's name" };

    private static Verb List(Shell shell)
    {
        var text = Values.Text("--text", "Only those that have this text anywhere", "TEXT");
        var method = Values.Text("--method", "Only those that offer this method", "NAME");
        var group = Values.Text("--group", "Only those in this group", "NAME");
        var label = Values.Text("--label", "Only those with this label, such as rack or rack=b12", "LABEL");
        var agent = Values.Text("--agent", "Only those whose software or version has this text", "TEXT");
        var bridge = Values.Text("--bridge", "Only those connected through this Bridge", "NAME");
        var online = new Option<bool?>("--online") { Description = "Only those that are connected; false for others" };
        var drained = new Option<bool?>("--drained") { Description = "Only those that are drained; false for others" };
        var verb = new Verb(
            "list",
            "List handlers",
            "schedulezero handlers list",
            "schedulezero handlers list --label rack=b12 --online false"
        )
        {
            text,
            method,
            group,
            label,
            agent,
            bridge,
            online,
            drained,
        };
        return CommonVerbs.List(
            shell,
            verb,
            (call, page, token) =>
                call.Client.Handlers.ListAsync(
                    new HandlerFilter
                    {
                        Text = call.Value(text),
                        Method = call.Value(method),
                        Group = call.Value(group),
                        Label = call.Value(label),
                        Agent = call.Value(agent),
                        Bridge = call.Value(bridge),
                        Online = call.Value(online),
                        Drained = call.Value(drained),
                    },
                    page.Limit,
                    page.Cursor,
                    token
                ),
            RestJson.Default.PageHandlerView,
            Columns
        );
    }

    private static Verb Delete(Shell shell) =>
        CommonVerbs.Delete(
            shell,
            new Verb(
                "delete",
                "Delete what is known of a handler that is not connected; its keys stay valid",
                "schedulezero handlers delete office-7"
            ),
            NameArgument(),
            (call, name, token) => call.Client.Handlers.DeleteAsync(name, token),
            name => $"Deleted handler {name}"
        );

    private static Verb Connections(Shell shell)
    {
        var name = NameArgument();
        return CommonVerbs.List(
            shell,
            new Verb(
                "connections",
                "List a handler's connections, and why each ended",
                "schedulezero handlers connections office-7"
            )
            {
                name,
            },
            (call, page, token) =>
                call.Client.Handlers.ConnectionsAsync(call.Value(name), page.Limit, page.Cursor, token),
            RestJson.Default.PageHandlerConnectionView,
            ConnectionColumns
        );
    }

    private static Verb Methods(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb("methods", "List the methods that can run now", "schedulezero handlers methods"),
            (call, page, token) => call.Client.Handlers.MethodsAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageMethodView,
            MethodColumns
        );

    private static Verb Get(Shell shell)
    {
        var verb = new Verb(
            "get",
            "Show one handler and its sessions, with transport, proxy, round trip and keep-alive",
            "schedulezero handlers get office-7"
        );
        verb.Aliases.Add("show");
        return CommonVerbs.Act(
            shell,
            verb,
            NameArgument(),
            (call, name, token) => call.Client.Handlers.GetAsync(name, token),
            Print
        );
    }

    private static Verb Act(
        Shell shell,
        string word,
        string description,
        Func<HandlersClient, string, CancellationToken, Task> act
    ) =>
        CommonVerbs.Act(
            shell,
            new Verb(word, description, $"schedulezero handlers {word} office-7"),
            NameArgument(),
            async (call, name, token) =>
            {
                await act(call.Client.Handlers, name, token);
                return await call.Client.Handlers.GetAsync(name, token);
            },
            Print
        );

    private static void Print(Call call, HandlerView handler) =>
        call.Printer.Answer(
            handler,
            RestJson.Default.HandlerView,
            shown =>
            {
                call.Printer.Details(Details(shown));
                if (shown.Sessions.Count > 0)
                {
                    call.Printer.Line("");
                    call.Printer.Table(SessionColumns, shown.Sessions);
                }
            }
        );

    private static IEnumerable<(string Name, string? Value)> Details(HandlerView handler) =>
        [
            ("name", handler.Name),
            ("state", State(handler)),
            ("methods", PlainText.List(handler.Methods)),
            ("groups", PlainText.List(handler.Groups)),
            ("last seen", PlainText.Instant(handler.LastSeenAt)),
        ];
}
