using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Admin.Tenants;
using ScheduleZero.Dashboard.Words;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Namespaces with their limits and what is in use, in a real browser.</summary>
public sealed class NamespacesPageTests
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
    public async Task A_namespace_is_created_limited_and_deleted_after_its_name_was_written()
    {
        await using var page = await OpenAsync("ana", "ns/default/admin/namespaces?new=yes");
        await page.Page.GetByLabel("Name Lower-case").FillAsync("Shop!");
        await Button(page, "Create").ClickAsync();
        await page.Page.GetByText("Lower-case letters, digits and dashes are needed").WaitForAsync();
        await page.Page.GetByLabel("Name Lower-case").FillAsync("shop");
        await Button(page, "Create").ClickAsync();

        await page.Page.GetByLabel("Waiting jobs").FillAsync("1,712");
        await page.Page.GetByLabel("Room on disk, GiB").FillAsync("0.5");
        await Button(page, "Save").ClickAsync();
        await page.Page.GetByText("Saved. It holds at once").WaitForAsync();
        var limits = (await _broker.Admin.Namespaces.GetAsync("shop")).Limits;
        Assert.That((limits.WaitingJobs, limits.StoredBytes), Is.EqualTo((1712, 512L * 1024 * 1024)));

        await _broker.In("shop").Jobs.EnqueueAsync(new JobRequest { Method = "mail.send" });
        await page.GoAsync(_broker, "ns/shop/admin/namespaces/shop");
        await page.Page.GetByText("of 1,712 that may be").WaitForAsync();
        await Button(page, "Delete…").ClickAsync();
        await page.Page.GetByText("1 waiting job, 0 running jobs, 0 schedules, 0 handlers").WaitForAsync();
        await Expect(Button(page, "Delete everything")).ToBeDisabledAsync();
        await page.Page.GetByLabel("Write the name").FillAsync("shop");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await Button(page, "Delete everything").ClickAsync();
        await page.Page.GetByText("The namespace shop is closed.").WaitForAsync();
        Assert.That(
            async () => await _broker.Admin.Namespaces.GetAsync("shop"),
            Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("not_found")
        );
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Limits_that_make_no_sense_are_refused_beside_their_field()
    {
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = "odd" });
        await using var page = await OpenAsync("ana", "ns/default/admin/namespaces/odd");
        await page.Page.GetByLabel("Running jobs").FillAsync("-1");
        await Button(page, "Save").ClickAsync();
        await Expect(FieldOf(page, "Running jobs").Locator(".error")).ToContainTextAsync("A whole number is needed.");
        await page.Page.GetByLabel("Running jobs").FillAsync("0");
        await page.Page.GetByLabel("Open only from").FillAsync("nowhere");
        await Button(page, "Save").ClickAsync();
        await Expect(FieldOf(page, "Running jobs").Locator(".error")).ToBeVisibleAsync();
        await Expect(FieldOf(page, "Open only from").Locator(".error")).ToBeVisibleAsync();
        Assert.That((await _broker.Admin.Namespaces.GetAsync("odd")).Limits.RunningJobs, Is.Null);
    }

    [Test]
    public async Task A_tenants_admin_reads_the_limits_and_cannot_change_them()
    {
        await _broker.Admin.Namespaces.CreateAsync(
            new NamespaceRequest { Name = "tenant", Description = "<b>Shop</b>" }
        );
        await _broker.AddUserAsync("tina", Roles.Admin, "tenant");
        await using var page = await OpenAsync("tina", "ns/tenant/admin/namespaces");
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Page.Locator("tbody tr")).ToContainTextAsync("<b>Shop</b>");
        Assert.That(await page.Page.GetByText("Create a namespace").CountAsync(), Is.Zero);
        await page.GoAsync(_broker, "ns/tenant/admin/namespaces/tenant");
        await Expect(page.Page.GetByLabel("Waiting jobs")).ToBeDisabledAsync();
        await Expect(Kept(page)).ToContainTextAsync("30 d from their end");
        await Expect(Kept(page).GetByRole(AriaRole.Link)).ToHaveCountAsync(0);
        Assert.That(await Button(page, "Save").CountAsync(), Is.Zero);
        await page.GoAsync(_broker, "ns/tenant/admin/namespaces/default");
        await page.Page.GetByText("This does not exist, or is not open to you").WaitForAsync();
        using var tina = await _broker.SignInAsync("tina", "tenant");
        Assert.That(
            async () =>
                await tina.Namespaces.PatchAsync("tenant", new NamespacePatch { Limits = new NamespaceLimits() }),
            Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("forbidden")
        );
    }

    [Test]
    public async Task A_namespace_says_how_long_its_records_are_kept_and_an_admin_finds_the_settings()
    {
        await using var page = await OpenAsync("ana", "ns/default/admin/namespaces/default");
        await Expect(Kept(page)).ToContainTextAsync("30 d from their end");
        await Expect(Kept(page)).ToContainTextAsync("400 d");
        await Expect(Kept(page)).ToContainTextAsync("the newest 50");
        await Kept(page).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(2);
        await Expect(page.Page.Locator("tbody")).ToContainTextAsync("--audit-days");
    }

    [TestCase(61L, 1712L, ExpectedResult = "61 of 1,712")]
    [TestCase(12408L, null, ExpectedResult = "12,408")]
    public string Usage_is_said_with_its_limit(long used, long? limit) => UsageText.Of(used, limit);

    [TestCase(null, null, ExpectedResult = "not measured yet")]
    [TestCase(1024L, null, ExpectedResult = "1 KiB")]
    [TestCase(1610612736L, 10737418240L, ExpectedResult = "1.5 GiB of 10 GiB")]
    public string Bytes_are_said_with_their_unit(long? used, long? limit) => UsageText.OfBytes(used, limit);

    [TestCase(10L, 10L, ExpectedResult = Tone.Bad)]
    [TestCase(9L, 10L, ExpectedResult = Tone.Wait)]
    [TestCase(8L, 10L, ExpectedResult = Tone.Idle)]
    [TestCase(8L, null, ExpectedResult = Tone.Idle)]
    [TestCase(null, 10L, ExpectedResult = Tone.Idle)]
    public Tone A_limit_that_is_nearly_reached_stands_out(long? used, long? limit) => UsageText.ToneOf(used, limit);

    [TestCase("10,000", "", null, ExpectedResult = "10000/")]
    [TestCase("", "0.5", null, ExpectedResult = "/536870912")]
    [TestCase("many", "", "waitingJobs", ExpectedResult = "/")]
    [TestCase("", "-1", "storedBytes", ExpectedResult = "/")]
    [TestCase("", "NaN", "storedBytes", ExpectedResult = "/")]
    public string Fields_become_limits(string waiting, string gib, string? wrong)
    {
        var fields = LimitFields.Of(new NamespaceLimits());
        (fields.WaitingJobs, fields.StoredGib) = (waiting, gib);
        var limits = fields.ToLimits(out var problem);
        Assert.That(problem?.Field, Is.EqualTo(wrong));
        return $"{limits.WaitingJobs}/{limits.StoredBytes}";
    }

    [Test]
    public void A_limit_that_nobody_has_touched_stays_to_the_byte_and_limits_of_methods_stay()
    {
        var limits = new NamespaceLimits
        {
            StoredBytes = 1_234_567_890_123,
            PerMethod = new Dictionary<string, WorkLimits> { ["mail.send"] = new() { RunningJobs = 3 } },
        };
        var read = LimitFields.Of(limits).ToLimits(out _);
        Assert.Multiple(() =>
        {
            Assert.That(read.StoredBytes, Is.EqualTo(limits.StoredBytes));
            Assert.That(read.PerMethod, Is.SameAs(limits.PerMethod));
        });
    }

    private static ILocator Kept(BrowserPage page) =>
        page.Page.GetByRole(AriaRole.Region, new() { Name = "How long records are kept" });

    private static ILocator FieldOf(BrowserPage page, string label) =>
        page.Page.Locator(".field", new() { HasText = label });

    private static ILocator Button(BrowserPage page, string name) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private async Task<BrowserPage> OpenAsync(string userName, string path)
    {
        var page = await BrowserPage.SignInAsync(_broker, userName, path);
        await page.ReadyAsync();
        return page;
    }
}
