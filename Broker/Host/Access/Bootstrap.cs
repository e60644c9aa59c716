using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>The first key. There is no default one: without an admin key, one is made.</summary>
internal static class Bootstrap
{
    /// <summary>The key's text if one was generated: to be shown once. Null when an admin key exists, or the given one was stored.</summary>
    public static async Task<string?> EnsureAdminAsync(
        IReadOnlyList<KeyRecord> keys, string given, IBrokerInputs inputs, TimeProvider time, CancellationToken cancellationToken)
    {
        if (keys.Any(key => key is { Kind: KeyKind.Service, Namespace: "*" } && key.IsValidAt(time.GetUtcNow()) && key.Roles?.Contains(Roles.Admin) == true))
        {
            return null;
        }

        var wasGiven = ApiKey.TryParse(given, out var key);
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
}
