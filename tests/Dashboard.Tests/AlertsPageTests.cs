using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Open alerts, rules and channels, in a real browser.</summary>
public sealed class AlertsPageTests
{
    private const string Hostile = "<img src=x onerror=\"document.title='pwned'\">\u202Egnp.exe";
    private const string FitsWindow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";

    private TestBroker _broker = null!;
    private TestFleet _fleet = null!;
    private NoticeReceiver _receiver = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ana", Roles.Admin);
        await _broker.AddUserAsync("olaf", Roles.Operator);
        await _broker.AddUserAsync("vera", Roles.Viewer);
        _fleet = await TestFleet.StartAsync(_broker);
        _receiver = await NoticeReceiver.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _receiver.DisposeAsync();
        await _fleet.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task A_channel_is_made_its_secret_is_shown_once_and_a_test_arrives()
    {
        var ns = await NewNamespaceAsync("channel");
        await using var page = await OpenAsync("ana", $"ns/{ns}/alerts");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Make a channel" }).ClickAsync();
        await Field(page, "Kind").SelectOptionAsync("Webhook");
        await Button(page, "Make the channel").ClickAsync();
        await Expect(FieldOf(page, "Name").Locator(".error")).ToContainTextAsync("A name is needed");
        await Field(page, "URL").FillAsync("hooks");
        await Field(page, "Name").FillAsync("pager");
        await Expect(FieldOf(page, "URL").Locator(".error")).ToContainTextAsync("A whole URL is needed");
        await Field(page, "URL").FillAsync(_receiver.Url);
        await Field(page, "Description").FillAsync(Hostile);
        await Button(page, "Make the channel").ClickAsync();
        Assert.That(await page.Page.Locator(".secret-text").InnerTextAsync(), Does.StartWith("whsec_"));
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await Button(page, "I have stored it").ClickAsync();
        await page.Page.GetByRole(AriaRole.Heading, new() { Name = "pager", Level = 1 }).WaitForAsync();
        await Expect(page.Page.Locator(".secret-text")).ToHaveCountAsync(0);
        await Expect(Field(page, "URL")).ToHaveValueAsync("");

        await Button(page, "Send a test").ClickAsync();
        await page.Page.GetByText("The channel took the test").WaitForAsync();
        Assert.That(_receiver.Bodies, Has.Some.Contains("alert.test").And.Contains($"\"{ns}\""));
        await Field(page, "URL").FillAsync("https://127.0.0.1:1/gone");
        await Button(page, "Save").ClickAsync();
        await page.Page.GetByText("pager is saved.").WaitForAsync();
        await Button(page, "Send a test").ClickAsync();
        await page.Page.GetByText("The channel did not take the test").WaitForAsync();
        await Expect(page.Page.Locator(".notice.bad")).ToContainTextAsync("127.0.0.1");
        Assert.That(await page.Page.Locator("main img").CountAsync(), Is.Zero);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_rule_is_made_while_the_form_says_what_is_wrong_and_tells_of_a_failed_job()
    {
        var ns = await NewNamespaceAsync("rule");
        await AddChannelAsync(ns);
        await AddHandlerAsync(ns);
        await using var page = await OpenAsync("ana", $"ns/{ns}/alerts/rules");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "New rule" }).ClickAsync();
        await Field(page, "When").SelectOptionAsync("NothingSucceeded");
        await Field(page, "For how long").FillAsync("soon");
        await Field(page, "Methods").FillAsync("mail.*");
        await Expect(FieldOf(page, "For how long").Locator(".error")).ToContainTextAsync("A duration is needed");
        await Field(page, "Name").FillAsync("failures");
        await Expect(FieldOf(page, "Methods").Locator(".error")).ToContainTextAsync("without *");
        await Field(page, "When").SelectOptionAsync("JobFailed");
        await Expect(page.Page.Locator(".field .error")).ToHaveCountAsync(0);
        await Button(page, "Make the rule").ClickAsync();
        await page.Page.GetByText("Choose a channel").WaitForAsync();
        await page.Page.GetByLabel("pager").CheckAsync();
        await page.Page.GetByText("How often").ClickAsync();
        await Field(page, "Wait for more").FillAsync("0 s");
        await Button(page, "Make the rule").ClickAsync();
        await page.Page.GetByRole(AriaRole.Heading, new() { Name = "failures", Level = 1 }).WaitForAsync();
        var rule = await _broker.In(ns).Alerts.GetRuleAsync("failures");
        Assert.Multiple(() =>
        {
            Assert.That(rule.Only, Is.EqualTo(new[] { "mail.*" }));
            Assert.That(rule.Channels, Is.EqualTo(new[] { "pager" }));
            Assert.That(rule.Wait, Is.EqualTo(TimeSpan.Zero));
        });

