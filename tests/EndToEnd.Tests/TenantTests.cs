using System.Net;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.EndToEnd.Tests;

public sealed class TenantTests : StageTest
{
    [Test]
    public async Task A_tenants_admin_neither_sees_nor_revokes_the_keys_that_hold_everywhere()
    {
        await Stage.StartBrokerAsync();
        using var owner = As(Stage.AdminKey);
        var tenant = await owner.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Service, Name = "tenant", Roles = [Roles.Admin] });
        using var admin = As(tenant.Key);

        var seen = await admin.Keys.ListAsync();
        Assert.That(seen.Items.Select(key => key.Id), Is.EqualTo(new[] { tenant.Id }));

        var bootstrap = Stage.AdminKey.Split('_')[1];
        var refused = Assert.ThrowsAsync<ScheduleZeroException>(() => admin.Keys.RevokeAsync(bootstrap));
        Assert.That(refused!.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await owner.Keys.ListAsync()).Items, Is.Not.Empty, "the admin's key still opens");
    }

    private ScheduleZeroClient As(string key) =>
        new(new ScheduleZeroClientOptions { Server = Stage.Client.Options.Server, ApiKey = key, Namespace = "tenant-a" });
}
