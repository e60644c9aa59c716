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
        ("admin-keys", "ns/default/admin/keys"),
        ("admin-keys-new", "ns/default/admin/keys?new=yes"),
        ("admin-enrolments", "ns/default/admin/enrolments"),
        ("admin-curve-keys", "ns/default/admin/curve-keys"),
        ("admin-namespaces", "ns/default/admin/namespaces"),
        ("admin-namespace", "ns/default/admin/namespaces/shop"),
        ("admin-audit", "ns/default/admin/audit?of=broker"),
        ("admin-versions", "ns/default/admin/versions"),
        ("admin-settings", "ns/default/admin/settings"),
        ("admin-settings-found", "ns/default/admin/settings?q=days"),
        ("account", "account"),
    ];

    public static async Task PlayAsync(TestBroker broker)
    {
        await broker.Admin.Namespaces.CreateAsync(
            new NamespaceRequest
            {
                Name = "shop",
                Description = "The web shop",
                Limits = new NamespaceLimits
                {
                    WaitingJobs = 10,
                    RunningJobs = 40,
                    Schedules = 200,
                    Handlers = 25,
                },
            }
        );
        await broker
            .In("shop")
            .Jobs.EnqueueBatchAsync([
                .. Enumerable.Range(0, 9).Select(_ => new JobRequest { Method = "orders.export" }),
            ]);
        await AddKeysAsync(broker);
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

    private static async Task AddKeysAsync(TestBroker broker)
    {
        await broker.Admin.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Service,
                Name = "Web shop, orders",
                Roles = [Roles.Operator],
                RequestsPerMinute = 60_000,
                ExpiresAt = new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero),
            }
        );
        var old = await broker.Admin.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Service,
                Name = "CI",
                Roles = [Roles.Viewer],
                Addresses = ["10.0.0.0/8"],
            }
        );
        await broker.Admin.Keys.RotateAsync(old.Id);
        var lost = await broker.Admin.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Handler,
                Handler = "till-3",
                Methods = ["till.*"],
            }
        );
        await broker.Admin.Keys.RevokeAsync(lost.Id);
        await broker.Admin.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = "dmz-1" });
        await broker.Admin.Enrolments.CreateAsync(new EnrolmentRequest { Handlers = "office-*", Groups = ["gpu"] });
    }

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