        var job = await _broker
            .In(ns)
            .Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "mail.fail" }, TimeSpan.FromMinutes(1));
        await page.GoAsync(_broker, $"ns/{ns}/alerts");
        var row = page.Page.Locator("tbody tr");
        await Expect(row).ToContainTextAsync("A job failed for good");
        await Expect(row).ToContainTextAsync("pager at");
        await Expect(row).ToContainTextAsync("<img src=x");
        Assert.That(await row.InnerTextAsync(), Does.Not.Contain("\u202E"));
        await row.Locator($"a[href$='jobs/{job.Id}']").ClickAsync();
        await page.Page.GetByRole(AriaRole.Heading, new() { Name = "mail.fail", Level = 1 }).WaitForAsync();
        Assert.That(await page.Page.Locator("main img").CountAsync(), Is.Zero);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task An_open_alert_comes_by_itself()
    {
        var ns = await NewNamespaceAsync("live");
        await AddChannelAsync(ns);
        await AddRuleAsync(ns, "failures");
        await AddHandlerAsync(ns);
        await using var page = await OpenAsync("vera", $"ns/{ns}/alerts");
        await page.Page.GetByText("1 rule watches").WaitForAsync();
        await _broker.In(ns).Jobs.EnqueueAsync(new JobRequest { Method = "mail.fail" });
        await Expect(page.Page.Locator("tbody tr")).ToContainTextAsync("failures");
        Assert.That(await page.Page.EvaluateAsync<bool>(FitsWindow), Is.True);
    }

    [Test]
    public async Task An_operator_mutes_a_rule_with_an_end_and_may_not_change_it()
    {
        var ns = await NewNamespaceAsync("mute");
        await AddChannelAsync(ns);
        await AddRuleAsync(ns, "failures");
        await using var page = await OpenAsync("olaf", $"ns/{ns}/alerts/rules/failures");
        await Expect(Button(page, "Mute…")).ToBeVisibleAsync();
        await Expect(Button(page, "Delete")).ToHaveCountAsync(0);
        await Expect(Button(page, "Switch off")).ToHaveCountAsync(0);
        await Expect(Button(page, "Save")).ToHaveCountAsync(0);
        await Button(page, "Mute…").ClickAsync();
        await Field(page, "Why").FillAsync(Hostile);
        await Button(page, "Mute failures").ClickAsync();
        await page.Page.GetByText("A date and a time are needed.").WaitForAsync();
        await Field(page, "Until").FillAsync($"{TimeProvider.System.GetUtcNow().AddDays(2):yyyy-MM-dd}T12:30:15");
        await Button(page, "Mute failures").ClickAsync();
        await page.Page.GetByText("Nobody is told", new() { Exact = true }).WaitForAsync();
        await Expect(page.Page.Locator(".notice.wait")).ToContainTextAsync("user:olaf");
        Assert.That(
            await page.Page.Locator(".notice.wait").InnerTextAsync(),
            Does.Contain("<img src=x").And.Not.Contain("\u202E")
        );
        Assert.That((await _broker.In(ns).Alerts.GetRuleAsync("failures")).MuteReason, Is.EqualTo(Hostile));
        await Button(page, "Unmute").ClickAsync();
        await Expect(Button(page, "Mute…")).ToBeVisibleAsync();
        Assert.That((await _broker.In(ns).Alerts.GetRuleAsync("failures")).MutedUntil, Is.Null);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_rule_is_switched_off_and_deleted_and_its_channel_only_afterwards()
    {
        var ns = await NewNamespaceAsync("delete");
        await AddChannelAsync(ns);
        await AddRuleAsync(ns, "failures");
        await using var page = await OpenAsync("ana", $"ns/{ns}/alerts/channels/pager");
        await Button(page, "Delete").ClickAsync();
        await Button(page, "Delete pager").ClickAsync();
        await Expect(page.Page.Locator(".toast")).ToContainTextAsync("Rules name the channel: \"failures\"");
        await page.GoAsync(_broker, $"ns/{ns}/alerts/rules/failures");
        await Button(page, "Switch off").ClickAsync();
        await Expect(page.Page.Locator(".title .chip")).ToHaveTextAsync("Off");
        var off = await _broker.In(ns).Alerts.GetRuleAsync("failures");
        Assert.That((off.Enabled, off.Only), Is.EqualTo((false, new[] { "mail.*" })));
        await Button(page, "Delete").ClickAsync();
        await Button(page, "Delete failures").ClickAsync();
        await page.Page.GetByText("There is no rule here").WaitForAsync();
        await page.GoAsync(_broker, $"ns/{ns}/alerts/channels/pager");
        await Button(page, "Delete").ClickAsync();
        await Button(page, "Delete pager").ClickAsync();
        await page.Page.GetByText("There is no channel here").WaitForAsync();
        Assert.That((await _broker.In(ns).Alerts.ListChannelsAsync()).Items, Is.Empty);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_rule_that_somebody_else_has_changed_meanwhile_is_not_overwritten()
    {
        var ns = await NewNamespaceAsync("meanwhile");
        await AddChannelAsync(ns);
        await AddRuleAsync(ns, "failures");
        await using var page = await OpenAsync("ana", $"ns/{ns}/alerts/rules/failures");
        await Field(page, "Methods").FillAsync("mail.fail");
        await AddRuleAsync(ns, "failures", "reports.*");
        await Button(page, "Save").ClickAsync();
        await page.Page.GetByText("The condition does not hold").First.WaitForAsync();
        Assert.That((await _broker.In(ns).Alerts.GetRuleAsync("failures")).Only, Is.EqualTo(new[] { "reports.*" }));
        await page.GoAsync(_broker, $"ns/{ns}/alerts/rules/-/new");
        await Field(page, "Name").FillAsync("failures");
        await page.Page.GetByLabel("pager").CheckAsync();
        await Button(page, "Make the rule").ClickAsync();
        await page.Page.GetByText("The condition does not hold").First.WaitForAsync();
        Assert.That((await _broker.In(ns).Alerts.GetRuleAsync("failures")).Version, Is.EqualTo(2));
    }

    [Test]
    public async Task What_a_role_does_not_open_is_not_offered()
    {
        var ns = await NewNamespaceAsync("reader");
        await AddChannelAsync(ns);
        await AddRuleAsync(ns, "failures");
        await _broker.AddUserAsync("tina", Roles.Admin, ns);
        await using (var viewer = await OpenAsync("vera", $"ns/{ns}/alerts/channels"))
        {
            await viewer.Page.GetByRole(AriaRole.Link, new() { Name = "pager" }).ClickAsync();
            await Expect(viewer.Page.Locator(".facts")).ToContainTextAsync("Last sent");
            foreach (var name in new[] { "Send a test", "Delete", "Save" })
            {
                await Expect(Button(viewer, name)).ToHaveCountAsync(0);
            }

            await viewer.GoAsync(_broker, $"ns/{ns}/alerts/rules/failures");
            await Expect(Field(viewer, "Methods")).ToBeDisabledAsync();
            await Expect(Button(viewer, "Mute…")).ToHaveCountAsync(0);
        }

        // The disk, links and certificates are the whole Broker's, and not of one namespace.
        await using var tenant = await OpenAsync("tina", $"ns/{ns}/alerts/rules/-/new");
        await Expect(Field(tenant, "When").Locator("option")).ToHaveCountAsync(6);
        await tenant.GoAsync(_broker, $"ns/{ns}/alerts/rules/failures");
        await Expect(Button(tenant, "Save")).ToBeVisibleAsync();
    }

    [Test]
    public async Task Home_says_that_a_channel_takes_no_notices()
    {
        var ns = await NewNamespaceAsync("home");
        await _broker
            .In(ns)
            .Alerts.PutChannelAsync(
                "pager",
                new AlertChannelRequest { Kind = AlertChannelKind.Webhook, Url = "https://127.0.0.1:1/gone" }
            );
        await AddRuleAsync(ns, "failures");
        await AddHandlerAsync(ns);
        // A namespace without a schedule has the first steps in place of what needs a person.
        await _broker
            .In(ns)
            .Schedules.CreateAsync(
                new ScheduleRequest
                {
                    Name = "nightly",
                    Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 2 * * *" },
                    Job = new JobRequest { Method = "mail.fail" },
                }
            );
        await _broker.In(ns).Jobs.EnqueueAsync(new JobRequest { Method = "mail.fail" });
        await using var page = await OpenAsync("vera", $"ns/{ns}");
        await page.Page.GetByText("The channel pager does not take notices").WaitForAsync(new() { Timeout = 40_000 });
        await page.Page.Locator(".attention a[href$='alerts/channels/pager']").ClickAsync();
        await Expect(page.Page.Locator(".title .chip")).ToHaveTextAsync("Fails");
    }

    private static ILocator Button(BrowserPage page, string name) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private static ILocator FieldOf(BrowserPage page, string label) =>
        page.Page.Locator(".field", new() { Has = page.Page.Locator("> span", new() { HasText = label }) });

    private static ILocator Field(BrowserPage page, string label) =>
        FieldOf(page, label).Locator("input, select, textarea").First;

    private Task AddChannelAsync(string ns) =>
        _broker
            .In(ns)
            .Alerts.PutChannelAsync(
                "pager",
                new AlertChannelRequest { Kind = AlertChannelKind.Webhook, Url = _receiver.Url }
            );

    private Task AddRuleAsync(string ns, string name, string only = "mail.*") =>
        _broker
            .In(ns)
            .Alerts.PutRuleAsync(
                name,
                new AlertRuleRequest
                {
                    When = AlertCondition.JobFailed,
                    Only = [only],
                    Channels = ["pager"],
                    Wait = TimeSpan.Zero,
                }
            );

    private Task AddHandlerAsync(string ns) =>
        _fleet.AddHandlerAsync(
            $"office-{ns}",
            agent =>
                agent.Handle<object>(
                    "mail.fail",
                    (_, _) => throw new JobFailedException("full", Hostile, retryable: false)
                ),
            ns: ns
        );

    private async Task<string> NewNamespaceAsync(string name)
    {
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = name });
        return name;
    }

    private async Task<BrowserPage> OpenAsync(string userName, string path)
    {
        var page = await BrowserPage.SignInAsync(_broker, userName, path);
        await page.ReadyAsync();
        return page;
    }
}
