using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Users, roles and keys as a small firm might have them, for pictures.</summary>
internal static class AdminScene
{
    public static IReadOnlyList<(string Name, string Path)> Pages { get; } =
    [
        ("admin-users", "ns/default/admin/users"),
        ("admin-users-new", "ns/default/admin/users?new=yes"),
        ("admin-user", "ns/default/admin/users/lena.operations@example.org"),
        ("admin-roles", "ns/default/admin/roles"),
        ("admin-role", "ns/default/admin/roles/reporter"),
    ];

    public static async Task PlayAsync(TestBroker broker)
    {
        await broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = "shop" });
        await AddRolesAsync(broker);
        await AddUsersAsync(broker);
    }

    private static async Task AddRolesAsync(TestBroker broker) =>
        await broker.Admin.Roles.CreateAsync(
            new RoleRequest
            {
                Name = "reporter",
                Description = "Runs the reports, and looks at the calendars",
                Rules =
                [
                    new RoleRule { Permissions = ["jobs:read", "jobs:run"], Names = ["reports.*"] },
                    new RoleRule { Permissions = ["calendars:*", "handlers:read"] },
                ],
            }
        );

    private static async Task AddUsersAsync(TestBroker broker)
    {
        const string Lena = "lena.operations@example.org";
        await broker.AddUserAsync(Lena, Roles.Operator, "default");
        await broker.Admin.Users.PatchAsync(
            Lena,
            new UserPatch
            {
                Roles = [new RoleGrant(Roles.Operator, "default"), new RoleGrant("reporter", "shop")],
                RequestsPerMinute = 1_200,
            }
        );
        (await broker.SignInAsync(Lena)).Dispose();
        await broker.AddUserAsync("marc", Roles.Viewer, mustChangePassword: true);
        await broker.AddUserAsync("old-intern", Roles.Viewer, "shop");
        await broker.Admin.Users.PatchAsync("old-intern", new UserPatch { Disabled = true });
        await broker.AddUserAsync("tess", Roles.Admin, "shop");
        using var http = broker.NewHttpClient();
        for (var tries = 0; tries < 10; tries++)
        {
            (await http.SignInAsync("tess", $"not the password {tries}")).Dispose();
        }
    }
}
