using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Keys;

/// <summary>
/// Makes the forms in which REST shows keys. A secret is shown once, by the answer that makes the key.
/// </summary>
internal static class KeyViews
{
    public static KeyView From(KeyRecord record) =>
        new()
        {
            Id = record.Id,
            Kind = record.Kind,
            Namespace = record.Namespace,
            Handler = record.Handler,
            Name = record.Name,
            Roles = record.Roles,
            Methods = record.Methods,
            Groups = record.Groups,
            Addresses = record.Addresses,
            MaxCapacity = record.MaxCapacity,
            RequestsPerMinute = record.RequestsPerMinute,
            Proof = record.Pair is null ? KeyProof.Secret : KeyProof.P256,
            Fingerprint = record.Pair is { } pair ? KeyProofs.Fingerprint(pair.PublicKey) : null,
            CreatedAt = record.CreatedAt,
            CreatedBy = record.CreatedBy,
            ExpiresAt = record.ExpiresAt,
            Account = record.Account,
            RevokedAt = record.RevokedAt,
            RevokedReason = record.RevokedReason,
        };

    public static KeyCreated Created(KeyRecord record, ApiKey key) =>
        new()
        {
            Id = record.Id,
            Key = key.Reveal(),
            Kind = record.Kind,
            Namespace = record.Namespace,
            Handler = record.Handler,
            Name = record.Name,
            Roles = record.Roles,
            Methods = record.Methods,
            Groups = record.Groups,
            Addresses = record.Addresses,
            MaxCapacity = record.MaxCapacity,
            RequestsPerMinute = record.RequestsPerMinute,
            CreatedAt = record.CreatedAt,
            CreatedBy = record.CreatedBy,
            ExpiresAt = record.ExpiresAt,
            Account = record.Account,
        };
}
