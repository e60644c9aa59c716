using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Access;

/// <summary>One rule of a role, as somebody edits it.</summary>
public sealed class RuleDraft
{
    public const string Everything = "*";

    /// <summary>The permissions and patterns of permissions, as the rule will have them.</summary>
    public HashSet<string> Permissions { get; } = new(StringComparer.Ordinal);

    /// <summary>The patterns of names, with commas between them; empty for everything.</summary>
    public string Names { get; set; } = "";

    public static RuleDraft Of(RoleRule rule)
    {
        var draft = new RuleDraft { Names = NameList.Of(rule.Names) };
        draft.Permissions.UnionWith(rule.Permissions);
        return draft;
    }

    public RoleRule ToRule() =>
        new() { Permissions = [.. Permissions.Order(StringComparer.Ordinal)], Names = NameList.ParseOrNull(Names) };

    /// <summary>Whether a pattern in the rule opens the permission, so that nobody can take it away alone.</summary>
    public bool IsCovered(string permission) =>
        Permissions.Contains(Everything) || Permissions.Contains(PermissionGroup.AllOf(ResourceOf(permission)));

    /// <summary>Whether the rule opens the permission.</summary>
    public bool Opens(string permission) => Permissions.Contains(permission) || IsCovered(permission);

    /// <summary>Puts a permission or a pattern into the rule, or takes it out.</summary>
    public void Set(string permission, bool isGiven)
    {
        if (isGiven)
        {
            // A pattern says all that the permissions under it would say.
            Permissions.RemoveWhere(other =>
                permission == Everything
                || (permission.EndsWith(":*", StringComparison.Ordinal) && ResourceOf(other) == ResourceOf(permission))
            );
            Permissions.Add(permission);
        }
        else
        {
            Permissions.Remove(permission);
        }
    }

    private static string ResourceOf(string permission) => permission.Split(':')[0];
}

/// <summary>The permissions on one kind of thing.</summary>
/// <param name="Resource">The kind, such as <c>jobs</c>.</param>
/// <param name="Permissions">The permissions, such as <c>jobs:read</c>.</param>
public sealed record PermissionGroup(string Resource, IReadOnlyList<string> Permissions)
{
    /// <summary>The pattern that stands for all permissions of the group, those of later versions included.</summary>
    public string All => AllOf(Resource);

    public static string AllOf(string resource) => $"{resource}:*";

    /// <summary>Puts permissions into groups; patterns among them are left out.</summary>
    public static IReadOnlyList<PermissionGroup> Of(IEnumerable<string> permissions) =>
        [
            .. permissions
                .Where(permission => permission.Split(':') is [_, not "*"])
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .GroupBy(permission => permission.Split(':')[0])
                .Select(group => new PermissionGroup(group.Key, [.. group])),
        ];

    public static string VerbOf(string permission) => permission.Split(':')[^1];
}
