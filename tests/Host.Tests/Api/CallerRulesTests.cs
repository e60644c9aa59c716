using System.Net.Http.Json;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>What callers are told of their own roles, so that pages offer only what is open to them.</summary>
[Parallelizable]
public sealed class CallerRulesTests
{
    private ApiHost _host = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task Callers_are_told_what_their_roles_open_and_nothing_of_the_whole_broker_in_a_namespace()
    {
        var limited = _host.AddRole(new RoleRule { Permissions = ["jobs:*"], Names = ["reports.*"] });
        using var ana = _host.ClientOf(
            _host.AddUser("ana", new RoleGrant(limited, "tenant-a"), new RoleGrant(Roles.Admin, "tenant-b"))
        );
        var me = await ana.GetFromJsonAsync("/api/auth/me", RestJson.Default.MeView);
        var (first, second) = (me!.Rules![0], me.Rules[1]);
        Assert.Multiple(() =>
        {
            Assert.That(me.Rules, Has.Count.EqualTo(2));
            Assert.That(first.Namespace, Is.EqualTo("tenant-a"));
            Assert.That(first.Permissions, Is.EqualTo(new[] { "jobs:read", "jobs:run" }));
            Assert.That(first.Names, Is.EqualTo(new[] { "reports.*" }));
            Assert.That(second.Permissions, Has.Member("keys:manage").And.No.Member("users:manage"));
            Assert.That(second.Names, Is.Null);
        });
    }
}
