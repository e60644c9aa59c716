using Microsoft.AspNetCore.Components;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Alerts;

// What the page of one rule reads and does; the other half says how it looks.
public sealed partial class AlertRulePage
{
    private AlertRuleView? _rule;
    private RuleDraft? _draft;
    private List<AlertChannelView> _channels = [];
    private string? _readPath;
    private Act? _asked;

    /// <summary>The rule that is shown; null for a new one.</summary>
    [Parameter]
    public string? Name { get; set; }

    private enum Act
    {
        Mute,
        Delete,
    }

    private string Title => Name ?? "New rule";

    private string ListPath => AlertPaths.Rules(Namespace);

    private bool MayManage =>
        Session.May("alerts:manage", Namespace)
        && (_rule is null || !AlertText.IsOfBroker(_rule.When) || Session.MayEverywhere("settings:read"));

    private bool MayMute => Session.May("alerts:mute", Namespace);

    private bool IsMuted => _rule?.MutedUntil > Session.Now;

    /// <inheritdoc/>
    protected override bool Concerns(BrokerEvent happened) =>
        happened.Type.StartsWith("alert.", StringComparison.Ordinal) && happened.Subject == Name;

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        var path = $"{Namespace} {Name}";
        if (_readPath != path)
        {
            (_readPath, _rule, _draft) = (path, null, null);
        }

        List<AlertChannelView> channels = [];
        await foreach (var channel in Client.Alerts.ListAllChannelsAsync(cancellationToken))
        {
            channels.Add(channel);
        }

        _channels = channels;
        var rule = Name is null ? null : await Client.Alerts.GetRuleAsync(Name, cancellationToken);
        // What somebody is editing stays while the page is read again.
        _draft ??= rule is null ? new RuleDraft() : RuleDraft.Of(rule);
        // A save is refused when somebody else has saved since the form was filled, so that version stays.
        _rule = _rule is null || rule is null ? rule : rule with { Version = _rule.Version };
    }

    private async Task SaveAsync(AlertRuleRequest request)
    {
        var name = Name ?? _draft!.Name.Trim();
        var saved = await ActAsync(
            async () =>
            {
                _rule = _rule is null
                    ? await Client.Alerts.CreateRuleAsync(name, request, Closing)
                    : await Client.Alerts.PutRuleAsync(name, request, _rule.Version, Closing);
                _draft = RuleDraft.Of(_rule);
            },
            Name is null ? $"{name} is made." : $"{name} is saved."
        );
        if (saved && Name is null)
        {
            Navigation.NavigateTo(AlertPaths.Rule(Namespace, name));
        }
    }

    private Task<bool> SwitchAsync()
    {
        var rule = _rule!;
        return ActAsync(
            async () =>
            {
                _rule = await Client.Alerts.PutRuleAsync(
                    rule.Name,
                    RuleDraft.Of(rule).Read(FieldErrors.None, isWhole: false) with
                    {
                        Enabled = !rule.Enabled,
                    },
                    rule.Version,
                    Closing
                );
                _draft!.Enabled = _rule.Enabled;
            },
            rule.Enabled ? $"{rule.Name} is off: it watches nothing." : $"{rule.Name} is on."
        );
    }

    private void Ask(Act act)
    {
        Errors = FieldErrors.None;
        _asked = act;
    }

    private void CloseDialog()
    {
        Errors = FieldErrors.None;
        _asked = null;
    }

    private async Task MuteAsync(PauseRequest asked)
    {
        var mute = new AlertMuteRequest(asked.ResumeAt!.Value, asked.Note);
        if (await ActAsync(() => Client.Alerts.MuteRuleAsync(Name!, mute, Closing), $"{Name} tells nobody until then."))
        {
            _asked = null;
        }
    }

    private Task<bool> UnmuteAsync() =>
        ActAsync(() => Client.Alerts.UnmuteRuleAsync(Name!, Closing), $"{Name} tells people again.");

    private async Task DeleteAsync()
    {
        _asked = null;
        await ActAsync(async () =>
        {
            await Client.Alerts.DeleteRuleAsync(Name!, ifVersion: null, Closing);
            Toasts.Say($"{Name} is deleted.");
            Navigation.NavigateTo(ListPath);
        });
    }
}
