using System.Diagnostics;
using Microsoft.Playwright;
using ScheduleZero.Browsers;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>A real Chromium that has pages of the dashboard open, for several users.</summary>
internal sealed class PagesBrowser : IAsyncDisposable
{
    private const float TimeoutMs = 120_000;

    private readonly Uri _pages;
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private PagesBrowser(Uri pages, IPlaywright playwright, IBrowser browser) =>
        (_pages, _playwright, _browser) = (pages, playwright, browser);

    /// <param name="broker">The address of the Broker.</param>
    public static async Task<PagesBrowser> LaunchAsync(Uri broker)
    {
        var chromium =
            Chromium.Find()
            ?? throw new InvalidOperationException("Chromium is not installed: tests/install-tools.sh installs it.");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = ["--no-sandbox"] }
        );
        return new PagesBrowser(new Uri(broker, "/ui/"), playwright, browser);
    }

    /// <summary>Signs a user in, and returns what the browser holds then.</summary>
    public async Task<string> SignInAsync(string userName, string password)
    {
        await using var context = await _browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync(_pages.ToString());
        await page.GetByLabel("User name").FillAsync(userName);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await ReadyAsync(page);
        return await context.StorageStateAsync();
    }

    /// <summary>A window of somebody who has signed in, with nothing in its cache.</summary>
    public async Task<IBrowserContext> NewWindowAsync(string state)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions { StorageState = state });
        context.SetDefaultTimeout(TimeoutMs);
        return context;
    }

    /// <summary>Opens a page, and returns it with the milliseconds until it showed what it had read.</summary>
    public async Task<(IPage Page, double Milliseconds)> OpenAsync(IBrowserContext window, string path)
    {
        var page = await window.NewPageAsync();
        return (page, await GoAsync(page, path));
    }

    /// <inheritdoc cref="OpenAsync"/>
    public async Task<double> GoAsync(IPage page, string path)
    {
        var begun = Stopwatch.GetTimestamp();
        await page.GotoAsync(new Uri(_pages, path).ToString());
        await ReadyAsync(page);
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    /// <summary>Counts the bytes that a page receives, as they are on the wire.</summary>
    public static async Task<ByteCount> CountBytesAsync(IPage page)
    {
        var count = new ByteCount();
        var session = await page.Context.NewCDPSessionAsync(page);
        session.Event("Network.loadingFinished").OnEvent += (_, finished) =>
            count.Add((long)(finished?.GetProperty("encodedDataLength").GetDouble() ?? 0));
        session.Event("Network.webSocketFrameReceived").OnEvent += (_, frame) =>
            count.Add(frame?.GetProperty("response").GetProperty("payloadData").GetString()?.Length ?? 0);
        await session.SendAsync("Network.enable");
        return count;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
    }

    private static async Task ReadyAsync(IPage page)
    {
        await page.Locator("h1").WaitForAsync();
        await page.Locator("details.menu").WaitForAsync();
        await page.Locator(".skeleton").First.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
    }

    /// <summary>A number of bytes that grows on other threads.</summary>
    internal sealed class ByteCount
    {
        private long _bytes;

        public long Bytes => Interlocked.Read(ref _bytes);

        public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
    }
}
