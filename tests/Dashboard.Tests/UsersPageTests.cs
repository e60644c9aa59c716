using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Users and their roles, in a real browser.</summary>
public sealed class UsersPageTests
{
    private const string Path = "ns/default/admin/users";

    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ana", Roles.Admin);
        await _broker.AddUserAsync("tom", Roles.Admin, "default");
        await _broker.AddUserAsync("vera", Roles.Viewer, "default");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task A_new_user_gets_a_password_that_is_shown_once_and_opens_only_its_own_change()
    {
        await using var page = await OpenAsync("ana", "?new=yes");
        await page.Page.GetByLabel("User name").FillAsync("ben");
        var role = page.Page.GetByLabel("Role 1", new() { Exact = true });
        await Expect(role.Locator("option", new() { HasText = "admin" })).ToBeAttachedAsync();
        await Expect(role).ToHaveValueAsync(Roles.Viewer);
        await role.SelectOptionAsync("operator");
        await Button(page, "Create").ClickAsync();
        var password = await page.Page.Locator(".secret-text").InnerTextAsync();
        await Expect(page.Page.GetByText("The first password of ben")).ToBeVisibleAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await Button(page, "I have stored it").ClickAsync();
        await Expect(page.Page.Locator(".secret-text")).ToHaveCountAsync(0);
        await Expect(Row(page, "ben")).ToContainTextAsync("operator on default");
        await Expect(Row(page, "ben")).ToContainTextAsync("Must choose a password");

        await using var own = await BrowserPage.OpenAsync(_broker);
        await own.FillSignInAsync("ben", password);
        await own.Page.GetByText("Choose your own password").WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_secret_is_copied_by_its_button()
    {
        var options = new BrowserNewContextOptions { Permissions = ["clipboard-read", "clipboard-write"] };
        await using var page = await OpenAsync("ana", "?new=yes", options);
        await page.Page.GetByLabel("User name").FillAsync("copied");
        await Button(page, "Create").ClickAsync();
        var password = await page.Page.Locator(".secret-text").InnerTextAsync();
        await Button(page, "Copy").ClickAsync();
        await page.Page.GetByText("Copied", new() { Exact = true }).WaitForAsync();
        Assert.That(await page.Page.EvaluateAsync<string>("navigator.clipboard.readText()"), Is.EqualTo(password));
    }

    [Test]
    public async Task What_rest_refuses_of_a_new_user_stands_beside_its_field()
    {
        await using var page = await OpenAsync("ana", "?new=yes");
        await page.Page.GetByLabel("User name").FillAsync("no spaces, please");
        await page.Page.GetByLabel("Requests a minute").FillAsync("0");
        await Button(page, "Create").ClickAsync();
        await Expect(page.Page.Locator(".field", new() { HasText = "User name" }).Locator(".error"))
            .ToContainTextAsync("A user's name is needed");
        await Expect(page.Page.Locator(".field", new() { HasText = "Requests a minute" }).Locator(".error"))
            .ToBeVisibleAsync();

        await page.Page.GetByLabel("User name").FillAsync("ana");
        await page.Page.GetByLabel("Requests a minute").FillAsync("many");
        await Button(page, "Create").ClickAsync();
        await page.Page.GetByText("A whole number is needed.").WaitForAsync();
        await page.Page.GetByLabel("Requests a minute").FillAsync("");
        await Button(page, "Create").ClickAsync();
        await page.Page.GetByText("There is a user \"ana\" already.").WaitForAsync();
    }

    [Test]
    public async Task Roles_and_requests_of_a_user_are_changed_and_the_change_is_noted()
    {
        await _broker.AddUserAsync("changed", Roles.Viewer, "default");
        await using var page = await OpenAsync("ana", "/changed");
        await Button(page, "Add a role").ClickAsync();
        await page.Page.GetByLabel("Role 2", new() { Exact = true }).SelectOptionAsync("operator");
        await page.Page.GetByLabel("Namespace of role 2").SelectOptionAsync("*");
        await page.Page.GetByLabel("Requests a minute").FillAsync("1,200");
        await Button(page, "Save").ClickAsync();
        await page.Page.GetByText("Saved. It holds at once").WaitForAsync();
        await Button(page, "Take role 1 away").ClickAsync();
        await Button(page, "Save").ClickAsync();
        await Expect(page.Page.GetByText("Saved. It holds at once")).ToHaveCountAsync(2);
        var user = await _broker.Admin.Users.GetAsync("changed");
        var noted = await _broker.Admin.Audit.ListAsync(new AuditFilter { Object = "user:changed" });
        Assert.Multiple(() =>
        {
            Assert.That(user.Roles, Is.EqualTo(new[] { new RoleGrant("operator", "*") }));
            Assert.That(user.RequestsPerMinute, Is.EqualTo(1200));
            Assert.That(
                noted.Items,
                Has.Exactly(2).Matches<AuditEvent>(e => e is { Actor: "user:ana", Action: "users:change" })
            );
        });
    }

    [Test]
    public async Task A_user_is_unlocked_disabled_and_enabled()
    {
        await _broker.AddUserAsync("locked", Roles.Viewer, "default");
        using (var http = _broker.NewHttpClient())
        {
            for (var tries = 0; tries < 10; tries++)
            {
                (await http.SignInAsync("locked", $"not the password {tries}")).Dispose();
            }
        }

        await using var page = await OpenAsync("ana", "/locked");
        await Expect(page.Page.Locator(".chip", new() { HasText = "Locked out" })).ToBeVisibleAsync();
        await Button(page, "Unlock").ClickAsync();
        await page.Page.GetByText("locked may try again.").WaitForAsync();
        Assert.That((await _broker.Admin.Users.GetAsync("locked")).LockedUntil, Is.Null);

        using var session = await _broker.SignInAsync("locked");
        await page.GoAsync(_broker, $"{Path}/locked");
        await Button(page, "Disable…").ClickAsync();
        await page.Page.GetByText("1 session of the user end at once").WaitForAsync();
        await Button(page, "Disable").ClickAsync();
        await page.Page.GetByText("locked is disabled.").WaitForAsync();
        Assert.That(
            async () => await session.Auth.MeAsync(),
            Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("unauthenticated")
        );
        await Button(page, "Enable").ClickAsync();
        await page.Page.GetByText("locked may sign in again.").WaitForAsync();
        (await _broker.SignInAsync("locked")).Dispose();
    }

    [Test]
    public async Task A_reset_shows_the_new_password_once_and_ends_the_sessions()
    {
        await _broker.AddUserAsync("forgetful", Roles.Viewer, "default");
        using var session = await _broker.SignInAsync("forgetful");
        await using var page = await OpenAsync("ana", "/forgetful");
        await Button(page, "Reset the password…").ClickAsync();
        await Button(page, "Reset the password").ClickAsync();
        var password = await page.Page.Locator(".secret-text").InnerTextAsync();
        await page.Page.GetByText("forgetful is signed in nowhere.").WaitForAsync();
        using var stranger = new ScheduleZeroClient(new ScheduleZeroClientOptions { Server = _broker.Address });
        var tokens = await stranger.Auth.LoginAsync(new LoginRequest { UserName = "forgetful", Password = password });
        Assert.That(tokens.MustChangePassword, Is.True);
    }

    [Test]
    public async Task One_session_of_a_user_is_ended_by_hand()
    {
        await _broker.AddUserAsync("twice", Roles.Viewer, "default");
        using var first = await _broker.SignInAsync("twice");
        using var second = await _broker.SignInAsync("twice");
        await using var page = await OpenAsync("ana", "/twice");
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(2);
        await Button(page, "End").First.ClickAsync();
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        Assert.That((await _broker.Admin.Users.SessionsAsync("twice")).Items, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_user_is_deleted_after_a_question_that_says_what_is_lost()
    {
        await _broker.AddUserAsync("leaving", Roles.Viewer, "default");
        await using var page = await OpenAsync("ana", "/leaving");
        await Button(page, "Delete…").ClickAsync();
        await page.Page.GetByText("The account, its roles and its 0 sessions are lost.").WaitForAsync();
        await Button(page, "Do nothing").ClickAsync();
        Assert.That((await _broker.Admin.Users.GetAsync("leaving")).Disabled, Is.False);
        await Button(page, "Delete…").ClickAsync();
        await Button(page, "Delete").ClickAsync();
        await page.Page.GetByText("leaving is deleted.").WaitForAsync();
        Assert.That(
            async () => await _broker.Admin.Users.GetAsync("leaving"),
            Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("not_found")
        );
    }

    [TestCase("tom")]
    [TestCase("vera")]
    public async Task What_belongs_to_the_whole_broker_is_not_offered_to_others_and_is_refused(string userName)
    {
        await using var page = await BrowserPage.SignInAsync(_broker, userName, Path);
        await page.ReadyAsync();
        await page.Page.GetByText("Your roles do not open this").WaitForAsync();
        Assert.That(await page.Page.Locator("tbody tr").CountAsync(), Is.Zero);
        await Expect(page.Page.Locator(".admin-tabs a", new() { HasText = "Users" })).ToHaveCountAsync(0);
        await Expect(page.Page.Locator(".admin-tabs a", new() { HasText = "Roles" })).ToHaveCountAsync(0);
        await page.GoAsync(_broker, "ns/default/admin/users/ana");
        await page.Page.GetByText("Your roles do not open this").WaitForAsync();
        await page.GoAsync(_broker, "ns/default/admin/roles");
        await page.Page.GetByText("Your roles do not open this").WaitForAsync();
    }

    [Test]
    public async Task A_program_of_a_user_cannot_write_into_the_page()
    {
        const string Hostile = "<img src=x onerror=\"document.title='pwned'\">\u202Egnp.exe";
        await _broker.AddUserAsync("evil", Roles.Viewer, "default");
        using var sockets = new SocketsHttpHandler
        {
            RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8,
        };
        using var http = new HttpClient(sockets) { BaseAddress = _broker.Address };
        http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", Hostile + new string('w', 2_000));
        using var answer = await http.PostAsync(
            "api/auth/login",
            new StringContent(
                $$"""{"userName":"evil","password":"{{TestBroker.Password}}"}""",
                System.Text.Encoding.UTF8,
                "application/json"
            )
        );
        answer.EnsureSuccessStatusCode();
        foreach (var width in new[] { 1366, 390 })
        {
            var options = new BrowserNewContextOptions
            {
                ViewportSize = new() { Width = width, Height = 800 },
            };
            await using var page = await OpenAsync("ana", "/evil", options);
            await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(1);
            Assert.That(await page.Page.Locator("tbody img").CountAsync(), Is.Zero);
            Assert.That(await page.Page.Locator("tbody").InnerTextAsync(), Does.Contain("<img src=x"));
            Assert.That(await page.Page.EvaluateAsync<bool>(Widths.FitsWindow), Is.True, $"{width} wide");
            Assert.That(page.Complaints, Is.Empty);
        }
    }

    private static ILocator Button(BrowserPage page, string name) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private static ILocator Row(BrowserPage page, string user) =>
        page.Page.Locator("tbody tr", new() { HasText = user });

    private async Task<BrowserPage> OpenAsync(
        string userName,
        string below = "",
        BrowserNewContextOptions? options = null
    )
    {
        var page = await BrowserPage.SignInAsync(_broker, userName, Path + below, options);
        await page.ReadyAsync();
        return page;
    }
}
