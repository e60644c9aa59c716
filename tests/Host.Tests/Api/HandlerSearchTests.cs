using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class HandlerSearchTests
{
    private const string Handlers = "/api/namespaces/default/handlers";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _host = await ApiHost.StartAsync();
        _host.Broker.State.HandlerViews =
        [
            Handler("cellar-1", online: false) with
            {
                Drained = true,
                Methods = ["films.encode"],
            },
            Handler("office-1", Session("1.4.0", "dmz-1", ("rack", "b12"))) with
            {
                Groups = ["emea"],
            },
            Handler("office-2", Session("1.5.1", "dmz-2", ("rack", "b13"), ("a=b", "c"))),
            Handler("office-3", Session("1.5.1", "dmz-1")) with
            {
                Methods = ["films.encode", "mail.send"],
            },
        ];
    }

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [TestCase("", "cellar-1 office-1 office-2 office-3")]
    [TestCase("q=OFFICE", "office-1 office-2 office-3")]
    [TestCase("q=b13", "office-2")]
    [TestCase("q=10.0.0.", "office-1 office-2 office-3")]
    [TestCase("method=films.encode", "cellar-1 office-3")]
    [TestCase("method=films", "")]
    [TestCase("group=emea", "office-1")]
    [TestCase("label=rack", "office-1 office-2")]
    [TestCase("label=rack%3Db13", "office-2")]
    [TestCase("label=a%3Db", "office-2")]
    [TestCase("label=a%3Db%3Dc", "office-2")]
    [TestCase("label=b13", "")]
    [TestCase("agent=1.5", "office-2 office-3")]
    [TestCase("bridge=dmz-1", "office-1 office-3")]
    [TestCase("bridge=dmz", "")]
    [TestCase("online=false", "cellar-1")]
    [TestCase("drained=false", "office-1 office-2 office-3")]
    [TestCase("online=true&bridge=dmz-1&method=mail.send", "office-3")]
    public async Task A_handler_is_listed_that_passes_every_filter(string query, string names)
    {
        var page = await ReadAsync(query);
        Assert.That(string.Join(' ', page.Names), Is.EqualTo(names));
    }

    [Test]
    public async Task Pages_of_a_search_follow_each_other()
    {
        var first = await ReadAsync("q=office&limit=2");
        var second = await ReadAsync($"q=office&limit=2&cursor={first.Next}");
        Assert.Multiple(() =>
        {
            Assert.That(first.Names, Is.EqualTo(new[] { "office-1", "office-2" }));
            Assert.That(second.Names, Is.EqualTo(new[] { "office-3" }));
            Assert.That(second.Next, Is.Null);
        });
    }

    [TestCase("online=yes", "online")]
    [TestCase("drained=1", "drained")]
    [TestCase("method=a%20b", "method")]
    [TestCase("group=", "group")]
    [TestCase("label=%00", "label")]
    [TestCase("q=", "q")]
    [TestCase("limit=0", "limit")]
    [TestCase("lable=rack", "lable")]
    public async Task A_bad_filter_is_refused_by_its_name(string query, string name)
    {
        using var answer = await _host.Admin.GetAsync($"{Handlers}?{query}");
        Assert.That((await answer.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { name }));
    }

    [Test]
    public async Task A_filter_that_is_too_long_is_refused()
    {
        using var answer = await _host.Admin.GetAsync($"{Handlers}?agent={new string('x', 201)}");
        Assert.That((await answer.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "agent" }));
    }

    private async Task<(string[] Names, string? Next)> ReadAsync(string query)
    {
        var page = await (await _host.Admin.GetAsync($"{Handlers}?{query}")).BodyAsync();
        return (
            [.. page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString()!)],
            page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null
        );
    }

    private static HandlerView Handler(string name, params SessionView[] sessions) => Handler(name, true, sessions);

    private static HandlerView Handler(string name, bool online, params SessionView[] sessions) =>
        new()
        {
            Name = name,
            Online = online,
            Drained = false,
            Methods = [],
            Groups = [],
            Sessions = sessions,
        };

    private static SessionView Session(string version, string bridge, params (string Key, string Value)[] labels) =>
        new()
        {
            SessionId = "s",
            Instance = "i",
            State = "ready",
            Capacity = 4,
            Running = 0,
            ConnectedAt = new DateTimeOffset(2026, 10, 1, 12, 0, 0, TimeSpan.Zero),
            Agent = $"ScheduleZero.HandlerAgent {version}",
            Bridge = bridge,
            RemoteAddress = "10.0.0.7",
            Labels = labels.ToDictionary(label => label.Key, label => label.Value),
        };
}
