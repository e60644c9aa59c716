using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Alerting.Sending;

/// <summary>Where a notice goes.</summary>
internal abstract record AlertTarget
{
    private AlertTarget() { }

    /// <summary>A receiver of signed JSON.</summary>
    /// <param name="Secret">The key of the signature.</param>
    public sealed record Webhook(Uri Url, byte[] Secret) : AlertTarget;

    /// <summary>A chat. Whoever knows its URL can write there, so the URL is a secret.</summary>
    /// <param name="Kind"><see cref="AlertChannelKind.Slack"/> or <see cref="AlertChannelKind.Teams"/>.</param>
    public sealed record Chat(Uri Url, AlertChannelKind Kind) : AlertTarget;

    /// <summary>People who get mail.</summary>
    /// <param name="To">Addresses without names, such as <c>ops@example.org</c>.</param>
    public sealed record Mail(IReadOnlyList<string> To) : AlertTarget;

    // A record would write its members, secrets among them.
    public sealed override string ToString() => GetType().Name;
}
