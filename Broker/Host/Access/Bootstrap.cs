using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>The first key. There is no default one: when nobody is an admin everywhere, neither a key nor a user, one is made.</summary>
internal static class Bootstrap
{
    /// <summary>The key's text if one was generated: to be shown once. Null when there is an admin, or the given one was stored.</summary>
    public static async Task<string?> EnsureAdminAsync(
        IReadOnlyList<KeyRecord> keys, Roster roster, string given, IBrokerInputs inputs, TimeProvider time, CancellationToken cancellationToken)
    {
        if (keys.Any(key => key is { Kind: KeyKind.Service, Namespace: "*" } && key.IsValidAt(time.GetUtcNow()) && key.Roles?.Contains(Roles.Admin) == true)
            || roster.Users.Any(user => user is { Disabled: false, PasswordHash: not null } && user.Roles.Contains(new RoleGrant(Roles.Admin, Authority.Everywhere))))
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
        await inputs.AskAsync(ticket => new BrokerInput.CreateKey(ticket, record), cancellationToken);
        return wasGiven ? null : key.Reveal();
    }
}
