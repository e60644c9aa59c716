using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Users;

/// <summary>
/// Reads and shows grants such as <c>operator@default</c>, and shows rules such as <c>jobs:run on reports.*</c>.
/// </summary>
internal static class RoleText
{
    public static string? Grants(IEnumerable<RoleGrant> grants) =>
        string.Join(", ", grants.Select(grant => $"{grant.Role}@{grant.Namespace}")) is { Length: > 0 } text
            ? text
            : "none";

    /// <summary>Reads grants such as <c>operator</c>, <c>operator@default</c> and <c>admin@*</c>.</summary>
    /// <param name="scope">The namespace of grants that name none.</param>
    /// <exception cref="UsageException">A text is no grant.</exception>
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
