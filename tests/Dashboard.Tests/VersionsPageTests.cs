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
        await Expect(whole.Page.Locator("tbody tr")).ToContainTextAsync("office-1");
        await Expect(whole.Page.Locator("dl.facts")).ToContainTextAsync((await broker.Admin.StatsAsync()).Version);
        await using var tenant = await BrowserPage.SignInAsync(broker, "tom", "ns/default/admin/versions");
        await tenant.ReadyAsync();
        await Expect(tenant.Page.Locator("tbody tr")).ToContainTextAsync("office-1");
        Assert.That(await tenant.Page.Locator("dl.facts").CountAsync(), Is.Zero);
        Assert.That(whole.Complaints.Concat(tenant.Complaints), Is.Empty);
    }

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
                new[]
                {
                    "agent/1.0 2 office-1",
                    "<b>\uFFFD[31m 1 till-1",
                    "agent/1.1 1 office-2",
                    "says nothing 1 till-1",
                }
            )
        );
    }

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
