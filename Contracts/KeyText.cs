using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace ScheduleZero.Contracts;

/// <summary>
/// The text form of the product's secrets: a prefix, 12 hex characters that name one, <c>_</c>, and 43 base64url
/// characters of secret.
/// </summary>
internal static class KeyText
{
    private const int PrefixLength = 4;
    private const int IdLength = 12;
    private const int SecretLength = 43;
    private const int TextLength = PrefixLength + IdLength + 1 + SecretLength;

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("0123456789abcdef");

    // The characters are listed here, since Base64Url.IsValid passes over blanks and padding.
    private static readonly SearchValues<char> SecretCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2));

    /// <summary>Makes a secret of 256 random bits.</summary>
    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Reads the text form; false for anything that is not of full length and strength.</summary>
    public static bool TryParse(
        [NotNullWhen(true)] string? text,
        string prefix,
        [NotNullWhen(true)] out string? id,
        [NotNullWhen(true)] out string? secret
    )
    {
        (id, secret) = (null, null);
        if (
            text is not { Length: TextLength }
            || !text.StartsWith(prefix, StringComparison.Ordinal)
            || text[PrefixLength + IdLength] != '_'
        )
        {
            return false;
        }

        var idPart = text.AsSpan(PrefixLength, IdLength);
        var secretPart = text.AsSpan(PrefixLength + IdLength + 1);
        if (idPart.ContainsAnyExcept(IdCharacters) || !IsBase64Url(secretPart))
        {
            return false;
        }

        (id, secret) = (idPart.ToString(), secretPart.ToString());
        return true;
    }

    /// <summary>Whether the text is base64url and nothing else: no blank, no padding.</summary>
    public static bool IsBase64Url(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(SecretCharacters);
}
