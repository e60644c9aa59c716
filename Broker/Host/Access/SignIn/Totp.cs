using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>
/// Time-based one-time passwords (RFC 6238: HMAC-SHA-1, 30 s, six digits), one step of skew either way. Unlike
/// Identity's own provider this one accepts no code twice (RFC 6238, section 5.2): the user's record holds the step of
/// the last code that was accepted.
/// </summary>
internal sealed class Totp(TimeProvider time) : IUserTwoFactorTokenProvider<User>
{
    public const string Provider = "Authenticator";

    private const int StepSeconds = 30;
    private const int Digits = 6;
    private const int SkewSteps = 1;

    public Task<string> GenerateAsync(string purpose, UserManager<User> manager, User user) =>
        throw new NotSupportedException("The authenticator app makes the codes.");

    public async Task<bool> CanGenerateTwoFactorTokenAsync(UserManager<User> manager, User user) =>
        await manager.GetAuthenticatorKeyAsync(user) is not null;

    /// <summary>
    /// Whether the code is right. The step of the code is noted on the user, and has effect once the user is saved.
    /// </summary>
    public async Task<bool> ValidateAsync(string purpose, string token, UserManager<User> manager, User user)
    {
        if (token.Length != Digits || await manager.GetAuthenticatorKeyAsync(user) is not { } key)
        {
            return false;
        }

        var secret = FromBase32(key);
        var now = time.GetUtcNow().ToUnixTimeSeconds() / StepSeconds;
        for (var step = Math.Max(now - SkewSteps, user.Record.LastTotpStep + 1); step <= now + SkewSteps; step++)
        {
            if (
                CryptographicOperations.FixedTimeEquals(
                    Encoding.ASCII.GetBytes(CodeOf(secret, step)),
                    Encoding.ASCII.GetBytes(token)
                )
            )
            {
                user.Record = user.Record with { LastTotpStep = step };
                return true;
            }
        }

        return false;
    }

    public static string CodeOf(ReadOnlySpan<byte> secret, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[20];
#pragma warning disable CA5350 // SHA-1 is what RFC 6238 and every authenticator app use; as an HMAC it is sound.
        HMACSHA1.HashData(secret, counter, hash);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[19] & 0xF)..]) & 0x7FFFFFFF;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>Reads base 32 as in RFC 4648, section 6, without padding.</summary>
    public static byte[] FromBase32(string text)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var bytes = new List<byte>(text.Length * 5 / 8);
        var (bits, count) = (0, 0);
        foreach (var character in text)
        {
            bits = (bits << 5) | Alphabet.IndexOf(char.ToUpperInvariant(character), StringComparison.Ordinal);
            count += 5;
            if (count >= 8)
            {
                count -= 8;
                bytes.Add((byte)(bits >> count));
                bits &= (1 << count) - 1;
            }
        }

        return [.. bytes];
    }
}
