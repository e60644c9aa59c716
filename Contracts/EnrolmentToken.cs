using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ScheduleZero.Contracts;

/// <summary>
/// A token that lets one agent enrol, once: <c>sze_</c>, 12 hex characters that name it, <c>_</c>, and 43 base64url
/// characters of secret. The Broker stores only <see cref="SecretHash"/>, and the agent proves the token without saying
/// it.
/// </summary>
public sealed class EnrolmentToken
{
    private const string Prefix = "sze_";

    private readonly string _secret;

    private EnrolmentToken(string id, string secret)
    {
        Id = id;
        _secret = secret;
    }

    /// <summary>The 12 hex characters that name the token; they are no secret.</summary>
    public string Id { get; }

    /// <summary>Makes a token of 256 random bits.</summary>
    public static EnrolmentToken Generate() => new(KeyText.NewId(), KeyText.NewSecret());

    /// <summary>Reads the text form; false for anything that is not of full length and strength.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EnrolmentToken? token)
    {
        token = KeyText.TryParse(text, Prefix, out var id, out var secret) ? new EnrolmentToken(id, secret) : null;
        return token is not null;
    }

    /// <summary>SHA-256 over the text of the token's secret. A fast hash is enough for 256 random bits.</summary>
    public byte[] SecretHash() => SHA256.HashData(Encoding.ASCII.GetBytes(_secret));

    /// <summary>The whole token, for its holder. The token is never to be logged.</summary>
    public string Reveal() => $"{Prefix}{Id}_{_secret}";

    /// <summary>The token without its secret, fit for logs.</summary>
    public override string ToString() => $"{Prefix}{Id}_…";
}
