using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Alerts;

/// <summary><c>schedulezero alerts rules …</c>.</summary>
internal static class AlertRulesVerbs
{
    public static Command Create(Shell shell) =>
        new Verb("rules", "What is watched, and which channels are told")
        {
            List(shell),
            Get(shell),
            Set(shell),
            Delete(shell),
            Mute(shell),
            Unmute(shell),
        };

    private static Argument<string> NameArgument() => new("NAME") { Description = "The rule's name" };

    private static Verb List(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb("list", "List rules with the number of their open alerts", "schedulezero alerts rules list"),
            (call, page, token) => call.Client.Alerts.ListRulesAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageAlertRuleView,
            AlertText.RuleColumns
        );

    private static Verb Get(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb("get", "Show one rule", "schedulezero alerts rules get failures"),
            NameArgument(),
            (call, name, token) => call.Client.Alerts.GetRuleAsync(name, token),
            AlertText.Print
        );

    private static Verb Set(Shell shell)
    {
        var (name, options) = (NameArgument(), new AlertRuleOptions());
        var verb = new Verb(
            "set",
            "Make a rule or replace it whole; what is not given takes its default",
            "schedulezero alerts rules set failures --when jobFailed --channel ops",
            "schedulezero alerts rules set reports --when jobFailed --only 'reports.*' --channel ops --channel mails "
                + "--wait 2m --repeat 1d",
            "schedulezero alerts rules set backup --when nothingSucceeded --only db.backup --after 26h --channel ops",
            "schedulezero alerts rules set offices --when handlerSilent --only 'office-*' --after 15m --channel ops "
                + "--together"
        )
        {
            name,
        };
        options.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) =>
                call.Client.Alerts.PutRuleAsync(
                    call.Value(name),
                    options.Read(call),
                    call.Value(options.IfVersion),
                    token
                ),
            AlertText.Print
        );
    }

    private static Verb Delete(Shell shell) =>
        CommonVerbs.Delete(
            shell,
            new Verb(
                "delete",
                "Delete a rule with its open alerts; nobody is told",
                "schedulezero alerts rules delete failures"
            ),
            NameArgument(),
            (call, name, token) => call.Client.Alerts.DeleteRuleAsync(name, ifVersion: null, token),
            name => $"Deleted rule {name}"
        );

    private static Verb Mute(Shell shell)
    {
        var until = Values.Instant("--until", "Tell people again then", shell.Terminal.Time);
        until.Required = true;
        var reason = Values.Text("--reason", "Why, for everybody who sees the rule", "TEXT");
        var verb = new Verb(
            "mute",
            "Let a rule tell nobody for a time; its alerts begin and end as before",
            "schedulezero alerts rules mute failures --until +2h --reason 'the database is being moved'"
        )
        {
            until,
            reason,
        };
        return CommonVerbs.Act(
            shell,
            verb,
            NameArgument(),
            (call, name, token) =>
                call.Client.Alerts.MuteRuleAsync(
                    name,
                    new AlertMuteRequest(call.Value(until)!.Value, call.Value(reason)),
                    token
                ),
            AlertText.Print
        );
    }

    private static Verb Unmute(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb("unmute", "Let a muted rule tell people again", "schedulezero alerts rules unmute failures"),
            NameArgument(),
            (call, name, token) => call.Client.Alerts.UnmuteRuleAsync(name, token),
            AlertText.Print
        );
}
