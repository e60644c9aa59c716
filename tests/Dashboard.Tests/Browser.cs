using Microsoft.Playwright;
using ScheduleZero.Browsers;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The real Chromium that the tests of this suite share. Each test has a context of its own.</summary>
[SetUpFixture]
public sealed class Browser
{
    /// <summary>
    /// How long a test waits for what it expects, in milliseconds. It waits that long only when something is broken.
    /// </summary>
    public const int Patience = 30_000;

    private static IPlaywright? _playwright;
    private static IBrowser? _browser;

    /// <summary>A browser window without history. Skips the test where there is no Chromium.</summary>
    public static Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions? options = null)
    {
        if (_browser is null)
        {
            Assert.Ignore("Chromium is not installed: tests/install-tools.sh installs it.");
        }

        return _browser!.NewContextAsync(options);
    }

    [OneTimeSetUp]
    public async Task LaunchAsync()
    {
        if (Chromium.Find() is not { } chromium)
        {
            return;
        }

        // Expectations have a patience of their own, which is 5 s unless set: too short beside a build.
        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = ["--no-sandbox"] }
        );
    }

    [OneTimeTearDown]
    public async Task CloseAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
    }
}
