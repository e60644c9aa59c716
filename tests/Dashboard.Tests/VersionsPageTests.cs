using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Admin.Versions;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The versions of the Broker and of the agents.</summary>
public sealed class VersionsPageTests
{
    [Test]
    public async Task The_broker_is_shown_to_those_who_may_ask_it_and_the_agents_to_all_who_read_handlers()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Admin);
        await broker.AddUserAsync("tom", Roles.Admin, "default");
        await using var fleet = await TestFleet.StartAsync(broker);
        await fleet.AddHandlerAsync(
            "office-1",
            agent => agent.Handle<object>("mail.send", (_, _) => Task.CompletedTask)
        );
        await using var whole = await BrowserPage.SignInAsync(broker, "ana", "ns/default/admin/versions");
        await whole.ReadyAsync();
        var version = (await broker.Admin.StatsAsync()).Version;
        await Expect(Rows(whole, "Agents")).ToContainTextAsync("office-1");
        await Expect(whole.Page.Locator("dl.facts")).ToContainTextAsync(version);
        await Expect(Rows(whole, "Bridges")).ToContainTextAsync("dmz-1");
        await Expect(Rows(whole, "Bridges")).ToContainTextAsync(version);
        await Expect(Rows(whole, "Bridges").Locator(".chip")).ToHaveCountAsync(0);
        await whole.GoAsync(broker, "ns/default/links");
        await Expect(Rows(whole, "Links")).ToContainTextAsync($"dmz-1 {version}");
        await using var tenant = await BrowserPage.SignInAsync(broker, "tom", "ns/default/admin/versions");
        await tenant.ReadyAsync();
        await Expect(tenant.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(Rows(tenant, "Agents")).ToContainTextAsync("office-1");
        Assert.That(await tenant.Page.Locator("dl.facts").CountAsync(), Is.Zero);
        Assert.That(whole.Complaints.Concat(tenant.Complaints), Is.Empty);
    }

    private static ILocator Rows(BrowserPage page, string table) =>
        page.Page.GetByRole(AriaRole.Region, new() { Name = table, Exact = true }).Locator("tbody tr");

    [Test]
    public void Sessions_are_counted_by_what_their_agents_say()
    {
        var counts = AgentCount.Of([
            Handler("office-2", "agent/1.1"),
            Handler("office-1", "agent/1.0", "agent/1.0"),
            Handler("till-1", "<b>\u001b[31m", null),
        ]);
        Assert.That(
            counts.Select(count => $"{count.Agent} {count.Sessions} {string.Join(',', count.Handlers)}"),
            Is.EqualTo(
                new[] { "agent/1.0 2 office-1", "<b> 1 till-1", "agent/1.1 1 office-2", "says nothing 1 till-1" }
            )
        );
    }

    [Test]
    public void Bridges_that_are_linked_are_shown_with_what_they_say()
    {
        var rows = BridgeRow.Of([
            Link(LinkState.Up, "tcp://dmz:4242", ["dmz-2", "dmz-1"], new() { ["dmz-2"] = "0.2.0" }),
            Link(LinkState.Down, "tcp://gone:4242", ["dmz-3"], new() { ["dmz-3"] = "0.1.0" }),
            Link(LinkState.Up, "192.0.2.7:1", ["x"], new() { ["x"] = $"<b>\u202e{new string('9', 1_000_000)}" }),
        ]);
        Assert.That(
            rows.Select(row => (row.Bridge, row.Version, row.Address)).Take(2),
            Is.EqualTo(new[] { ("dmz-1", null, "tcp://dmz:4242"), ("dmz-2", "0.2.0", "tcp://dmz:4242") })
        );
        Assert.That(rows, Has.Count.EqualTo(3));
        Assert.That(rows[2].Version, Does.StartWith("<b>\uFFFD9").And.Length.LessThan(70));
    }

    private static LinkView Link(
        LinkState state,
        string address,
        string[] bridges,
        Dictionary<string, string> versions
    ) =>
        new()
        {
            Address = address,
            DialledBy = LinkDialler.Peer,
            State = state,
            Since = default,
            Bridges = bridges,
            BridgeVersions = versions,
            Attempts = 0,
        };

    private static HandlerView Handler(string name, params string?[] agents) =>
        new()
        {
            Name = name,
            Online = true,
            Drained = false,
            Methods = [],
            Groups = [],
            Sessions =
            [
                .. agents.Select(agent => new SessionView
                {
                    SessionId = "s",
                    Instance = "i",
                    State = "ready",
                    Capacity = 1,
                    Running = 0,
                    Agent = agent,
                    ConnectedAt = default,
                }),
            ],
        };
}
