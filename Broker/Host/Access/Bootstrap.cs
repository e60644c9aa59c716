using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>
/// Makes the things that a start finds missing: the first namespace, and the first key. There is no default key: one is
/// made when nobody, neither a key nor a user, is an admin everywhere.
/// </summary>
internal static class Bootstrap
{
    /// <summary>
    /// Whether an admin key is to be made: no key and no user is an admin everywhere that can still be used. Where rows
    /// of keys or users could not be read, an admin may be among them, and only a key that the settings give is made.
    /// </summary>
    /// <param name="given">The text of the key that the settings give; empty for none.</param>
    public static bool NeedsAdmin(StoredState stored, Roster roster, string given, TimeProvider time) =>
        !stored.Keys.Any(key =>
            key is { Kind: KeyKind.Service, Namespace: Authority.Everywhere }
            && key.IsValidAt(time.GetUtcNow())
            && key.Roles?.Contains(Roles.Admin) == true
        )
        && !roster.Users.Any(user =>
            user is { Disabled: false, PasswordHash: not null }
            && user.Roles.Contains(new RoleGrant(Roles.Admin, Authority.Everywhere))
        )
        && (
            ApiKey.TryParse(given, out _)
            || !stored.Unreadable.Any(row => row.Kind is StoredRowKind.Key or StoredRowKind.Access)
        );

    /// <summary>Makes keys that the settings ask for.</summary>
    public static async Task MakeKeysAsync(
        IReadOnlyList<KeyRecord> keys,
        IBrokerInputs inputs,
        CancellationToken cancellationToken
    )
    {
        foreach (var key in keys)
        {
            var note = AuditNotes.OfSystem("keys:create", $"key:{key.Id}", key.Namespace);
            await inputs.AskAsync(ticket => new BrokerInput.CreateKey(ticket, key) { Audit = note }, cancellationToken);
        }
    }

    /// <summary>Makes the first admin key.</summary>
    /// <param name="given">The text of the key; empty to have one made.</param>
    /// <returns>The text of a key that was made here, to be shown once; null when the key was given.</returns>
    public static async Task<string?> MakeAdminAsync(string given, IBrokerInputs inputs, TimeProvider time)
    {
        var wasGiven = ApiKey.TryParse(given, out var key);
        key ??= ApiKey.Generate();
        var record = AdminRecord(key, "bootstrap", time.GetUtcNow());
        var note = AuditNotes.OfSystem("keys:create", $"key:{record.Id}", record.Namespace) with
        {
            Reason = "service: admin, the first key",
        };
        // No cancellation: a key that is stored and that nobody has seen locks everybody out.
        await inputs.AskAsync(
            ticket => new BrokerInput.CreateKey(ticket, record) { Audit = note },
            CancellationToken.None
        );
        return wasGiven ? null : key.Reveal();
    }

    /// <summary>The record of a key that is an admin everywhere and that the Broker makes by itself.</summary>
    public static KeyRecord AdminRecord(ApiKey key, string name, DateTimeOffset now) =>
        new()
        {
            Id = key.Id,
            SecretHash = key.SecretHash(),
            Kind = KeyKind.Service,
            Namespace = Authority.Everywhere,
            Name = name,
            Roles = [Roles.Admin],
            CreatedAt = now,
            CreatedBy = AuditNote.System,
        };

    /// <summary>
    /// Makes rows for namespaces that hold something and have no row: <c>default</c>, and namespaces of stores that
    /// were written before namespaces had rows.
    /// </summary>
    public static async Task EnsureNamespacesAsync(
        StoredState stored,
        Roster roster,
        IBrokerInputs inputs,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var unreadable = stored
            .Unreadable.Select(row => row.AccessKey)
            .Where(row => row?.Kind == AccessKind.Namespace)
            .Select(row => row!.Value.Key)
            .ToHashSet(StringComparer.Ordinal);
        var missing = stored
            .Keys.Select(key => key.Namespace)
            .Concat(stored.Schedules.Select(schedule => schedule.Namespace))
            .Concat(stored.Handlers.Select(handler => handler.Namespace))
            .Concat(stored.Jobs.Select(job => job.Namespace))
            .Append(Names.DefaultNamespace)
            .Where(ns => ns != Authority.Everywhere && roster.FindNamespace(ns) is null && !unreadable.Contains(ns))
            .Distinct()
            .Select(ns =>
                AccessChange.Add(
                    new NamespaceRecord
                    {
                        Name = ns,
                        CreatedAt = time.GetUtcNow(),
                        CreatedBy = "system",
                    }
                )
            )
            .ToList();
        if (missing.Count > 0)
        {
            await inputs.AskAsync(ticket => new BrokerInput.ChangeAccess(ticket, missing), cancellationToken);
        }
    }
}
