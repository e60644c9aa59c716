using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The list of handlers and the page of one handler, in a real browser.</summary>
public sealed class HandlersPageTests
{
    private const string FitsWindow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";

    private const string Hostile =
        "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">\u001b[31m\u202Egnp.exe";

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
    public async Task A_search_stands_in_the_address_and_finds_by_label_group_version_and_bridge()
    {
        var ns = await NewNamespaceAsync("search");
        await AddAsync(ns, "office-1", options => options.Labels["rack"] = "b12");
        await AddAsync(ns, "office-2", options => options.Groups.Add("emea"));
        await using var page = await OpenAsync("vera", $"ns/{ns}/handlers");
        await Expect(Rows(page)).ToHaveCountAsync(2);
        await page.Page.GetByLabel("Label", new() { Exact = true }).FillAsync(" rack=b12 ");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
        await Expect(Rows(page)).ToHaveCountAsync(1);
        Assert.That(page.Page.Url, Does.EndWith($"/ui/ns/{ns}/handlers?label=rack%3Db12"));
        await page.Page.ReloadAsync();
        await Expect(page.Page.GetByLabel("Label", new() { Exact = true })).ToHaveValueAsync("rack=b12");
        await Expect(Rows(page)).ToContainTextAsync(["office-1"]);
        foreach (var query in new[] { "group=emea", "agent=DOTNET%2F", "bridge=dmz-1", "q=OFFICE-2" })
        {
            await page.GoAsync(_broker, $"ns/{ns}/handlers?{query}");
            await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "office-2" })).ToBeVisibleAsync();
        }

        await page.GoAsync(_broker, $"ns/{ns}/handlers?bridge=none");
        await page.Page.GetByText("No handler matches").WaitForAsync();
    }

    [Test]
    public async Task A_bad_filter_is_answered_in_the_words_of_rest()
    {
        await using var page = await OpenAsync("vera", "ns/default/handlers?group=a%20b");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("letter");
    }

    [Test]
    public async Task A_handler_comes_and_goes_without_a_click()
    {
        var ns = await NewNamespaceAsync("live");
        await using var page = await OpenAsync("vera", $"ns/{ns}/handlers");
        await page.Page.GetByText("There is no handler yet").WaitForAsync();
        await AddAsync(ns, "office-live");
        await Expect(Rows(page).Locator(".chip")).ToHaveTextAsync("free");
        await _fleet.StopHandlerAsync("office-live");
        await Expect(Rows(page).Locator(".chip")).ToHaveTextAsync("away");
    }

    [Test]
    public async Task An_operator_drains_resumes_and_disconnects()
    {
        var ns = await NewNamespaceAsync("acts");
        await AddAsync(ns, "office-1");
        await using var page = await OpenAsync("olaf", $"ns/{ns}/handlers/office-1");
        await ClickAsync(page, "Drain");
        await page.Page.GetByText("office-1 is drained").WaitForAsync();
        await Expect(page.Page.Locator(".title .chip").First).ToHaveTextAsync("drained");
        Assert.That((await _broker.In(ns).Handlers.GetAsync("office-1")).Drained, Is.True);
        await ClickAsync(page, "Resume");
        await Expect(page.Page.Locator(".title .chip").First).ToHaveTextAsync("free");
        await ClickAsync(page, "Disconnect");
        await page.Page.GetByText("were closed. It comes back by itself").WaitForAsync();
        await Expect(page.Page.GetByText("Delete…")).ToHaveCountAsync(0);
        var noted = await _broker.In(ns).Audit.ListInNamespaceAsync(new() { Actor = "user:olaf" });
        Assert.Multiple(() =>
        {
            Assert.That(
                noted.Items.Select(e => e.Action),
                Is.EqualTo(new[] { "handlers:disconnect", "handlers:resume", "handlers:drain" })
            );
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task A_handler_that_is_away_is_deleted_after_a_question_that_says_what_is_lost()
    {
        var ns = await NewNamespaceAsync("delete");
        await AddAsync(ns, "office-1");
        await _fleet.StopHandlerAsync("office-1");
        await using var page = await OpenAsync("ada", $"ns/{ns}/handlers/office-1");
        await ClickAsync(page, "Delete…");
        await page.Page.GetByText("The Broker forgets its 1 method").WaitForAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await ClickAsync(page, "Delete this handler");
        await page.Page.GetByText("office-1 was deleted").WaitForAsync();
        await page.Page.GetByText("There is no handler yet").WaitForAsync();
        Assert.That((await _broker.In(ns).Handlers.ListAsync()).Items, Is.Empty);
    }

    [Test]
    public async Task A_viewer_is_offered_no_act_and_is_refused_each_all_the_same()
    {
        var ns = await NewNamespaceAsync("viewer");
        await AddAsync(ns, "office-1");
        await using var page = await OpenAsync("vera", $"ns/{ns}/handlers/office-1");
        await page.Page.GetByRole(AriaRole.Heading, new() { Name = "Sessions" }).WaitForAsync();
        await Expect(page.Page.Locator(".acts-row")).ToHaveCountAsync(0);
        using var vera = await _broker.SignInAsync("vera", ns);
        Func<Task>[] acts =
        [
            () => vera.Handlers.DrainAsync("office-1"),
            () => vera.Handlers.ResumeAsync("office-1"),
            () => vera.Handlers.DisconnectAsync("office-1"),
            () => vera.Handlers.DeleteAsync("office-1"),
        ];
        foreach (var act in acts)
        {
            Assert.That(
                async () => await act(),
                Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("forbidden")
            );
        }
    }

    [Test]
    public async Task A_page_shows_the_sessions_methods_and_jobs_of_its_handler()
    {
        var ns = await NewNamespaceAsync("whole");
        await AddAsync(ns, "office-1", options => options.Labels["rack"] = "b12");
        await _broker.In(ns).Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "mail.send" }, TimeSpan.FromMinutes(1));
        await using var page = await OpenAsync("vera", $"ns/{ns}/handlers/office-1");
        await Expect(Region(page, "Sessions").Locator("tbody tr")).ToContainTextAsync("dmz-1, WebSockets");
        await Expect(Region(page, "Sessions").Locator("tbody tr")).ToContainTextAsync("rack=b12");
        await Expect(Region(page, "Methods").Locator("tbody tr")).ToContainTextAsync("mail.send");
        await Expect(Region(page, "Methods").Locator("tbody tr")).ToContainTextAsync("100 %");
        await Expect(Region(page, "Jobs here").Locator("tbody tr")).ToContainTextAsync("Succeeded");
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "All of them" }))
            .ToHaveAttributeAsync("href", $"ns/{ns}/jobs?handler=office-1");
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Connections_say_why_each_ended()
    {
        var ns = await NewNamespaceAsync("connections");
        await AddAsync(ns, "office-1");
        await using var page = await OpenAsync("vera", $"ns/{ns}/handlers/office-1");
        await Expect(Region(page, "Connections").Locator("tbody tr")).ToContainTextAsync("stands");
        await _broker.In(ns).Handlers.DisconnectAsync("office-1");
        var ended = Region(page, "Connections").Locator("tbody tr").Nth(1);
        await Expect(ended).ToContainTextAsync("An operator closed the connection.");
        await Expect(Region(page, "Keys")).ToHaveCountAsync(0);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_key_is_rotated_and_its_successor_is_shown_once()
    {
        var ns = await NewNamespaceAsync("rotate");
        await AddAsync(ns, "office-1");
        var old = (await _broker.In(ns).Keys.ListOfHandlerAsync("office-1")).Items.Single();
        await using var page = await OpenAsync("ada", $"ns/{ns}/handlers/office-1");
        await ClickAsync(page, $"Rotate key {old.Id}");
        await page.Page.GetByText("Both keys are good for a day").WaitForAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await ClickAsync(page, "Make the next key");
        var shown = await page.Page.Locator(".secret-text").InnerTextAsync();
        var keys = (await _broker.In(ns).Keys.ListOfHandlerAsync("office-1")).Items;
        Assert.That(keys, Has.Count.EqualTo(2));
        Assert.That(keys.Select(key => $"szk_{key.Id}_"), Has.Some.Matches<string>(shown.StartsWith));
        await ClickAsync(page, "I have stored it");
        await Expect(page.Page.Locator(".secret-text")).ToHaveCountAsync(0);
        await Expect(Region(page, "Keys").Locator("tbody tr")).ToHaveCountAsync(2);
    }

    [Test]
    public async Task A_key_is_revoked_after_a_question_that_names_what_is_lost()
    {
        var ns = await NewNamespaceAsync("revoke");
        await AddAsync(ns, "office-1");
        var key = (await _broker.In(ns).Keys.ListOfHandlerAsync("office-1")).Items.Single();
        await using var page = await OpenAsync("ada", $"ns/{ns}/handlers/office-1");
        await ClickAsync(page, $"Revoke key {key.Id}");
        await page.Page.GetByText("1 session ends within a second, and with it 0 attempts").WaitForAsync();
        await ClickAsync(page, "Revoke this key");
        await page.Page.GetByText($"Key {key.Id} was revoked.").WaitForAsync();
        await Expect(Region(page, "Keys").Locator("tbody .chip")).ToHaveTextAsync("revoked");
        await Expect(Region(page, "Connections").Locator("tbody tr").First)
            .ToContainTextAsync("The API key was revoked.");
        await Expect(page.Page.Locator(".title .chip").First).ToHaveTextAsync("away");
    }

    [Test]
    public async Task Hostile_labels_stay_text_and_fit_the_window()
    {
        var ns = await NewNamespaceAsync("hostile");
        await AddAsync(
            ns,
            "evil-1",
            options =>
            {
                options.Labels[Hostile] = Hostile + new string('w', 900);
                options.Labels["<b>bold</b>"] = "x";
            }
        );
        foreach (var width in new[] { 1366, 390 })
        {
            var options = new BrowserNewContextOptions
            {
                ViewportSize = new() { Width = width, Height = 800 },
            };
            await using var page = await BrowserPage.SignInAsync(_broker, "vera", $"ns/{ns}/handlers", options);
            foreach (var path in new[] { $"ns/{ns}/handlers", $"ns/{ns}/handlers/evil-1" })
            {
                await page.GoAsync(_broker, path);
                await Expect(page.Page.Locator("tbody tr").First).ToContainTextAsync("<script>");
                var text = await page.Page.Locator("main").InnerTextAsync();
                Assert.That(text, Does.Not.Contain("\u202E").And.Not.Contain("\u001b"), path);
                Assert.That(await page.Page.TitleAsync(), Does.Contain("Handlers"), path);
                Assert.That(await page.Page.Locator("main script, main img, main b b").CountAsync(), Is.Zero, path);
                Assert.That(await page.Page.EvaluateAsync<bool>(FitsWindow), Is.True, $"{path} {width} wide");
                Assert.That(page.Complaints, Is.Empty, path);
            }
        }
    }

    [Test]
    public async Task Another_tenants_handlers_look_as_if_they_were_not_there()
    {
        var ns = await NewNamespaceAsync("others");
        await AddAsync(ns, "secret-1");
        await _broker.AddUserAsync("tom", Roles.Admin, "default");
        await using var page = await OpenAsync("tom", $"ns/{ns}/handlers");
        foreach (var path in new[] { $"ns/{ns}/handlers", $"ns/{ns}/handlers/secret-1" })
        {
            await page.GoAsync(_broker, path);
            await page.Page.GetByText("This does not exist, or is not open to you").First.WaitForAsync();
            Assert.That(await page.Page.Locator("tbody tr, .acts-row").CountAsync(), Is.Zero, path);
        }
    }

    private static ILocator Rows(BrowserPage page) => page.Page.Locator("tbody tr");

    private static ILocator Region(BrowserPage page, string name) => page.Page.Locator($"section[aria-label='{name}']");

    private static Task ClickAsync(BrowserPage page, string button) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    private Task<BrowserPage> OpenAsync(string userName, string path) =>
        BrowserPage.SignInAsync(_broker, userName, path);

    private Task AddAsync(string ns, string name, Action<HandlerAgentOptions>? configure = null) =>
        _fleet.AddHandlerAsync(
            name,
            agent => agent.Handle<object>("mail.send", (_, _) => Task.CompletedTask),
            configure,
            ns
        );

    private async Task<string> NewNamespaceAsync(string name)
    {
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = name });
        return name;
    }
}
