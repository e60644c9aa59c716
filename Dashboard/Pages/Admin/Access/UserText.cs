using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Access;

/// <summary>Says how an account of a user stands.</summary>
internal static class UserText
{
    /// <summary>What keeps the user out, the weightiest reason first.</summary>
    public static (string Words, Tone Tone) StateOf(UserView user) =>
        user.Disabled ? ("Disabled", Tone.Idle)
        : user.LockedUntil is not null ? ("Locked out", Tone.Bad)
        : user.MustChangePassword ? ("Must choose a password", Tone.Wait)
        : ("Active", Tone.Ok);

    public static string RolesOf(UserView user) =>
        user.Roles.Count == 0
            ? "none"
            : string.Join(", ", user.Roles.Select(grant => $"{grant.Role} on {WhereOf(grant.Namespace)}"));

    private static string WhereOf(string ns) => ns == "*" ? "everything" : ns;
}
