using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The page that enrols handlers, in a real browser with a real agent.</summary>
public sealed class EnrolPageTests
{
    private TestBroker _broker = null!;
    private TestFleet _fleet = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ada", Roles.Admin);
        await _broker.AddUserAsync("olaf", Roles.Operator);
        _fleet = await TestFleet.StartAsync(_broker);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task The_steps_tick_themselves_off_while_an_agent_enrols_and_connects()
    {
        var ns = await NewNamespaceAsync("enrol");
        await using var page = await OpenAsync("ada", ns, "?name=office-1");
        await Expect(Control(page, "Name")).ToHaveValueAsync("office-1");
        await Control(page, "Address of a Bridge").FillAsync(_fleet.BridgeUrl);
        await Control(page, "Methods").FillAsync("host.*");
        await ClickAsync(page, "Make the line to paste");
        var line = await page.Page.Locator("#enrol-line").InnerTextAsync();
        var token = line.Split('\'').Single(part => part.StartsWith("sze_", StringComparison.Ordinal));
        await Expect(page.Page.Locator(".steps li.done")).ToHaveCountAsync(0);
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await _fleet.EnrolAsync(token, "office-1");
        await Expect(page.Page.Locator(".steps li.done")).ToHaveCountAsync(3);
        await Expect(page.Page.Locator(".steps")).ToContainTextAsync("office-1 is connected, and offers host.name.");
        await Expect(page.Page.Locator("#enrol-line")).ToHaveCountAsync(0);
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Run a first job" }))
            .ToHaveAttributeAsync("href", $"ns/{ns}/jobs/run?method=host.name");
        var key = (await _broker.In(ns).Keys.ListOfHandlerAsync("office-1")).Items.Single();
        Assert.Multiple(() =>
        {
            Assert.That(key.Proof, Is.EqualTo(KeyProof.P256));
            Assert.That(key.Methods, Is.EqualTo(new[] { "host.*" }));
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task A_handler_whose_key_was_copied_says_what_happened_and_what_to_do()
    {
        var ns = await NewNamespaceAsync("copied");
        var token = await _broker.In(ns).Enrolments.CreateAsync(new EnrolmentRequest { Handler = "office-9" });
        await _fleet.EnrolAsync(token.Token, "office-9");
        await using var page = await BrowserPage.SignInAsync(_broker, "ada", $"ns/{ns}/handlers/office-9");
        var state = page.Page.Locator(".title .chip").First;
        await Expect(state).ToHaveTextAsync("free");
        await _fleet.StopHandlerAsync("office-9");
        await Expect(state).ToHaveTextAsync("away");
        await _fleet.StartCopyAsync("office-9", () => Expect(state).ToHaveTextAsync("free"));
        await page.Page.GetByText("Its key was copied, so the Broker has locked it").WaitForAsync();
        await Expect(page.Page.Locator("tbody .chip", new() { HasText = "locked: copied" })).ToHaveCountAsync(1);
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Enrol it again" }))
            .ToHaveAttributeAsync("href", $"ns/{ns}/handlers/enrol?name=office-9");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await page.GoAsync(_broker, $"ns/{ns}");
        await page.Page.GetByText("The key of office-9 was copied, and is locked").WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task The_line_is_there_for_three_systems_and_is_copied()
    {
        var ns = await NewNamespaceAsync("systems");
        await using var page = await OpenAsync("ada", ns);
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await Control(page, "Name").FillAsync("office-1");
        await ClickAsync(page, "Make the line to paste");
        var line = page.Page.Locator("#enrol-line");
        await Expect(line).ToContainTextAsync("&& schedulezero agent --config office-1.yaml");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Windows" }).ClickAsync();
        await Expect(line).ToContainTextAsync("Set-Content office-1.yaml");
        await ClickAsync(page, "Copy");
        await page.Page.GetByText("Copied", new() { Exact = true }).WaitForAsync();
        var copied = await page.Page.EvaluateAsync<string>("navigator.clipboard.readText()");
        Assert.That(copied, Is.EqualTo(await line.InnerTextAsync()));
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task An_open_token_is_taken_back()
    {
        var ns = await NewNamespaceAsync("back");
        var made = await _broker.In(ns).Enrolments.CreateAsync(new EnrolmentRequest { Handlers = "office-*" });
        await using var page = await OpenAsync("ada", ns);
        await Expect(page.Page.Locator("main")).Not.ToContainTextAsync(made.Token);
        await ClickAsync(page, "Take back the token for office-*");
        await ClickAsync(page, "Take it back");
        await page.Page.GetByText("No token is open").WaitForAsync();
        Assert.That((await _broker.In(ns).Enrolments.ListAsync()).Items, Is.Empty);
    }

    [TestCase("Name", "office 7", "letter or digit")]
    [TestCase("Methods", "a!", "may stand")]
    [TestCase("Groups", "a!", "may stand")]
    [TestCase("From addresses", "10.0.0.1/8", "IP address")]
    [TestCase("Places at most", "2501", "1 to 2500")]
    [TestCase("Places at most", "many", "A whole number is needed")]
    [TestCase("Address of a Bridge", "bridge.example", "An address is needed")]
    [TestCase("Address of a Bridge", "https://x'; reboot #", "An address is needed")]
    public async Task A_bad_value_is_refused_beside_its_field(string field, string value, string words)
    {
        await using var page = await OpenAsync("ada", "default");
        await Control(page, "Name").FillAsync("office-1");
        await Control(page, "Address of a Bridge").FillAsync("https://bridge.example");
        await Control(page, field).FillAsync(value);
        await ClickAsync(page, "Make the line to paste");
        var error = Field(page, field).Locator(".error");
        await Expect(error).ToContainTextAsync(words, new() { IgnoreCase = true });
        Assert.That((await _broker.Admin.Enrolments.ListAsync()).Items, Is.Empty);
    }

    [Test]
    public async Task An_operator_is_not_offered_it_and_is_refused_all_the_same()
    {
        var ns = await NewNamespaceAsync("operator");
        await using var page = await BrowserPage.SignInAsync(_broker, "olaf", $"ns/{ns}/handlers");
        await page.Page.GetByText("An admin of the namespace can enrol one").WaitForAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Enrol a handler" })).ToHaveCountAsync(0);
        await page.GoAsync(_broker, $"ns/{ns}/handlers/enrol");
        await page.Page.GetByText("Your roles do not open this").WaitForAsync();
        await Expect(page.Page.Locator("form .primary")).ToHaveCountAsync(0);
        using var olaf = await _broker.SignInAsync("olaf", ns);
        Assert.That(
            async () => await olaf.Enrolments.CreateAsync(new EnrolmentRequest { Handler = "office-1" }),
            Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("forbidden")
        );
    }

    private static ILocator Field(BrowserPage page, string label) =>
        page.Page.Locator($"label.field:has(> span:text-is('{label}'))");

    private static ILocator Control(BrowserPage page, string label) => Field(page, label).Locator("input");

    private static Task ClickAsync(BrowserPage page, string button) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    private Task<BrowserPage> OpenAsync(string userName, string ns, string query = "") =>
        BrowserPage.SignInAsync(_broker, userName, $"ns/{ns}/handlers/enrol{query}");

    private async Task<string> NewNamespaceAsync(string name)
    {
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = name });
        return name;
    }
}
