using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Limiting;
using ScheduleZero.Dashboard.Words;
using ScheduleZero.HandlerAgent;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>
/// The list of methods, the page of one method, and limits that are changed there, in a real browser.
/// </summary>
public sealed class MethodsPageTests
{
    private const string FitsWindow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";

    private TestBroker _broker = null!;
    private TestFleet _fleet = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ada", Roles.Admin);
        await _broker.AddUserAsync("olaf", Roles.Operator);
        await _broker.AddUserAsync("vera", Roles.Viewer);
        _fleet = await TestFleet.StartAsync(_broker);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task Methods_are_listed_whether_somebody_offers_them_or_only_asks_for_them()
    {
        var ns = await NewNamespaceAsync("list");
        await AddAsync(ns, "office-1");
        await _broker.In(ns).Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "mail.send" }, TimeSpan.FromMinutes(1));
        await _broker.In(ns).Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "mail.fail" }, TimeSpan.FromMinutes(1));
        await _broker.In(ns).Jobs.EnqueueAsync(new JobRequest { Method = "films.encode" });
        await using var page = await OpenAsync("vera", $"ns/{ns}/methods");
        await Expect(Rows(page)).ToHaveCountAsync(3);
        await Expect(Row(page, "films.encode")).ToContainTextAsync("no handler");
        await Expect(Cell(page, "films.encode", "Waiting")).ToHaveTextAsync("1");
        await Expect(Row(page, "mail.send")).ToContainTextAsync("office-1");
        await Expect(Cell(page, "mail.fail", "Failed, 24 h")).ToHaveTextAsync("1");
        await Expect(Cell(page, "mail.send", "Failed, 24 h")).ToHaveTextAsync("0");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Offered now" }).ClickAsync();
        await Expect(Rows(page)).ToHaveCountAsync(2);
        await page.Page.GetByRole(AriaRole.Searchbox).FillAsync(" FAIL ");
        await Button(page, "Filter").ClickAsync();
        await Expect(Rows(page)).ToHaveCountAsync(1);
        Assert.That(page.Page.Url, Does.EndWith($"/ui/ns/{ns}/methods?q=FAIL&offered=yes"));
        await Rows(page).GetByRole(AriaRole.Link).First.ClickAsync();
        await page.Page.GetByRole(AriaRole.Heading, new() { Name = "mail.fail", Level = 1 }).WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_page_shows_jobs_handlers_schedules_and_charts_of_its_method_alone()
    {
        var ns = await NewNamespaceAsync("whole");
        await AddAsync(ns, "office-1");
        var client = _broker.In(ns);
        await client.Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "mail.fail" }, TimeSpan.FromMinutes(1));
        await client.Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "mail.send" }, TimeSpan.FromMinutes(1));
        await client.Jobs.EnqueueAsync(
            new JobRequest { Method = "mail.fail", RunAt = new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero) }
        );
        await client.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = "nightly",
                Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 2 * * *" },
                Job = new JobRequest { Method = "mail.fail" },
            }
        );
        await using var page = await OpenAsync("olaf", $"ns/{ns}/methods/mail.fail");
        await Expect(page.Page.Locator(".title .chip").First).ToHaveTextAsync("offered");
        await Expect(Figure(page, "Waiting")).ToContainTextAsync("1");
        await Expect(Figure(page, "Attempts ended, last hour")).ToContainTextAsync("0 % succeeded");
        await Expect(Region(page, "Waiting jobs").Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(Region(page, "Last failed jobs").Locator("tbody tr")).ToContainTextAsync("mailbox is full");
        await Expect(Region(page, "Schedules that use it")).ToContainTextAsync("nightly");
        await Expect(Region(page, "Handlers that offer it")).ToContainTextAsync("office-1");
        await Expect(Region(page, "Schema of params")).ToContainTextAsync("any params are accepted");
        Assert.That(await page.Page.EvaluateAsync<bool>(FitsWindow), Is.True);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "24 h" }).ClickAsync();
        await Expect(Figure(page, "Attempts ended, last 24 hours")).ToContainTextAsync("1");
        Assert.That(page.Page.Url, Does.EndWith("methods/mail.fail?span=24h"));
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Run a job" }).ClickAsync();
        await Expect(page.Page.Locator("input[list='methods']")).ToHaveValueAsync("mail.fail");
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_name_that_nobody_knows_has_a_page_that_says_so()
    {
        await using var page = await OpenAsync("vera", "ns/default/methods/films.encode");
        await page.Page.GetByText("No handler offers it: its jobs wait until one does.").WaitForAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Run a job" })).ToHaveCountAsync(0);
        await page.GoAsync(_broker, "ns/default/methods/a%20b");
        await page.Page.GetByText("This does not exist, or is not open to you").WaitForAsync();
    }

    [Test]
    public async Task Limits_are_set_beside_what_is_in_use_and_taken_away_again()
    {
        var ns = await NewNamespaceAsync("limits");
        await using var page = await OpenAsync("ada", $"ns/{ns}/methods/mail.send");
        await Button(page, "Change…").ClickAsync();
        await page.Page.GetByLabel("Jobs at once").FillAsync("0");
        await page.Page.GetByLabel("Attempts that may begin").FillAsync("100");
        await Button(page, "Save the limits").ClickAsync();
        await Expect(FieldOf(page, "Period").Locator(".error")).ToContainTextAsync("A duration is needed");
        await page.Page.GetByLabel("Period A duration is needed").FillAsync("1 min");
        await Button(page, "Save the limits").ClickAsync();
        await Expect(FieldOf(page, "Jobs at once").Locator(".error")).ToContainTextAsync("from 1 to");
        await page.Page.GetByLabel("Jobs at once").FillAsync("3");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await Button(page, "Save the limits").ClickAsync();
        await Expect(Region(page, "Limits")).ToContainTextAsync("0 of 3");
        await Expect(Region(page, "Limits")).ToContainTextAsync("0 of 100");
        var limits = new WorkLimits { RunningJobs = 3, Rate = new RateOptions(100, TimeSpan.FromMinutes(1)) };
        Assert.That((await NamespaceAsync(ns)).Limits.PerMethod!["mail.send"], Is.EqualTo(limits));
        await Button(page, "Change…").ClickAsync();
        await page.Page.GetByLabel("Jobs at once").FillAsync("");
        await page.Page.GetByLabel("Attempts that may begin").FillAsync("");
        await page.Page.GetByLabel("Period 1 s").FillAsync("");
        await Button(page, "Save the limits").ClickAsync();
        // The help of the form says "no limit", too.
        await Expect(Button(page, "Change…")).ToBeVisibleAsync();
        await Expect(Region(page, "Limits")).ToContainTextAsync("no limit");
        Assert.That((await NamespaceAsync(ns)).Limits.PerMethod, Is.Null.Or.Empty);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Limits_of_a_handler_stand_on_its_page_and_leave_the_other_limits_alone()
    {
        var ns = await NewNamespaceAsync("handler");
        await AddAsync(ns, "office-1");
        await LimitAsync(ns, "mail.send", 7);
        await using var page = await OpenAsync("ada", $"ns/{ns}/handlers/office-1");
        await Button(page, "Change…").ClickAsync();
        await page.Page.GetByLabel("Jobs at once").FillAsync("2");
        // Somebody else changes another limit of the namespace meanwhile.
        await LimitAsync(ns, "mail.send", 8);
        await Button(page, "Save the limits").ClickAsync();
        await Expect(Region(page, "Limits")).ToContainTextAsync("0 of 2");
        var limits = (await NamespaceAsync(ns)).Limits;
        Assert.That(limits.PerHandler!["office-1"].RunningJobs, Is.EqualTo(2));
        Assert.That(limits.PerMethod!["mail.send"].RunningJobs, Is.EqualTo(8));
        await Expect(Region(page, "Attempts ended per minute")).ToBeVisibleAsync();
    }

    [Test]
    public async Task Limits_that_somebody_else_has_changed_meanwhile_are_not_overwritten()
    {
        var ns = await NewNamespaceAsync("meanwhile");
        await using var page = await OpenAsync("ada", $"ns/{ns}/methods/mail.send");
        await Button(page, "Change…").ClickAsync();
        await page.Page.GetByLabel("Jobs at once").FillAsync("2");
        await LimitAsync(ns, "mail.send", 8);
        await Button(page, "Save the limits").ClickAsync();
        await page.Page.GetByText("Somebody else has changed these limits meanwhile").WaitForAsync();
        await Expect(Region(page, "Limits")).ToContainTextAsync("0 of 8");
        Assert.That((await NamespaceAsync(ns)).Limits.PerMethod!["mail.send"].RunningJobs, Is.EqualTo(8));

        await page.GoAsync(_broker, $"ns/{ns}/admin/namespaces/{ns}");
        await page.Page.GetByLabel("Waiting jobs").FillAsync("5");
        await LimitAsync(ns, "mail.send", 9);
        await Button(page, "Save").ClickAsync();
        await page.Page.GetByText("The condition does not hold").WaitForAsync();
        Assert.That((await NamespaceAsync(ns)).Limits.WaitingJobs, Is.Null);
        Assert.That((await NamespaceAsync(ns)).Limits.PerMethod!["mail.send"].RunningJobs, Is.EqualTo(9));
    }

    [Test]
    public async Task Whoever_may_not_change_namespaces_sees_the_limits_and_no_form()
    {
        var ns = await NewNamespaceAsync("reader");
        await LimitAsync(ns, "mail.send", 8);
        await _broker.AddUserAsync("tina", Roles.Admin, ns);
        await using var page = await OpenAsync("tina", $"ns/{ns}/methods/mail.send");
        await Expect(Region(page, "Limits")).ToContainTextAsync("0 of 8");
        await Expect(Button(page, "Change…")).ToHaveCountAsync(0);
    }

    [Test]
    public async Task An_operator_pauses_a_method_with_a_reason_and_resumes_it()
    {
        var ns = await NewNamespaceAsync("pause");
        await AddAsync(ns, "office-1");
        await using var page = await OpenAsync("olaf", $"ns/{ns}/methods/mail.send");
        await Button(page, "Pause…").ClickAsync();
        await Button(page, "Pause mail.send").ClickAsync();
        await page.Page.GetByText("A reason is needed").WaitForAsync();
        await page.Page.GetByLabel("Why").FillAsync("<b>The server moves</b>");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await Button(page, "Pause mail.send").ClickAsync();
        await Expect(page.Page.Locator(".title .chip").First).ToHaveTextAsync("paused");
        await Expect(page.Page.Locator("main")).ToContainTextAsync("<b>The server moves</b>");
        await Expect(page.Page.Locator("main")).ToContainTextAsync("user:olaf");
        var job = await _broker.In(ns).Jobs.EnqueueAsync(new JobRequest { Method = "mail.send" });
        Assert.That((await _broker.In(ns).Jobs.ExplainAsync(job.Id)).HeldBy, Is.EqualTo(GateCode.MethodPaused));
        await page.GoAsync(_broker, $"ns/{ns}/methods");
        await Expect(Row(page, "mail.send").Locator(".chip")).ToHaveTextAsync("paused");
        await page.GoAsync(_broker, $"ns/{ns}/methods/mail.send");
        await Button(page, "Resume").ClickAsync();
        await Expect(page.Page.Locator(".title .chip").First).ToHaveTextAsync("offered");
        while ((await _broker.In(ns).Jobs.GetAsync(job.Id)).FinishedAt is null)
        {
            await Task.Yield();
        }

        var noted = await _broker.In(ns).Audit.ListInNamespaceAsync(new() { Actor = "user:olaf" });
        Assert.That(
            noted.Items.Select(e => (e.Action, e.Object)),
            Is.EqualTo(new[] { ("methods:resume", "method:mail.send"), ("methods:pause", "method:mail.send") })
        );
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_viewer_is_offered_no_pause_and_is_refused_it_all_the_same()
    {
        await using var page = await OpenAsync("vera", "ns/default/methods/mail.send");
        await page.Page.GetByText("No handler offers it").WaitForAsync();
        await Expect(Button(page, "Pause…")).ToHaveCountAsync(0);
        using var vera = await _broker.SignInAsync("vera", "default");
        Assert.That(
            async () => await vera.Methods.PauseAsync("mail.send", new MethodPauseRequest("x")),
            Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("forbidden")
        );
    }

    [Test]
    public async Task The_palette_leads_to_a_method()
    {
        var ns = await NewNamespaceAsync("palette");
        await _broker.In(ns).Jobs.EnqueueAsync(new JobRequest { Method = "films.encode" });
        await using var page = await OpenAsync("vera", $"ns/{ns}");
        await page.Page.Keyboard.PressAsync("Control+k");
        await page.Page.GetByRole(AriaRole.Combobox, new() { Name = "Go to a page" }).FillAsync("encode");
        await page.Page.GetByRole(AriaRole.Option, new() { Name = "films.encode" }).WaitForAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.GetByRole(AriaRole.Heading, new() { Name = "films.encode", Level = 1 }).WaitForAsync();
    }

    [TestCase("", "", "", ExpectedResult = "none")]
    [TestCase("1,000", "", "", ExpectedResult = "1000")]
    [TestCase("", "5", "90 s", ExpectedResult = " 5/00:01:30")]
    [TestCase("2", "5", "PT1M", ExpectedResult = "2 5/00:01:00")]
    [TestCase("many", "", "", ExpectedResult = "limits.perMethod.m.runningJobs")]
    [TestCase("", "5", "", ExpectedResult = "limits.perMethod.m.rate.period")]
    [TestCase("", "", "1 min", ExpectedResult = "limits.perMethod.m.rate.limit")]
    public string Fields_become_limits(string running, string rate, string period)
    {
        const string Path = "limits.perMethod.m";
        var fields = new WorkLimitFields
        {
            RunningJobs = running,
            Rate = rate,
            Period = period,
        };
        var errors = new FieldErrors();
        var limits = fields.ToLimits(Path, errors);
        return !errors.IsEmpty
                ? new[] { $"{Path}.runningJobs", $"{Path}.rate.limit", $"{Path}.rate.period" }.Single(path =>
                    errors.At(path) is not null
                )
            : limits is null ? "none"
            : $"{limits.RunningJobs}{(limits.Rate is { } made ? $" {made.Limit}/{made.Period:c}" : "")}";
    }

    private static ILocator Rows(BrowserPage page) => page.Page.Locator("tbody tr");

    private static ILocator Row(BrowserPage page, string method) => Rows(page).Filter(new() { HasText = method });

    private static ILocator Cell(BrowserPage page, string method, string column) =>
        Row(page, method).Locator($"td[data-label='{column}']");

    private static ILocator Region(BrowserPage page, string name) => page.Page.Locator($"section[aria-label='{name}']");

    private static ILocator Figure(BrowserPage page, string label) =>
        page.Page.Locator(".figure", new() { HasText = label });

    private static ILocator FieldOf(BrowserPage page, string label) =>
        page.Page.Locator(".field", new() { HasText = label });

    private static ILocator Button(BrowserPage page, string name) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private Task<NamespaceView> NamespaceAsync(string ns) => _broker.Admin.Namespaces.GetAsync(ns);

    private Task<NamespaceView> LimitAsync(string ns, string method, int running) =>
        _broker.Admin.Namespaces.PatchAsync(
            ns,
            new NamespacePatch
            {
                Limits = new NamespaceLimits
                {
                    PerMethod = new Dictionary<string, WorkLimits> { [method] = new() { RunningJobs = running } },
                },
            }
        );

    private async Task<string> NewNamespaceAsync(string name)
    {
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = name });
        return name;
    }

    private Task AddAsync(string ns, string name) =>
        _fleet.AddHandlerAsync(
            name,
            agent =>
                agent
                    .Handle<object>("mail.send", (_, _) => Task.CompletedTask)
                    .Handle<object>(
                        "mail.fail",
                        (_, _) => throw new JobFailedException("full", "The mailbox is full.", retryable: false)
                    ),
            ns: ns
        );

    private async Task<BrowserPage> OpenAsync(string userName, string path)
    {
        var page = await BrowserPage.SignInAsync(_broker, userName, path);
        await page.ReadyAsync();
        return page;
    }
}
