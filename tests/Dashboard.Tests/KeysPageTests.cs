using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Keys, enrolment tokens and CURVE keys, in a real browser.</summary>
public sealed class KeysPageTests
{
    private const string Hostile = "<img src=x onerror=\"document.title='pwned'\">\u202Egnp.exe";

    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ana", Roles.Admin);
        await _broker.AddUserAsync("oscar", Roles.Operator, "default");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task A_key_of_a_service_is_shown_once_and_opens_what_its_role_opens()
    {
        var ns = await NewNamespaceAsync("service");
        await using var page = await OpenAsync("ana", $"ns/{ns}/admin/keys?new=yes");
        await page.Page.GetByLabel("What for").FillAsync(Hostile);
        await page.Page.GetByLabel("Role").SelectOptionAsync("viewer");
        await page.Page.GetByLabel("Ends after").SelectOptionAsync("7");
        await page.Page.GetByLabel("Requests a minute").FillAsync("5,000");
        await Button(page, "Make the key").ClickAsync();
        var secret = await page.Page.Locator(".secret-text").InnerTextAsync();
        await Expect(Rows(page).Filter(new() { HasText = "<img" })).ToHaveCountAsync(1);
        await Button(page, "I have stored it").ClickAsync();
        await Expect(page.Page.Locator(".secret-text")).ToHaveCountAsync(0);
        using var client = ClientOf(secret, ns);
        var me = await client.Auth.MeAsync();
        var noted = await _broker.Admin.Audit.ListAsync(new AuditFilter { Action = "keys:create" });
        Assert.Multiple(() =>
        {
            Assert.That(me.Roles, Is.EqualTo(new[] { new RoleGrant("viewer", ns) }));
            Assert.That(me.RequestsPerMinute, Is.EqualTo(5_000));
            Assert.That(me.ExpiresAt, Is.Not.Null);
            Assert.That(noted.Items, Has.Some.Matches<AuditEvent>(e => e.Actor == "user:ana" && e.Namespace == ns));
        });
        Assert.That(await page.Page.Locator("tbody img").CountAsync(), Is.Zero);
        Assert.That(await page.Page.Locator("tbody").InnerTextAsync(), Does.Contain("<img").And.Not.Contain("\u202E"));
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_key_is_rotated_and_the_old_one_stays_good_for_the_overlap()
    {
        var ns = await NewNamespaceAsync("rotation");
        var old = await _broker
            .In(ns)
            .Keys.CreateAsync(
                new KeyRequest
                {
                    Kind = KeyKind.Service,
                    Name = "ci",
                    Roles = ["viewer"],
                }
            );
        await using var page = await OpenAsync("ana", $"ns/{ns}/admin/keys?key={old.Id}");
        await page.Page.GetByLabel("The old key stays good for").SelectOptionAsync("1");
        await Button(page, "Rotate").ClickAsync();
        var secret = await page.Page.Locator(".secret-text").InnerTextAsync();
        await Expect(Rows(page).Filter(new() { HasText = "ci" })).ToHaveCountAsync(2);
        await Expect(Rows(page).Filter(new() { HasText = "Ends soon" })).ToHaveCountAsync(1);
        using (var client = ClientOf(secret, ns))
        {
            Assert.That((await client.Auth.MeAsync()).Roles, Has.Count.EqualTo(1));
        }

        using var before = ClientOf(old.Key, ns);
        Assert.That((await before.Auth.MeAsync()).Roles, Has.Count.EqualTo(1));
        await Button(page, "Revoke…").ClickAsync();
        await page.Page.GetByText("opens nothing any more").WaitForAsync();
        await Button(page, "Revoke the key").ClickAsync();
        await page.Page.GetByText($"The key {old.Id} is revoked.").WaitForAsync();
        Assert.That(
            async () => await before.Auth.MeAsync(),
            Throws
                .TypeOf<ScheduleZeroException>()
                .With.Property("Status")
                .EqualTo(System.Net.HttpStatusCode.Unauthorized)
        );
    }

    [Test]
    public async Task What_a_handlers_key_allows_is_changed()
    {
        var ns = await NewNamespaceAsync("change");
        var key = await _broker
            .In(ns)
            .Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = "office-7" });
        await using var page = await OpenAsync("ana", $"ns/{ns}/admin/keys?key={key.Id}");
        await page.Page.GetByLabel("Methods").FillAsync("reports.*, bad pattern!");
        await page.Page.GetByLabel("Open attempts at most").FillAsync("9999");
        await Button(page, "Save").ClickAsync();
        await Expect(page.Page.Locator(".field .error")).ToHaveCountAsync(2);
        await page.Page.GetByLabel("Methods").FillAsync("reports.*");
        await page.Page.GetByLabel("Groups").FillAsync("gpu");
        await page.Page.GetByLabel("Open attempts at most").FillAsync("7");
        await Button(page, "Save").ClickAsync();
        await page.Page.GetByText("Saved. It holds at once.").WaitForAsync();
        var changed = (await _broker.In(ns).Keys.ListAsync()).Items.Single(one => one.Id == key.Id);
        Assert.Multiple(() =>
        {
            Assert.That(changed.Methods, Is.EqualTo(new[] { "reports.*" }));
            Assert.That(changed.Groups, Is.EqualTo(new[] { "gpu" }));
            Assert.That(changed.MaxCapacity, Is.EqualTo(7));
        });
    }

    [Test]
    public async Task An_operator_is_offered_no_keys_and_a_tenants_admin_none_of_others()
    {
        var ns = await NewNamespaceAsync("tenant");
        await _broker.AddUserAsync("tina", Roles.Admin, ns);
        await using (var page = await OpenAsync("oscar", "ns/default/admin/keys"))
        {
            await page.Page.GetByText("Your roles do not open this").WaitForAsync();
            await Expect(page.Page.Locator(".admin-tabs a", new() { HasText = "Keys" })).ToHaveCountAsync(0);
        }

        await using var own = await OpenAsync("tina", $"ns/{ns}/admin/keys?new=yes");
        var labels = await own.Page.Locator(".admin-tabs a").AllInnerTextsAsync();
        Assert.That(
            labels.Select(text => text.Trim()),
            Is.EqualTo(new[] { "Keys", "Enrolments", "Namespaces", "Audit", "Versions" })
        );
        Assert.That(await own.Page.Locator("option", new() { HasText = "Bridge:" }).CountAsync(), Is.Zero);
        await Expect(Rows(own)).ToHaveCountAsync(0);
        await own.GoAsync(_broker, "ns/default/admin/keys");
        await own.Page.GetByText("This does not exist, or is not open to you").First.WaitForAsync();
    }

    [Test]
    public async Task Enrolment_tokens_are_listed_and_taken_back_and_new_ones_are_made_where_handlers_are_enrolled()
    {
        var ns = await NewNamespaceAsync("enrolments");
        var made = await _broker.In(ns).Enrolments.CreateAsync(new EnrolmentRequest { Handlers = "office-*" });
        await using var page = await OpenAsync("ana", $"ns/{ns}/admin/enrolments");
        await Expect(Rows(page)).ToContainTextAsync("office-*");
        await Expect(Rows(page).Locator(".chip")).ToHaveTextAsync("open");
        await Expect(page.Page.Locator("main")).Not.ToContainTextAsync(made.Token);
        await Button(page, "Take back the token for office-*").ClickAsync();
        await Button(page, "Take it back").ClickAsync();
        await page.Page.GetByText("The token for office-* was taken back.").WaitForAsync();
        await Expect(Rows(page)).ToHaveCountAsync(0);
        Assert.That((await _broker.In(ns).Enrolments.ListAsync()).Items, Is.Empty);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Make a token" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Heading, new() { Name = "Enrol a handler" }).WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_curve_key_is_allowed_and_revoked()
    {
        const string Key = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
        await using var page = await OpenAsync("ana", "ns/default/admin/curve-keys");
        await page.Page.GetByLabel("Public key").FillAsync("short");
        await page.Page.GetByLabel("Name Of the Bridge").FillAsync("dmz-1");
        await Button(page, "Allow").ClickAsync();
        await page.Page.GetByText("A public CURVE key is needed").WaitForAsync();
        await page.Page.GetByLabel("Public key").FillAsync(Key);
        await Button(page, "Allow").ClickAsync();
        await page.Page.GetByText("The key of dmz-1 may connect.").WaitForAsync();
        await Expect(Rows(page)).ToContainTextAsync(Key);
        await Rows(page).GetByRole(AriaRole.Button).ClickAsync();
        await Button(page, "Revoke the key").ClickAsync();
        await page.Page.GetByText("The key of dmz-1 is revoked.").WaitForAsync();
        Assert.That((await _broker.Admin.CurveKeys.ListAsync()).Items, Is.Empty);
    }

    private static ILocator Rows(BrowserPage page) => page.Page.Locator("tbody tr");

    private static ILocator Button(BrowserPage page, string name) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private ScheduleZeroClient ClientOf(string key, string ns) =>
        new(
            new ScheduleZeroClientOptions
            {
                Server = _broker.Address,
                ApiKey = key,
                Namespace = ns,
            }
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
