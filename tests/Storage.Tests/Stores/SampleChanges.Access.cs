using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests.Stores;

/// <summary>Sample changes of handlers, keys, users and other records of access.</summary>
internal static partial class SampleChanges
{
    private static IEnumerable<Change> OfHandlersAndKeys()
    {
        var handler = new HandlerRecord
        {
            Namespace = "default",
            Name = "office-7",
            Methods = ["reports.render"],
            Groups = ["emea"],
            Drained = true,
            LastSeenAt = Noon,
        };
        yield return new Change.HandlerSaved(handler);
        yield return new Change.HandlerSaved(handler with { Name = "deleted" });
        yield return new Change.HandlerDeleted("default", "deleted");
        yield return new Change.KeySaved(
            new KeyRecord
            {
                Id = "k1",
                SecretHash = [1, 2, 3],
                Kind = KeyKind.Handler,
                Pair = new KeyPair
                {
                    PublicKey = [4, 5, 6],
                    BrokerId = "broker-1",
                    TokenId = "t1",
                    EnrolledAt = Noon,
                    Generation = 7,
                    ConfirmedGeneration = 6,
                },
                Namespace = "default",
                Handler = "office-7",
                Name = "of the office",
                Roles = ["operator"],
                Methods = ["reports.*"],
                Groups = ["emea"],
                Addresses = ["10.0.0.0/8"],
                MaxCapacity = 8,
                RequestsPerMinute = 60,
                CreatedAt = Noon,
                CreatedBy = "user:ana",
                ExpiresAt = Noon.AddYears(1),
                RevokedAt = Noon.AddDays(1),
                RevokedReason = "lost",
                Account = "a1",
            }
        );
    }

    private static IEnumerable<Change> OfAccess()
    {
        yield return new Change.AccessSaved(User());
        yield return new Change.AccessSaved(
            new RoleRecord
            {
                Version = 2,
                Name = "auditor",
                Description = "Reads the audit log",
                Rules = [new RoleRule { Permissions = ["audit:read"], Names = ["reports.*"] }],
                Addresses = ["10.0.0.0/8"],
                CreatedAt = Noon,
                CreatedBy = "user:ana",
            }
        );
        yield return new Change.AccessSaved(
            new SignInRecord
            {
                Version = 4,
                Id = "s1",
                UserId = "u1",
                RefreshHash = [7, 8],
                Refreshes = 5,
                CreatedAt = Noon,
                ExpiresAt = Noon.AddDays(1),
                LastUsedAt = Noon.AddHours(1),
                Address = "10.0.0.7",
                UserAgent = "curl",
                Proofs = ["pwd"],
            }
        );
        yield return new Change.AccessSaved(
            new SigningKeyRecord
            {
                Version = 1,
                Id = "g1",
                ProtectedKey = [9],
                CreatedAt = Noon,
                SignsUntil = Noon.AddDays(30),
                VerifiesUntil = Noon.AddDays(31),
            }
        );
        yield return new Change.AccessSaved(Enrolment());
        yield return new Change.AccessSaved(
            new CurveKeyRecord
            {
                Version = 1,
                PublicKey = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
                Name = "office-7",
                Account = "a1",
                Namespace = "default",
                Handler = "office-7",
                CreatedAt = Noon,
                CreatedBy = "user:ana",
                ExpiresAt = Noon.AddDays(1),
            }
        );
        yield return new Change.AccessSaved(
            new NamespaceRecord
            {
                Version = 6,
                Name = "acme",
                Description = "A tenant",
                Limits = new NamespaceLimits
                {
                    WaitingJobs = 1_000,
                    PerMethod = new Dictionary<string, WorkLimits>
                    {
                        ["text.log"] = new() { RunningJobs = 3, Rate = new RateOptions(100, TimeSpan.FromMinutes(1)) },
                    },
                },
                Addresses = ["10.0.0.0/8"],
                CreatedAt = Noon,
                CreatedBy = "user:ana",
                DeletedAt = Noon.AddDays(1),
            }
        );
        yield return new Change.AccessSaved(User() with { Id = "u2" });
        yield return new Change.AccessDeleted(AccessKind.User, "u2");
    }

    private static UserRecord User() =>
        new()
        {
            Version = 3,
            Id = "u1",
            UserName = "Ana",
            NormalizedName = "ANA",
            PasswordHash = "hash",
            MustChangePassword = true,
            Disabled = true,
            Roles = [new RoleGrant("operator", "default")],
            RequestsPerMinute = 60,
            FailedSignIns = 2,
            LockedUntil = Noon.AddMinutes(5),
            AuthenticatorKey = "key",
            HasTwoFactor = true,
            RecoveryCodes = "a;b",
            LastTotpStep = 12,
            CreatedAt = Noon,
            CreatedBy = "user:root",
            PasswordChangedAt = Noon.AddMinutes(1),
            PasswordChanges = 3,
        };

    private static EnrolmentRecord Enrolment() =>
        new()
        {
            Version = 2,
            Id = "e1",
            SecretHash = [1],
            Namespace = "default",
            Handlers = "office-*",
            Methods = ["reports.*"],
            Groups = ["emea"],
            Addresses = ["10.0.0.0/8"],
            MaxCapacity = 4,
            CreatedAt = Noon,
            CreatedBy = "user:ana",
            ExpiresAt = Noon.AddHours(1),
            KeyExpiresAt = Noon.AddYears(1),
            UsedAt = Noon.AddMinutes(1),
            KeyId = "k1",
        };
}
