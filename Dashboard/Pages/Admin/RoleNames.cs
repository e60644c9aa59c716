using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Live;

namespace ScheduleZero.Dashboard.Pages.Admin;

/// <summary>Reads the names of the roles that may be given.</summary>
internal static class RoleNames
{
    /// <summary>All roles for those who may read the roles, or else the built-in ones.</summary>
    public static async Task<IReadOnlyList<string>> ReadAsync(PageSession session, string ns)
    {
        if (!session.MayEverywhere("roles:manage"))
        {
            return [Roles.Viewer, Roles.Operator, Roles.Admin];
        }

        try
        {
            List<string> names = [];
            await foreach (var role in session.Client(ns).Roles.ListAllAsync())
            {
                names.Add(role.Name);
            }

            return names;
        }
        catch (ScheduleZeroException)
        {
            // The form works with the built-in roles, and REST says what is wrong when the form is sent.
            return [Roles.Viewer, Roles.Operator, Roles.Admin];
        }
    }
}
