using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ScheduleZero.Browsers;
using ScheduleZero.Network.Tests.Processes;
using ScheduleZero.Network.Tests.Topology;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Network.Tests.FirstHour;

/// <summary>
/// Somebody with a real Chromium on a machine of the network, who finds everything by the words that a page shows, and
/// notes these words.
/// </summary>
internal sealed class Newcomer : IAsyncDisposable
{
    private const float PatienceMilliseconds = 60_000;

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly SortedSet<string> _labels = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _values = new(StringComparer.Ordinal);
    private IPage _page = null!;

    private Newcomer(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>What the browser has complained about.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Starts the browser in a network. Skips the test where there is no Chromium.</summary>
    /// <param name="folder">A folder for the script by which the browser is started.</param>
    public static async Task<Newcomer> StartAsync(
        NetworkNamespace network,
        string folder,
        CancellationToken cancellationToken
    )
    {
        if (Chromium.Find() is not { } chromium)
        {
            Assert.Ignore("Chromium is not installed: tests/install-tools.sh installs it.");
            throw new InvalidOperationException("The test goes on without a browser.");
        }

        var script = Path.Combine(folder, "chromium-in-network");
        await Script.WriteAsync(script, $"ip netns exec {network.Name} '{chromium}'", cancellationToken);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = script, Args = ["--no-sandbox"] }
        );
        var newcomer = new Newcomer(playwright, browser);
        await newcomer.OpenWindowAsync();
        return newcomer;
    }

    /// <summary>Goes on in a window that knows nothing of the ones before.</summary>
    public async Task OpenWindowAsync()
    {
        var window = await _browser.NewContextAsync(
            new BrowserNewContextOptions { Permissions = ["clipboard-read", "clipboard-write"] }
        );
        window.SetDefaultTimeout(PatienceMilliseconds);
        SetDefaultExpectTimeout(PatienceMilliseconds);
        _page = await window.NewPageAsync();
        _page.PageError += (_, error) => Complaints.Add(error);
        _page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Complaints.Add(message.Text);
            }
        };
    }

    /// <summary>
    /// The words that were used since the last call: those of pages, and those that were typed or read.
    /// </summary>
    public (IReadOnlyList<string> Labels, IReadOnlyList<string> Values) TakeWords()
    {
        var words = (_labels.ToArray(), _values.ToArray());
        _labels.Clear();
        _values.Clear();
        return words;
    }

    /// <summary>The address of the page that is open.</summary>
    public Uri Address => new(_page.Url);

    public Task GoToAsync(string address) => _page.GotoAsync(address);

    /// <summary>Clicks the only button or link with these words; the one of the dialog when one is open.</summary>
    public async Task ClickAsync(string label)
    {
        _labels.Add(label);
        await ClickableOf(label).ClickAsync();
    }

    /// <summary>Clicks the link of the only job in a list.</summary>
    public Task ClickJobAsync() => _page.Locator("td[data-label='Job'] a").ClickAsync();

    /// <summary>Clicks <c>Copy</c>, and returns what lies in the clipboard then.</summary>
    public async Task<string> CopyAsync()
    {
        await ClickAsync("Copy");
        await _page.GetByText("Copied", new() { Exact = true }).First.WaitForAsync();
        return await _page.EvaluateAsync<string>("navigator.clipboard.readText()");
    }

    /// <summary>Writes a text into a field.</summary>
    public async Task FillAsync(string label, string text)
    {
        _values.Add(text);
        await FillOtherAsync(label, text);
    }

    /// <summary>Writes a text into a field that the guide does not show literally, such as a key.</summary>
    public async Task FillOtherAsync(string label, string text)
    {
        _labels.Add(label);
        await FieldOf(label).FillAsync(text);
    }

    /// <summary>Chooses in a field that a page names only for those who do not see it.</summary>
    public async Task ChooseAsync(string unseenLabel, string value)
    {
        _values.Add(value);
        await _page.GetByLabel(unseenLabel, new() { Exact = true }).SelectOptionAsync(value);
    }

    public async Task SeeFieldAsync(string label, string text)
    {
        _labels.Add(label);
        _values.Add(text);
        await Expect(FieldOf(label)).ToHaveValueAsync(text);
    }

    public async Task SeeAsync(string words)
    {
        _labels.Add(words);
        await SeeOtherAsync(words);
    }

    /// <summary>Sees a text that the guide shows literally.</summary>
    public async Task ReadAsync(string text)
    {
        _values.Add(text);
        await SeeOtherAsync(text);
    }

    /// <summary>Sees what the guide does not show.</summary>
    public Task SeeOtherAsync(string words) =>
        _page.GetByText(words).Filter(new() { Visible = true }).First.WaitForAsync();

    /// <summary>Sees a button or link, and does not click it.</summary>
    public async Task SeeOfferedAsync(string label)
    {
        _labels.Add(label);
        await Expect(ClickableOf(label).First).ToBeVisibleAsync();
    }

    /// <summary>
    /// Sees that there is no such button or link on the page, once other words of the page are there.
    /// </summary>
    public async Task MissAsync(string label, string once)
    {
        _labels.Add(label);
        await SeeOtherAsync(once);
        await Expect(ClickableOf(label)).ToHaveCountAsync(0);
    }

    /// <summary>Notes words that were used elsewhere, such as in a terminal.</summary>
    public void Note(string value) => _values.Add(value);

    public Task PhotographAsync(string path) =>
        _page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = true });

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
    }

    // A tab may have a count behind its words.
    private ILocator ClickableOf(string label) =>
        _page
            .Locator("dialog[open] button, body:not(:has(dialog[open])) :is(a, button):visible")
            .Filter(new() { HasTextRegex = new Regex($@"^\s*{Regex.Escape(label)}\s*[\d,]*\s*$") });

    private ILocator FieldOf(string label) =>
        _page.Locator($"label.field:has(> span:text-is(\"{label}\"))").Locator("input, select, textarea");
}
