using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Alerts;

/// <summary>A channel as somebody types it.</summary>
public sealed class ChannelDraft
{
    public string Name { get; set; } = "";

    public AlertChannelKind Kind { get; set; } = AlertChannelKind.Mail;

    public string Description { get; set; } = "";

    /// <summary>The URL; empty where the one that is saved stays.</summary>
    public string Url { get; set; } = "";

    /// <summary>
    /// The secret that signs; empty where the one that is saved stays, or where the Broker makes one.
    /// </summary>
    public string Secret { get; set; } = "";

    /// <summary>Mail addresses, with commas, spaces or line ends in between.</summary>
    public string To { get; set; } = "";

    public bool Enabled { get; set; } = true;

    public static ChannelDraft Of(AlertChannelView channel) =>
        new()
        {
            Name = channel.Name,
            Kind = channel.Kind,
            Description = channel.Description ?? "",
            To = string.Join('\n', channel.To ?? []),
            Enabled = channel.Enabled,
        };

    /// <summary>The channel as REST takes it. What cannot be sent is noted among the errors.</summary>
    /// <param name="isNew">Whether the channel has no URL yet.</param>
    /// <param name="isWhole">Whether what is missing is an error, too: not while somebody is still typing.</param>
    public AlertChannelRequest Read(FieldErrors errors, bool isNew, bool isWhole)
    {
        var isMail = Kind == AlertChannelKind.Mail;
        var url = isMail ? null : NullIfEmpty(Url);
        var to = isMail ? NameList.ParseOrNull(To) : null;
        if (url is not null && !Uri.TryCreate(url, UriKind.Absolute, out _))
        {
            errors.Add("url", "A whole URL is needed, such as https://hooks.example.org/a.");
        }
        else if (isWhole && isNew && !isMail && url is null)
        {
            errors.Add("url", "The URL is needed.");
        }

        if (to?.FirstOrDefault(address => !address.Contains('@', StringComparison.Ordinal)) is { } wrong)
        {
            errors.Add("to", $"“{ForeignText.Short(wrong, 80)}” is no mail address.");
        }
        else if (isWhole && isMail && to is null)
        {
            errors.Add("to", "A mail address is needed.");
        }

        return new AlertChannelRequest
        {
            Kind = Kind,
            Description = NullIfEmpty(Description),
            Url = url,
            Secret = Kind == AlertChannelKind.Webhook ? NullIfEmpty(Secret) : null,
            To = to,
            Enabled = Enabled,
        };
    }

    private static string? NullIfEmpty(string text) => text.Trim() is { Length: > 0 } given ? given : null;
}
