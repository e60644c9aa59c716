using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Roles and their permissions, in a real browser.</summary>
public sealed class RolesPageTests
{
    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ana", Roles.Admin);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task A_role_is_made_of_permissions_and_names()
    {
        await using var page = await OpenAsync("new-role");
        await page.Page.GetByLabel("Name Letters, digits").FillAsync("reporter");
        await page.Page.GetByLabel("What for").FillAsync("<b>Reports</b>");
        await page.Page.GetByLabel("jobs:run").CheckAsync();
        await page.Page.GetByLabel("jobs:read").CheckAsync();
        await page.Page.GetByLabel("Only on these names").FillAsync("reports.*, mail.*");
        await Button(page, "Add a rule").ClickAsync();
        await page.Page.GetByLabel("calendars:*").Nth(1).CheckAsync();
        await Expect(page.Page.GetByLabel("calendars:read").Nth(1)).ToBeDisabledAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await Button(page, "Create the role").ClickAsync();
        await page.Page.Locator("tbody").GetByText("reporter").WaitForAsync();
        var role = await _broker.Admin.Roles.GetAsync("reporter");
        Assert.Multiple(() =>
        {
            Assert.That(role.Rules, Has.Count.EqualTo(2));
            Assert.That(role.Rules[0].Permissions, Is.EqualTo(new[] { "jobs:read", "jobs:run" }));
            Assert.That(role.Rules[0].Names, Is.EqualTo(new[] { "reports.*", "mail.*" }));
            Assert.That(role.Rules[1].Permissions, Is.EqualTo(new[] { "calendars:*" }));
            Assert.That(role.Rules[1].Names, Is.Null);
            Assert.That(role.Description, Is.EqualTo("<b>Reports</b>"));
        });
        Assert.That(await page.Page.Locator("tbody b").CountAsync(), Is.Zero);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_role_without_permissions_is_refused_beside_its_rule()
    {
        await using var page = await OpenAsync("new-role");
        await page.Page.GetByLabel("Name Letters, digits").FillAsync("empty");
        await page.Page.GetByLabel("Holds only from").FillAsync("not-an-address");
        await Button(page, "Create the role").ClickAsync();
        await page.Page.GetByText("1 to 64 permissions are needed.").WaitForAsync();
        await Expect(page.Page.Locator(".field", new() { HasText = "Holds only from" }).Locator(".error"))
            .ToBeVisibleAsync();
    }

    [Test]
    public async Task A_change_of_somebody_else_is_not_overwritten()
    {
        var role = new RoleRequest { Name = "shared", Rules = [new RoleRule { Permissions = ["jobs:read"] }] };
        await _broker.Admin.Roles.CreateAsync(role);
        await using var page = await OpenAsync("roles/shared");
        await _broker.Admin.Roles.PutAsync(role with { Description = "by somebody else" });
        await page.Page.GetByLabel("jobs:run").CheckAsync();
        await Button(page, "Save").ClickAsync();
        await page.Page.Locator(".toast.bad").WaitForAsync();
        var left = await _broker.Admin.Roles.GetAsync("shared");
        Assert.That(left.Rules[0].Permissions, Is.EqualTo(new[] { "jobs:read" }));
    }

    [Test]
    public async Task A_role_that_somebody_has_is_not_deleted()
    {
        await _broker.Admin.Roles.CreateAsync(
            new RoleRequest { Name = "held", Rules = [new RoleRule { Permissions = ["jobs:read"] }] }
        );
        await _broker.AddUserAsync("holder", "held", "default");
        await using var page = await OpenAsync("roles/held");
        await Button(page, "Delete…").ClickAsync();
        await Button(page, "Delete the role").ClickAsync();
        await page.Page.Locator(".toast.bad").WaitForAsync();
        Assert.That((await _broker.Admin.Roles.GetAsync("held")).Name, Is.EqualTo("held"));

        await _broker.Admin.Users.DeleteAsync("holder");
        await Button(page, "Delete…").ClickAsync();
        await Button(page, "Delete the role").ClickAsync();
        await page.Page.GetByText("The role held is deleted.").WaitForAsync();
        Assert.That(
            async () => await _broker.Admin.Roles.GetAsync("held"),
            Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("not_found")
        );
    }

    [Test]
    public async Task A_built_in_role_shows_what_it_opens_and_cannot_be_changed()
    {
        await using var page = await OpenAsync("roles/operator");
        await Expect(page.Page.GetByLabel("jobs:run")).ToBeCheckedAsync();
        await Expect(page.Page.GetByLabel("jobs:run")).ToBeDisabledAsync();
        await Expect(page.Page.GetByLabel("users:manage")).Not.ToBeCheckedAsync();
        Assert.That(await Button(page, "Save").CountAsync(), Is.Zero);
    }

    private static ILocator Button(BrowserPage page, string name) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private async Task<BrowserPage> OpenAsync(string below)
    {
        var page = await BrowserPage.SignInAsync(_broker, "ana", $"ns/default/admin/{below}");
        await page.ReadyAsync();
        return page;
    }
}
