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
        await owner.Namespaces.CreateAsync(new NamespaceRequest { Name = "tenant-a" });
        var tenant = await owner.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Service,
                Name = "tenant",
                Roles = [Roles.Admin],
            }
        );
        using var admin = As(tenant.Key);

        var seen = await admin.Keys.ListAsync();
        Assert.That(seen.Items.Select(key => key.Id), Is.EqualTo(new[] { tenant.Id }));

        var bootstrap = Stage.AdminKey.Split('_')[1];
        var refused = Assert.ThrowsAsync<ScheduleZeroException>(() => admin.Keys.RevokeAsync(bootstrap));
        Assert.That(refused!.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await owner.Keys.ListAsync()).Items, Is.Not.Empty, "the admin's key is still valid");
    }

    [Test]
    public async Task A_deleted_tenant_leaves_nothing_behind_and_its_name_can_be_given_again()
    {
        var broker = await Stage.StartBrokerAsync();
        using var owner = As(Stage.AdminKey);
        await owner.Namespaces.CreateAsync(new NamespaceRequest { Name = "tenant-a" });
        var key = await owner.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Service,
                Name = "tenant",
                Roles = [Roles.Admin],
            }
        );
        using var tenant = As(key.Key);
        var ended = (await tenant.Jobs.EnqueueAsync(new JobRequest { Method = "m" })).Id;
        await tenant.Jobs.CancelAsync(ended);
        await tenant.Jobs.EnqueueAsync(new JobRequest { Method = "m" });

        await owner.Namespaces.DeleteAsync("tenant-a");
        Assert.That(
            Assert.ThrowsAsync<ScheduleZeroException>(() => tenant.Jobs.GetAsync(ended))!.Status,
            Is.EqualTo(HttpStatusCode.Unauthorized)
        );

        // The name is free once the store has deleted everything. Another start goes on with an unfinished deletion.
        await broker.KillAsync();
        await Stage.StartBrokerAsync();
        NamespaceView? again = null;
        while (again is null)
        {
            try
            {
                again = await owner.Namespaces.CreateAsync(new NamespaceRequest { Name = "tenant-a" });
            }
            catch (ScheduleZeroException e) when (e.Status == HttpStatusCode.Conflict)
            {
                await Task.Yield();
            }
        }

        Assert.That(again.Usage, Is.EqualTo(new NamespaceUsage(0, 0, 0, 0)));
        Assert.That((await owner.Jobs.ListAsync()).Items, Is.Empty);
        Assert.That(
            (await owner.Keys.ListAsync())
                .Items.Where(item => item.Namespace == "tenant-a")
                .Select(item => item.RevokedAt),
            Is.All.Not.Null
        );
    }

    private ScheduleZeroClient As(string key) =>
        new(
            new ScheduleZeroClientOptions
            {
                Server = Stage.Client.Options.Server,
                ApiKey = key,
                Namespace = "tenant-a",
            }
        );
}
