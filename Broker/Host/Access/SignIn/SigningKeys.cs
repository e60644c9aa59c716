using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.Tokens;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>
/// The P-256 keys that access tokens are signed with. A new key signs every 30 days; the one before verifies for a day
/// longer. The keys lie in the store under Data Protection, whose own keys lie beside it in a folder of their own.
/// </summary>
internal sealed class SigningKeys(
    Roster roster,
    IBrokerInputs inputs,
    IDataProtectionProvider protection,
    TimeProvider time
) : IDisposable
{
    public static readonly TimeSpan SignsFor = TimeSpan.FromDays(30);
    private static readonly TimeSpan VerifiesLonger = TimeSpan.FromDays(1);

    // The next key is made this long before it is needed, so that nobody meets a moment without one.
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    private readonly IDataProtector _protector = protection.CreateProtector("ScheduleZero.SigningKeys.v1");

    /// <summary>The keys that were decrypted, by id.</summary>
    private readonly Dictionary<string, ECDsaSecurityKey> _opened = new(StringComparer.Ordinal);

    private readonly Lock _lock = new();

    /// <summary>Makes a new key if none would be valid tomorrow. Called at the start, and now and then.</summary>
    public async Task RotateAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (roster.SigningKeys.Any(key => key.SignsUntil > now + Ahead))
        {
            return;
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var record = new SigningKeyRecord
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            ProtectedKey = _protector.Protect(key.ExportPkcs8PrivateKey()),
            CreatedAt = now,
            SignsUntil = now + SignsFor,
            VerifiesUntil = now + SignsFor + VerifiesLonger,
        };
        await inputs.AskAsync(
            ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Add(record)]),
            cancellationToken
        );
    }

    /// <summary>The key that new tokens are signed with: the newest valid one.</summary>
    public ECDsaSecurityKey ToSign() =>
        roster.SigningKeys.Where(key => key.SignsUntil > time.GetUtcNow()).MaxBy(key => key.CreatedAt) is { } record
            ? Open(record)
            : throw new InvalidOperationException("No key signs at the moment.");

    /// <summary>The key that a token names; null when there is none, or when it may not verify any more.</summary>
    public ECDsaSecurityKey? ToVerify(string? keyId) =>
        keyId is not null && roster.FindSigningKey(keyId) is { } record && record.VerifiesUntil > time.GetUtcNow()
            ? Open(record)
            : null;

    public JsonWebKeys Published() =>
        new([
            .. roster
                .SigningKeys.Where(key => key.VerifiesUntil > time.GetUtcNow())
                .OrderBy(key => key.CreatedAt)
                .Select(record =>
                {
                    var point = Open(record).ECDsa.ExportParameters(includePrivateParameters: false).Q;
                    return new JsonWebKeyView
                    {
                        Kty = "EC",
                        Crv = "P-256",
                        X = Base64UrlEncoder.Encode(point.X),
                        Y = Base64UrlEncoder.Encode(point.Y),
                        Kid = record.Id,
                        Use = "sig",
                        Alg = SecurityAlgorithms.EcdsaSha256,
                    };
                }),
        ]);

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var key in _opened.Values)
            {
                key.ECDsa.Dispose();
            }

            _opened.Clear();
        }
    }

    private ECDsaSecurityKey Open(SigningKeyRecord record)
    {
        lock (_lock)
        {
            if (_opened.TryGetValue(record.Id, out var known))
            {
                return known;
            }

            var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(_protector.Unprotect(record.ProtectedKey), out _);
            return _opened[record.Id] = new ECDsaSecurityKey(key) { KeyId = record.Id };
        }
    }
}
