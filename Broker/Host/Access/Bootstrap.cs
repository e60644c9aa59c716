using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>What a start finds missing. The first key: There is no default one: when nobody is an admin everywhere, neither a key nor a user, one is made. The first namespace.</summary>
internal static class Bootstrap
{
    /// <summary>
    /// Where rows of keys or users could not be read, an admin may be among them, and no key is made unasked: whoever gives one in the settings gets it.
    /// </summary>
    private static bool MayHaveAdmin(StoredState stored) => stored.Unreadable.Any(row => row.Kind is StoredRowKind.Key or StoredRowKind.Access);

    /// <summary>The key's text if one was generated: to be shown once. Null when there is an admin, or the given one was stored.</summary>
    public static async Task<string?> EnsureAdminAsync(
        StoredState stored, Roster roster, string given, IBrokerInputs inputs, TimeProvider time, CancellationToken cancellationToken)
    {
        if (stored.Keys.Any(key => key is { Kind: KeyKind.Service, Namespace: "*" } && key.IsValidAt(time.GetUtcNow()) && key.Roles?.Contains(Roles.Admin) == true)
            || roster.Users.Any(user => user is { Disabled: false, PasswordHash: not null } && user.Roles.Contains(new RoleGrant(Roles.Admin, Authority.Everywhere))))
        {
            return null;
        }

        var wasGiven = ApiKey.TryParse(given, out var key);
        if (!wasGiven && MayHaveAdmin(stored))
        {
            return null;
        }

        key ??= ApiKey.Generate();
        var record = new KeyRecord
        {
            Id = key.Id,
            SecretHash = key.SecretHash(),
            Kind = KeyKind.Service,
            Namespace = "*",
            Name = "bootstrap",
            Roles = [Roles.Admin],
            CreatedAt = time.GetUtcNow(),
            CreatedBy = "system",
        };
        var note = AuditNotes.OfSystem("keys:create", $"key:{record.Id}", record.Namespace) with { Reason = "service: admin, the first key" };
        await inputs.AskAsync(ticket => new BrokerInput.CreateKey(ticket, record) { Audit = note }, cancellationToken);
        return wasGiven ? null : key.Reveal();
    }

    /// <summary>Makes the namespaces that something lives in and that have no row: <c>default</c>, and those of stores from before there were rows.</summary>
    public static async Task EnsureNamespacesAsync(StoredState stored, Roster roster, IBrokerInputs inputs, TimeProvider time, CancellationToken cancellationToken)
    {
        var unreadable = stored.Unreadable.Select(row => row.AccessKey).Where(row => row?.Kind == AccessKind.Namespace).Select(row => row!.Value.Key).ToHashSet(StringComparer.Ordinal);
        var missing = stored.Keys.Select(key => key.Namespace)
            .Concat(stored.Schedules.Select(schedule => schedule.Namespace))
            .Concat(stored.Handlers.Select(handler => handler.Namespace))
            .Concat(stored.Jobs.Select(job => job.Namespace))
            .Append(Names.DefaultNamespace)
            .Where(ns => ns != Authority.Everywhere && roster.FindNamespace(ns) is null && !unreadable.Contains(ns))
            .Distinct()
            .Select(ns => AccessChange.Add(new NamespaceRecord { Name = ns, CreatedAt = time.GetUtcNow(), CreatedBy = "system" }))
            .ToList();
        if (missing.Count > 0)
        {
            await inputs.AskAsync(ticket => new BrokerInput.ChangeAccess(ticket, missing), cancellationToken);
        }
    }
}
