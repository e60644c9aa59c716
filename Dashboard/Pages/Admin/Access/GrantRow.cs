using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Pages.Admin.Access;

/// <summary>
/// One role of a user, as somebody edits it. Each row is an object of its own, so that equal rows differ.
/// </summary>
public sealed class GrantRow
{
    public string Role { get; set; } = "";

    public string Namespace { get; set; } = "";

    public static List<GrantRow> Of(IEnumerable<RoleGrant> grants) =>
        [.. grants.Select(grant => new GrantRow { Role = grant.Role, Namespace = grant.Namespace })];

    /// <summary>The roles that the rows name, each once; rows without a role say nothing.</summary>
    public static IReadOnlyList<RoleGrant> ToGrants(IEnumerable<GrantRow> rows) =>
        [.. rows.Where(row => row.Role.Length > 0).Select(row => new RoleGrant(row.Role, row.Namespace)).Distinct()];
}
