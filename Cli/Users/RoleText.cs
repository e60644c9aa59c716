using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Users;

/// <summary>
/// Grants and rules as they are typed and shown: <c>operator@default</c>, <c>jobs:run on reports.*</c>.
/// </summary>
internal static class RoleText
{
    public static string? Grants(IEnumerable<RoleGrant> grants) =>
        string.Join(", ", grants.Select(grant => $"{grant.Role}@{grant.Namespace}")) is { Length: > 0 } text
            ? text
            : "none";

    /// <param name="scope">Of those that name no namespace.</param>
    /// <exception cref="UsageException">One is no grant.</exception>
    public static IReadOnlyList<RoleGrant> ParseGrants(IEnumerable<string> texts, string scope) =>
        [.. texts.Select(text => ParseGrant(text, scope))];

    public static string Rule(RoleRule rule) =>
        rule.Names is null
            ? string.Join(", ", rule.Permissions)
            : $"{string.Join(", ", rule.Permissions)} on {string.Join(", ", rule.Names)}";

    private static RoleGrant ParseGrant(string text, string scope)
    {
        var parts = text.Split('@');
        return
            parts.Length <= 2
            && Names.IsName(parts[0])
            && (parts.Length == 1 || parts[1] == "*" || Names.IsNamespace(parts[1]))
            ? new RoleGrant(parts[0], parts.Length == 2 ? parts[1] : scope)
            : throw new UsageException(
                $"'{text}' is no role on a namespace, such as operator, operator@default or admin@*."
            );
    }
}
