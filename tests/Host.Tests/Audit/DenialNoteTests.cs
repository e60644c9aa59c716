using System.Net;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Audit;

/// <summary>The notes that the audit log gets of refused requests, and the counts in place of notes.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DenialNoteTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task Another_namespace_and_no_key_are_noted()
    {
        using (var tenant = _host.Client(_host.AddKey(Roles.Admin, "tenant-a")))
        {
            (await tenant.GetAsync($"{WritingRoutes.Ns}/jobs")).Dispose();
        }

        using (var nobody = _host.Client(null))
        {
            (await nobody.GetAsync("/api/stats")).Dispose();
        }

        Assert.That(
            _host.Broker.Noted.Select(note => (note.Outcome, note.Reason, note.Action, note.Namespace)),
            Is.EqualTo(
                new[]
                {
                    ("denied", ErrorCodes.NotFound, "jobs:read", "default"),
                    ("denied", ErrorCodes.Unauthenticated, "stats:read", null),
                }
            )
        );
        Assert.That(_host.Broker.Noted[^1].Actor, Is.EqualTo(AuditNote.Anonymous));
    }

    [Test]
    public async Task A_bridges_key_asked_for_by_a_tenant_is_noted_as_denied()
    {
        using var tenant = _host.Client(_host.AddKey(Roles.Admin, "tenant-a"));
        (await tenant.PostTextAsync("/api/namespaces/tenant-a/keys", """{"kind":"bridge","name":"b"}""")).Dispose();
        Assert.That(
            _host.Broker.Noted.Single(),
            Has.Property("Outcome").EqualTo("denied").And.Property("Action").EqualTo("keys:manage")
        );
    }

    [Test]
    public async Task Requests_beyond_a_known_callers_limit_are_noted_and_anonymous_ones_are_not()
    {
        using var client = _host.Client(_host.AddKey(Roles.Viewer, requestsPerMinute: 1));
        (await client.GetAsync(ApiHost.Jobs)).Dispose();
        (await client.GetAsync(ApiHost.Jobs)).Dispose();
        Assert.That(_host.Broker.Noted.Single().Reason, Is.EqualTo(ErrorCodes.RateLimited));

        await using var strict = await ApiHost.StartAsync(anonymousRequestsPerMinute: 1);
        using var nobody = strict.Client(null);
        (await nobody.GetAsync("/api/auth/keys")).Dispose();
        Assert.That((await nobody.GetAsync("/api/auth/keys")).StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(strict.Broker.Noted, Is.Empty);
    }

    [Test]
    public async Task Anonymous_refusals_are_counted_from_the_61st_of_a_minute_on()
    {
        await DenyAsync(_host, 75);
        Assert.That(_host.Broker.Noted, Has.Count.EqualTo(60));
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_host.Broker.Noted, Has.Count.EqualTo(61));
        Assert.That(_host.Broker.Noted[^1].Reason, Is.EqualTo("15 more refusals of anonymous callers"));
        await DenyAsync(_host, 1);
        Assert.That(_host.Broker.Noted, Has.Count.EqualTo(62));
    }

    [Test]
    public async Task What_a_busy_broker_does_not_take_is_noted_when_it_does()
    {
        _host.Broker.IsBusy = true;
        await DenyAsync(_host, 3);
        Assert.That(_host.Broker.Noted, Is.Empty, "no request has waited for a note");
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_host.Broker.Noted, Is.Empty);
        _host.Broker.IsBusy = false;
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_host.Broker.Noted.Single().Reason, Is.EqualTo("3 more refusals of anonymous callers"));
    }

    [Test]
    public async Task What_has_only_been_counted_is_noted_at_a_clean_stop()
    {
        var host = await ApiHost.StartAsync();
        await DenyAsync(host, 61);
        await host.DisposeAsync();
        Assert.That(host.Broker.Noted[^1].Reason, Is.EqualTo("1 more refusals of anonymous callers"));
    }

    private static async Task DenyAsync(ApiHost host, int times)
    {
        using var nobody = host.Client(null);
        for (var i = 0; i < times; i++)
        {
            (await nobody.GetAsync("/api/stats")).Dispose();
        }
    }
}
