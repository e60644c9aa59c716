using System.CommandLine;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Alerts;

/// <summary><c>schedulezero alerts channels …</c>.</summary>
internal static class AlertChannelsVerbs
{
    public static Command Create(Shell shell) =>
        new Verb("channels", "Where notices of alerts go")
        {
            List(shell),
            Get(shell),
            Set(shell),
            Delete(shell),
            Test(shell),
        };

    private static Argument<string> NameArgument() => new("NAME") { Description = "The channel's name" };

    private static Verb List(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb("list", "List channels, and what was wrong with them last", "schedulezero alerts channels list"),
            (call, page, token) => call.Client.Alerts.ListChannelsAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageAlertChannelView,
            AlertText.ChannelColumns
        );

    private static Verb Get(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb("get", "Show one channel, without its secrets", "schedulezero alerts channels get ops"),
            NameArgument(),
            (call, name, token) => call.Client.Alerts.GetChannelAsync(name, token),
            AlertText.Print
        );

    private static Verb Set(Shell shell)
    {
        var (name, options) = (NameArgument(), new AlertChannelOptions());
        var verb = new Verb(
            "set",
            "Make a channel or replace it; a URL and a secret that are not given stay",
            "schedulezero alerts channels set ops --kind slack --url-file slack-url.txt",
            "schedulezero alerts channels set mails --kind mail --to ana@example.org --to ops@example.org",
            "schedulezero alerts channels set pager --kind webhook --url https://pager.example.org/schedulezero",
            "pass show teams-url | schedulezero alerts channels set teams --kind teams --url-file -"
        )
        {
            name,
        };
        options.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            async (call, token) =>
                await call.Client.Alerts.PutChannelAsync(
                    call.Value(name),
                    await options.ReadAsync(call, token),
                    call.Value(options.IfVersion),
                    token
                ),
            AlertText.Print
        );
    }

    private static Verb Delete(Shell shell) =>
        CommonVerbs.Delete(
            shell,
            new Verb("delete", "Delete a channel that no rule names", "schedulezero alerts channels delete ops"),
            NameArgument(),
            (call, name, token) => call.Client.Alerts.DeleteChannelAsync(name, ifVersion: null, token),
            name => $"Deleted channel {name}"
        );

    private static Verb Test(Shell shell)
    {
        var name = NameArgument();
        var verb = new Verb(
            "test",
            "Send a test notice to a channel, and say whether the channel took it",
            "schedulezero alerts channels test ops"
        )
        {
            name,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var outcome = await call.Client.Alerts.TestChannelAsync(call.Value(name), cancellationToken);
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(outcome, RestJson.Default.AlertChannelTest);
                }

                call.Printer.Note(
                    outcome.Sent
                        ? $"Channel {call.Value(name)} took the test"
                        : $"error: Channel {call.Value(name)} did not take the test: {outcome.Problem}"
                );
                return outcome.Sent ? ExitCodes.Ok : ExitCodes.Failed;
            }
        );
        return verb;
    }
}
