using Microsoft.AspNetCore.Components;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Pages.Alerts;

// What the page of one channel reads and does; the other half says how it looks.
public sealed partial class AlertChannelPage
{
    private AlertChannelView? _channel;
    private ChannelDraft? _draft;
    private AlertChannelTest? _test;
    private string? _secret;
    private string? _secretName;
    private string? _readPath;
    private bool _isTesting;
    private bool _isAsked;

    /// <summary>The channel that is shown; null for a new one.</summary>
    [Parameter]
    public string? Name { get; set; }

    private string Title => Name ?? "New channel";

    private string ListPath => AlertPaths.Channels(Namespace);

    private bool MayManage => Session.May("alerts:manage", Namespace);

    /// <inheritdoc/>
    protected override bool Concerns(BrokerEvent happened) =>
        happened.Type.StartsWith("alert.", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        var path = $"{Namespace} {Name}";
        if (_readPath != path)
        {
            (_readPath, _channel, _draft, _test) = (path, null, null, null);
        }

        var channel = Name is null ? null : await Client.Alerts.GetChannelAsync(Name, cancellationToken);
        // What somebody is editing stays while the page is read again.
        _draft ??= channel is null ? new ChannelDraft() : ChannelDraft.Of(channel);
        // A save is refused when somebody else has saved since the form was filled, so that version stays.
        _channel = _channel is null || channel is null ? channel : channel with { Version = _channel.Version };
    }

    private async Task SaveAsync(AlertChannelRequest request)
    {
        var name = Name ?? _draft!.Name.Trim();
        var saved = await ActAsync(
            async () =>
            {
                var channel = _channel is null
                    ? await Client.Alerts.CreateChannelAsync(name, request, Closing)
                    : await Client.Alerts.PutChannelAsync(name, request, _channel.Version, Closing);
                (_secret, _secretName) = (channel.Secret, name);
                _channel = Name is null ? null : channel;
                _draft = ChannelDraft.Of(channel);
            },
            Name is null ? $"{name} is made." : $"{name} is saved."
        );
        if (saved && Name is null && _secret is null)
        {
            Navigation.NavigateTo(AlertPaths.Channel(Namespace, name));
        }
    }

    private void ForgetSecret()
    {
        _secret = null;
        if (Name is null)
        {
            Navigation.NavigateTo(AlertPaths.Channel(Namespace, _secretName!));
        }
    }

    private async Task TestAsync()
    {
        (_isTesting, _test) = (true, null);
        await ActAsync(async () => _test = await Client.Alerts.TestChannelAsync(Name!, Closing));
        _isTesting = false;
    }

    private async Task DeleteAsync()
    {
        _isAsked = false;
        await ActAsync(async () =>
        {
            await Client.Alerts.DeleteChannelAsync(Name!, ifVersion: null, Closing);
            Toasts.Say($"{Name} is deleted.");
            Navigation.NavigateTo(ListPath);
        });
    }
}
