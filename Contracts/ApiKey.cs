using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ScheduleZero.Contracts;

/// <summary>
/// An API key as its holder has it: <c>szk_</c>, 12 hex characters that name it, <c>_</c>, and 43 base64url characters
/// of secret. The Broker stores only <see cref="SecretHash"/>.
/// </summary>
public sealed class ApiKey
{
    private const string Prefix = "szk_";

    private readonly string _secret;

    private ApiKey(string id, string secret)
    {
        Id = id;
        _secret = secret;
    }

    /// <summary>The 12 hex characters that name the key; they are no secret.</summary>
    public string Id { get; }

    /// <summary>Makes a key of 256 random bits.</summary>
    public static ApiKey Generate() => new(KeyText.NewId(), KeyText.NewSecret());

    /// <summary>Reads the text form; false for anything that is not of full length and strength.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ApiKey? key)
    {
        key = KeyText.TryParse(text, Prefix, out var id, out var secret) ? new ApiKey(id, secret) : null;
        return key is not null;
    }

    /// <summary>SHA-256 over the text of the key's secret. A fast hash is enough for 256 random bits.</summary>
    public byte[] SecretHash() => SHA256.HashData(Encoding.ASCII.GetBytes(_secret));

    /// <summary>The whole key, for its holder. The key is never to be logged.</summary>
    public string Reveal() => $"{Prefix}{Id}_{_secret}";

    /// <summary>The key without its secret, fit for logs.</summary>
    public override string ToString() => $"{Prefix}{Id}_…";
}
