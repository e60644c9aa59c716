using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using ScheduleZero.Broker.Core.Access;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>
/// Makes and checks JWTs by the rules of RFC 8725 and RFC 9068: ES256 and nothing else, a type, an issuer and an
/// audience of their own, keys by <c>kid</c> from our own list only. A token opens nothing by itself: the session that
/// it names must stand.
/// </summary>
internal sealed class AccessTokens(SigningKeys keys, TimeProvider time)
{
    public const int LengthMax = 2048;
    public const string Type = "at+jwt";
    public const string Issuer = "schedulezero";
    public const string Audience = "schedulezero-api";
    public const string SessionClaim = "sid";

    /// <summary>How many verified tokens are remembered, so that later requests need not verify them again.</summary>
    private const int RememberedMax = 10_000;

    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private static readonly string[] ForeignKeyHeaders = ["jku", "jwk", "x5u", "x5c", "crit"];

    private readonly JsonWebTokenHandler _handler = new()
    {
        MapInboundClaims = false,
        SetDefaultTimesOnTokenCreation = false,
    };

    /// <summary>
    /// The tokens that were verified, by the hash of their text, with the session that each names and the end of its
    /// life.
    /// </summary>
    private readonly ConcurrentDictionary<string, (string SignInId, DateTimeOffset Until)> _good = new(
        StringComparer.Ordinal
    );

    public string Issue(UserRecord user, SignInRecord signIn)
    {
        var now = time.GetUtcNow();
        return _handler.CreateToken(
            new SecurityTokenDescriptor
            {
                TokenType = Type,
                Issuer = Issuer,
                Audience = Audience,
                IssuedAt = now.UtcDateTime,
                NotBefore = now.UtcDateTime,
                Expires = (now + Lifetime).UtcDateTime,
                Claims = new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    [JwtRegisteredClaimNames.Sub] = user.Id,
                    [SessionClaim] = signIn.Id,
                    [JwtRegisteredClaimNames.Jti] = Guid.NewGuid().ToString("N"),
                    [JwtRegisteredClaimNames.AuthTime] = signIn.CreatedAt.ToUnixTimeSeconds(),
                    [JwtRegisteredClaimNames.Amr] = signIn.Proofs.ToArray(),
                },
                SigningCredentials = new SigningCredentials(keys.ToSign(), SecurityAlgorithms.EcdsaSha256)
                {
                    // The factory's own cache would keep keys longer than they are valid.
                    CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
                },
            }
        );
    }

    /// <summary>The id of the session that a good token names; null for any other text.</summary>
    public async ValueTask<string?> CheckAsync(string token)
    {
        if (token.Length > LengthMax)
        {
            return null;
        }

        // The token is looked up by its hash: comparing the token itself would tell, by its duration, how much of a
        // guess was right.
        var fingerprint = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        if (_good.TryGetValue(fingerprint, out var known))
        {
            return known.Until > time.GetUtcNow() ? known.SignInId : null;
        }

        if (await VerifyAsync(token) is not { } verified)
        {
            return null;
        }

        if (_good.Count >= RememberedMax)
        {
            _good.Clear();
        }

        _good[fingerprint] = verified;
        return verified.SignInId;
    }

    private async Task<(string SignInId, DateTimeOffset Until)?> VerifyAsync(string token)
    {
        var result = await _handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                ValidTypes = [Type],
                ValidIssuer = Issuer,
                ValidAudience = Audience,
                RequireSignedTokens = true,
                RequireExpirationTime = true,
                TryAllIssuerSigningKeys = false,
                IssuerSigningKeyResolver = (_, _, keyId, _) => keys.ToVerify(keyId) is { } key ? [key] : [],
                LifetimeValidator = IsInForce,
                CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
            }
        );
        return
            result is { IsValid: true, SecurityToken: JsonWebToken jwt }
            && !ForeignKeyHeaders.Any(name => jwt.TryGetHeaderValue<object>(name, out _))
            && jwt.TryGetClaim(SessionClaim, out var session)
            ? (session.Value, new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero))
            : null;
    }

    // The same clock makes and checks the token, so there is no skew to allow for.
    private bool IsInForce(
        DateTime? notBefore,
        DateTime? expires,
        SecurityToken token,
        TokenValidationParameters parameters
    )
    {
        var now = time.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end && notBefore is { } start && start <= now && end - start <= Lifetime;
    }
}
