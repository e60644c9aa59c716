using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ScheduleZero.Contracts;

/// <summary>
/// An API key as its holder has it: <c>szk_</c>, 12 hex characters that name it, <c>_</c>, and 43 base64url characters of secret.
/// The Broker stores only <see cref="SecretHash"/>.
/// </summary>
public sealed class ApiKey
{
    private const string Prefix = "szk_";
    private const int IdLength = 12;
    private const int SecretLength = 43;
    private const int TextLength = 4 + IdLength + 1 + SecretLength;

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("0123456789abcdef");

    // Not Base64Url.IsValid, which passes over blanks and padding.
    private static readonly SearchValues<char> SecretCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly string _secret;

    private ApiKey(string id, string secret)
    {
        Id = id;
        _secret = secret;
    }

    /// <summary>Names the key; no secret.</summary>
    public string Id { get; }

    /// <summary>Makes a key of 256 random bits.</summary>
    public static ApiKey Generate() => new(
        Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2)),
        Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    /// <summary>Reads the text form; false for anything that is not of full length and strength.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ApiKey? key)
    {
        key = null;
        if (text is not { Length: TextLength } || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[4 + IdLength] != '_')
        {
            return false;
        }

        var id = text.AsSpan(4, IdLength);
        var secret = text.AsSpan(4 + IdLength + 1);
        if (id.ContainsAnyExcept(IdCharacters) || secret.ContainsAnyExcept(SecretCharacters))
        {
            return false;
        }

        key = new ApiKey(id.ToString(), secret.ToString());
        return true;
    }

    /// <summary>SHA-256 over the secret's text. A fast hash is enough for 256 random bits.</summary>
    public byte[] SecretHash() => SHA256.HashData(Encoding.ASCII.GetBytes(_secret));

    /// <summary>The whole key, for its holder. Never log it.</summary>
    public string Reveal() => $"{Prefix}{Id}_{_secret}";

    /// <summary>The key without its secret, fit for logs.</summary>
    public override string ToString() => $"{Prefix}{Id}_…";
}
