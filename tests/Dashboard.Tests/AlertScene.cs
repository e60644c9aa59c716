using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Channels, rules and open alerts as a small firm might have them, for pictures.</summary>
internal static class AlertScene
{
    public static IReadOnlyList<(string Name, string Path)> Pages { get; } =
    [
        ("alerts", "ns/default/alerts"),
        ("alerts-none", "ns/shop/alerts"),
        ("alert-rules", "ns/default/alerts/rules"),
        ("alert-rule", "ns/default/alerts/rules/reports"),
        ("alert-rule-muted", "ns/default/alerts/rules/offices"),
        ("alert-rule-new", "ns/default/alerts/rules/-/new"),
        ("alert-channels", "ns/default/alerts/channels"),
        ("alert-channel", "ns/default/alerts/channels/pager"),
        ("alert-channel-new", "ns/default/alerts/channels/-/new"),
    ];

    public static async Task AddRulesAsync(TestBroker broker)
    {
        var alerts = broker.Admin.Alerts;
        await alerts.PutChannelAsync(
            "mails",
            new AlertChannelRequest
            {
                Kind = AlertChannelKind.Mail,
                Description = "Those who are on duty",
                To = ["ana@example.org", "duty@example.org"],
            }
        );
        // Nothing listens at this address, so that the channel has a problem.
        await alerts.PutChannelAsync(
            "pager",
            new AlertChannelRequest { Kind = AlertChannelKind.Webhook, Url = "https://127.0.0.1:1/schedulezero" }
        );
        await alerts.PutChannelAsync(
            "chat-of-operations",
            new AlertChannelRequest
            {
                Kind = AlertChannelKind.Slack,
                Url = "https://hooks.example.org/services/secret",
                Enabled = false,
            }
        );
        await alerts.PutRuleAsync(
            "reports",
            new AlertRuleRequest
            {
                Description = "The reports of every month",
                When = AlertCondition.JobFailed,
                Only = ["reports.*", "invoices.make"],
                Channels = ["pager", "mails"],
                Wait = TimeSpan.FromSeconds(1),
            }
        );
        await alerts.PutRuleAsync(
            "offices",
            new AlertRuleRequest
            {
                When = AlertCondition.HandlerSilent,
                Only = ["office-*"],
                After = TimeSpan.FromMinutes(15),
                Channels = ["mails"],
            }
        );
        await alerts.MuteRuleAsync(
            "offices",
            new AlertMuteRequest(
                TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(2),
                "The offices in Berlin move to another house."
            )
        );
        await alerts.PutRuleAsync(
            "backup",
            new AlertRuleRequest
            {
                When = AlertCondition.NothingSucceeded,
                Only = ["db.backup"],
                After = TimeSpan.FromHours(26),
                Channels = ["mails"],
            }
        );
    }

    /// <summary>Waits until people were told of the jobs that failed, and a channel did not take it.</summary>
    public static async Task AwaitAsync(TestBroker broker)
    {
        while ((await broker.Admin.Alerts.GetChannelAsync("pager")).Problem is null)
        {
            await Task.Delay(100);
        }
    }
}
