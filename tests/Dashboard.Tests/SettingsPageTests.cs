using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Admin.Settings;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The settings of the Broker, in a real browser.</summary>
public sealed class SettingsPageTests
{
    private const string Path = "ns/default/admin/settings";

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
    public async Task An_admin_finds_a_setting_by_words_and_the_address_holds_the_search()
    {
        await using var page = await OpenAsync("ana", Path);
        await Expect(Row(page, "--data")).ToContainTextAsync("its program");
        await Expect(Row(page, "--history-days")).ToContainTextAsync("30 days");
        await Expect(Row(page, "SCHEDULEZERO_BOOTSTRAP_KEY")).ToContainTextAsync("not set");
        var search = page.Page.GetByLabel("Search in settings");
        await search.FillAsync("AUDIT kept");
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(Row(page, "--audit-days")).ToContainTextAsync("SCHEDULEZERO_AUDIT_DAYS");
        await search.PressAsync("Enter");
        await Expect(page.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("q=AUDIT%20kept$"));
        await page.Page.ReloadAsync();
        await page.ReadyAsync();
        await Expect(search).ToHaveValueAsync("AUDIT kept");
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await search.FillAsync("<b>nothing</b>");
        await page.Page.GetByText("No setting is like that").WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task What_somebody_set_can_be_shown_alone()
    {
        await using var page = await OpenAsync("ana", Path);
        await page.Page.GetByLabel("Only those that somebody set").CheckAsync();
        await Expect(Row(page, "--history-days")).ToHaveCountAsync(0);
        await Expect(Row(page, "--data")).ToHaveCountAsync(1);
        await Expect(page.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("changed=yes$"));
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
    }

    [Test]
    public async Task A_tenants_admin_is_not_offered_the_settings_and_is_refused_them()
    {
        await _broker.AddUserAsync("tom", Roles.Admin, "default");
        await using var page = await OpenAsync("tom", "ns/default/admin/keys");
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Versions" })).ToHaveCountAsync(1);
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Settings" })).ToHaveCountAsync(0);
        await page.Page.GotoAsync(new Uri(_broker.Pages, Path).ToString());
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("settings:read");
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(0);
    }

    [Test]
    public void Values_are_shown_harmless_short_and_with_their_unit()
    {
        var hostile = $"\u001b[31m<b>\u202e{new string('x', 1_000_000)}";
        var shown = SettingWords.ValuesOf(Setting([hostile, "7"]));
        Assert.That(shown, Has.Count.EqualTo(2));
        Assert.That(shown[0], Has.Length.LessThan(400).And.Not.Contains("\u001b").And.Not.Contains("\u202e"));
        Assert.That(shown[1], Is.EqualTo("7 days"));
        var many = SettingWords.ValuesOf(Setting([.. Enumerable.Range(0, 1_711).Select(number => $"{number}")]));
        Assert.That((many.Count, many[^1]), Is.EqualTo((SettingWords.ValuesMax + 1, "and 1,701 more")));
        Assert.That(SettingWords.ValuesOf(Setting([])), Is.EqualTo(new[] { "no limit" }));
        Assert.That(SettingWords.ValuesOf(Setting(["1712000"])), Is.EqualTo(new[] { "1,712,000 days" }));
    }

    [Test]
    public void A_default_is_shown_where_another_value_is_in_force()
    {
        Assert.That(SettingWords.DefaultOf(Setting(["7"]) with { DefaultValues = ["30"] }), Is.EqualTo("30 days"));
        Assert.That(SettingWords.DefaultOf(Setting(["30"]) with { DefaultValues = ["30"] }), Is.Empty);
        Assert.That(SettingWords.DefaultOf(Setting(["7"]) with { DefaultValues = [] }), Is.EqualTo("no limit"));
        Assert.That(SettingWords.DefaultOf(Setting([]) with { DefaultValues = [] }), Is.Empty);
    }

    [TestCase(true, ExpectedResult = "set, and never shown")]
    [TestCase(false, ExpectedResult = "not set")]
    public string A_secret_is_only_said_to_be_set(bool isSet)
    {
        var secret = Setting(null) with { IsSecret = true, IsSet = isSet };
        Assert.That(SettingWords.DefaultOf(secret), Is.Empty);
        return SettingWords.ValuesOf(secret).Single();
    }

    [TestCase("", ExpectedResult = true)]
    [TestCase("HISTORY days", ExpectedResult = true)]
    [TestCase("schedulezero_history", ExpectedResult = true)]
    [TestCase("environment 12", ExpectedResult = true)]
    [TestCase("kept 13", ExpectedResult = false)]
    public bool A_setting_is_found_by_words_that_all_stand_in_it(string search) =>
        SettingWords.Has(Setting(["12"]), search);

    [Test]
    public void Each_group_and_source_has_words_of_its_own()
    {
        Assert.That(
            Enum.GetValues<SettingGroup>().Select(SettingWords.TitleOf),
            Is.Unique.And.None.Matches("^[A-Z][a-z]+$")
        );
        Assert.That(Enum.GetValues<SettingSource>().Select(SettingWords.Of), Is.Unique.And.None.Matches("[A-Z]"));
    }

    private static SettingView Setting(IReadOnlyList<string>? values) =>
        new()
        {
            Name = "--history-days",
            Variable = "SCHEDULEZERO_HISTORY_DAYS",
            Group = SettingGroup.Retention,
            Description = "How long finished jobs are kept",
            Source = SettingSource.Environment,
            Values = values,
            Unit = "days",
            EmptyMeans = "no limit",
            IsSet = true,
        };

    private static ILocator Row(BrowserPage page, string name) =>
        page.Page.Locator("tbody tr", new() { Has = page.Page.GetByText(name, new() { Exact = true }) });

    private async Task<BrowserPage> OpenAsync(string userName, string path)
    {
        var page = await BrowserPage.SignInAsync(_broker, userName, path);
        await page.ReadyAsync();
        return page;
    }
}
