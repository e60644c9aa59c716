using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using ScheduleZero.Broker.Core.Access;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>
/// Makes and reads refresh tokens: a session's id and 256 random bits under Data Protection, so that a token which this
/// Broker once gave out is known as such. Only its SHA-256 is stored.
/// </summary>
internal sealed class RefreshTokens(IDataProtectionProvider protection)
{
    public const int LengthMax = 1024;

    private const int SecretBytes = 32;

    private readonly IDataProtector _protector = protection.CreateProtector("ScheduleZero.RefreshTokens.v1");

    public (string Text, byte[] Hash) Make(string signInId)
    {
        byte[] body = [.. RandomNumberGenerator.GetBytes(SecretBytes), .. Encoding.ASCII.GetBytes(signInId)];
        return (Base64Url.EncodeToString(_protector.Protect(body)), SHA256.HashData(body));
    }

    /// <summary>The session's id and the hash in a token; null for a text that is no token of this Broker.</summary>
    public (string SignInId, byte[] Hash)? Read(string text)
    {
        if (text.Length > LengthMax || !Base64Url.IsValid(text))
        {
            return null;
        }

        try
        {
            var body = _protector.Unprotect(Base64Url.DecodeFromChars(text));
            return body.Length > SecretBytes
                ? (Encoding.ASCII.GetString(body.AsSpan(SecretBytes)), SHA256.HashData(body))
                : null;
        }
        catch (CryptographicException)
        {
            return null; // The text was forged, cut, or made under keys that are gone.
        }
    }

    public static bool IsCurrent(SignInRecord signIn, byte[] hash) =>
        CryptographicOperations.FixedTimeEquals(signIn.RefreshHash, hash);
}
