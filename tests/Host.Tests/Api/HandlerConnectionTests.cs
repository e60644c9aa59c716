using System.Net;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class HandlerConnectionTests
{
    private const string Connections = "/api/namespaces/default/handlers/office-7/connections";

    private static readonly DateTimeOffset Noon = new(2026, 10, 1, 12, 0, 0, TimeSpan.Zero);

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _host = await ApiHost.StartAsync();
        _host.Broker.State.ConnectionViews = [.. Enumerable.Range(1, 3).Reverse().Select(number => Row(number))];
    }

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task Connections_come_newest_first_and_in_pages()
    {
        var first = await (await _host.Admin.GetAsync($"{Connections}?limit=2")).BodyAsync();
        var cursor = first.GetProperty("nextCursor").GetString();
        // A connection that comes meanwhile moves nothing.
        _host.Broker.State.ConnectionViews = [Row(4), .. _host.Broker.State.ConnectionViews];
        var second = await (await _host.Admin.GetAsync($"{Connections}?limit=2&cursor={cursor}")).BodyAsync();
        Assert.Multiple(() =>
        {
            Assert.That(InstancesOf(first), Is.EqualTo(new[] { "i3", "i2" }));
            Assert.That(InstancesOf(second), Is.EqualTo(new[] { "i1" }));
            Assert.That(second.GetProperty("items")[0].GetProperty("reason").GetString(), Is.EqualTo("cut 1"));
        });
    }

    [Test]
    public async Task A_connection_that_became_other_instances_shows_all_of_them_in_pages_of_one()
    {
        var (_, ended) = Row(3);
        _host.Broker.State.ConnectionViews =
        [
            (3, ended with { SessionId = "s4", Instance = "now", ConnectedAt = Noon.AddSeconds(3), EndedAt = null }),
            (3, ended with { SessionId = "s1", Instance = "first" }),
            (3, ended with { SessionId = "s2", Instance = "second", ConnectedAt = Noon.AddSeconds(2) }),
            (3, ended with { SessionId = "s3", Instance = "third", ConnectedAt = Noon.AddSeconds(2) }),
            Row(2),
        ];
        var seen = new List<string?>();
        var path = $"{Connections}?limit=1";
        for (string? next = path; next is not null; )
        {
            var page = await (await _host.Admin.GetAsync(next)).BodyAsync();
            seen.AddRange(InstancesOf(page));
            next = page.TryGetProperty("nextCursor", out var cursor) ? $"{path}&cursor={cursor.GetString()}" : null;
        }

        Assert.That(seen, Is.EqualTo(new[] { "now", "second", "third", "first", "i2" }));
    }

    [Test]
    public async Task A_handler_that_is_not_there_has_no_connections()
    {
        foreach (var path in new[] { "default/handlers/none", "tenant-a/handlers/office-7" })
        {
            using var answer = await _host.Admin.GetAsync($"/api/namespaces/{path}/connections");
            Assert.That((await answer.ProblemAsync()).Status, Is.EqualTo(404), path);
        }
    }

    [Test]
    public async Task A_bad_page_is_refused()
    {
        using var answer = await _host.Admin.GetAsync($"{Connections}?limit=501");
        Assert.That((await answer.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "limit" }));
    }

    [Test]
    public async Task Keys_are_listed_by_their_handler()
    {
        foreach (var name in new[] { "office-7", "office-8" })
        {
            using var made = await _host.Admin.PostTextAsync(
                "/api/namespaces/default/keys",
                $$"""{"kind":"handler","handler":"{{name}}"}"""
            );
            Assert.That(made.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        }

        var page = await (await _host.Admin.GetAsync("/api/namespaces/default/keys?handler=office-7")).BodyAsync();
        var names = page.GetProperty("items").EnumerateArray().Select(key => key.GetProperty("handler").GetString());
        Assert.That(names, Is.EqualTo(new[] { "office-7" }));
        using var bad = await _host.Admin.GetAsync("/api/namespaces/default/keys?handler=a%20b");
        Assert.That((await bad.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "handler" }));
    }

    [Test]
    public async Task One_namespace_shows_its_start_latency_and_a_list_does_not()
    {
        var without = await (await _host.Admin.GetAsync("/api/namespaces/default")).BodyAsync();
        _host.Broker.State.Latency = new StartLatency(12, 0.004, 0.02, 0.5);
        var one = await (await _host.Admin.GetAsync("/api/namespaces/default")).BodyAsync();
        var list = await (await _host.Admin.GetAsync("/api/namespaces")).BodyAsync();
        Assert.Multiple(() =>
        {
            Assert.That(without.TryGetProperty("startLatency", out _), Is.False);
            Assert.That(one.GetProperty("startLatency").GetProperty("attempts").GetInt32(), Is.EqualTo(12));
            Assert.That(one.GetProperty("startLatency").GetProperty("p99Seconds").GetDouble(), Is.EqualTo(0.5));
            Assert.That(list.GetProperty("items")[0].TryGetProperty("startLatency", out _), Is.False);
        });
    }

    private static string?[] InstancesOf(System.Text.Json.JsonElement page) =>
        [.. page.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("instance").GetString())];

    private static (long Number, HandlerConnectionView View) Row(int number) =>
        (
            number,
            new HandlerConnectionView
            {
                SessionId = "s",
                Instance = $"i{number}",
                KeyId = "k",
                ConnectedAt = Noon,
                EndedAt = Noon.AddSeconds(number),
                Reason = $"cut {number}",
            }
        );
}
