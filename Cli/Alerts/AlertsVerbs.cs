using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Alerts;

/// <summary><c>schedulezero alerts …</c>.</summary>
internal static class AlertsVerbs
{
    public static Command Create(Shell shell) =>
        new Verb("alerts", "What is wrong now, what is watched, and who is told")
        {
            List(shell),
            AlertRulesVerbs.Create(shell),
            AlertChannelsVerbs.Create(shell),
        };

    private static Verb List(Shell shell)
    {
        var rule = Values.Text("--rule", "Only the alerts of this rule", "NAME");
        return CommonVerbs.List(
            shell,
            new Verb(
                "list",
                "List the open alerts",
                "schedulezero alerts list",
                "schedulezero alerts list --rule failures -o json | jq -r '.items[].jobs[].id'"
            )
            {
                rule,
            },
            (call, page, token) => call.Client.Alerts.ListAsync(call.Value(rule), page.Limit, page.Cursor, token),
            RestJson.Default.PageAlertView,
            AlertText.Columns
        );
    }
}
