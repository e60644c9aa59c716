using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Broker.Host.Alerting.Sending.Web;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Alerting;

/// <summary>
/// Encrypts the URLs and secrets of channels for the store with Data Protection, and reads them again to send.
/// </summary>
internal sealed class ChannelSecrets(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("ScheduleZero.AlertChannels.v1");

    public string Protect(string text) => _protector.Protect(text);

    /// <summary>Where the notices of a channel go.</summary>
    /// <returns>Null, with the reason, where what the store holds cannot be decrypted.</returns>
    public AlertTarget? TargetOf(AlertChannelRecord channel, out string? problem)
    {
        problem = null;
        try
        {
            return channel.Form switch
            {
                AlertChannelKind.Mail => new AlertTarget.Mail(channel.To),
                AlertChannelKind.Webhook => new AlertTarget.Webhook(
                    UrlOf(channel),
                    WebhookSecret.TryRead(_protector.Unprotect(channel.ProtectedSecret!))!
                ),
                _ => new AlertTarget.Chat(UrlOf(channel), channel.Form),
            };
        }
        catch (CryptographicException)
        {
            problem =
                "The channel's URL and secret cannot be decrypted, because the keys in the data folder's protection "
                + "folder are others: save the channel again with its URL and secret.";
            return null;
        }
    }

    private Uri UrlOf(AlertChannelRecord channel) => new(_protector.Unprotect(channel.ProtectedUrl!));
}
