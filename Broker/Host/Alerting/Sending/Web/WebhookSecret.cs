using System.Security.Cryptography;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Web;

/// <summary>The secret of a webhook, as Standard Webhooks writes it: a prefix, and base64 of the key.</summary>
internal static class WebhookSecret
{
    public const string Prefix = "whsec_";

    /// <summary>The specification asks for 24 to 64 bytes.</summary>
    private const int BytesMin = 24;
    private const int BytesMax = 64;
    private const int BytesMade = 32;

    public static byte[] Make() => RandomNumberGenerator.GetBytes(BytesMade);

    public static string TextOf(byte[] secret) => $"{Prefix}{Convert.ToBase64String(secret)}";

    /// <summary>Reads the text of a secret; null for one that is none, or has too few or too many bytes.</summary>
    public static byte[]? TryRead(string text)
    {
        var bytes = new byte[BytesMax];
        return
            text.StartsWith(Prefix, StringComparison.Ordinal)
            && !text.Any(char.IsWhiteSpace)
            && Convert.TryFromBase64String(text[Prefix.Length..], bytes, out var length)
            && length >= BytesMin
            ? bytes[..length]
            : null;
    }
}
