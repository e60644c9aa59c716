using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>
/// Makes pictures of every page, in both themes and at the width of a phone: <c>bash tests/screenshots.sh FOLDER</c>.
/// </summary>
[Explicit("Makes pictures for people to look at.")]
public sealed class Screenshots
{
    private static readonly (string Name, int Width, int Height)[] Sizes =
    [
        ("desktop", 1366, 768),
        ("phone", 390, 844),
    ];

    private static readonly ColorScheme[] Themes = [ColorScheme.Light, ColorScheme.Dark];

    private static readonly string Folder =
        Environment.GetEnvironmentVariable("SZ_SCREENSHOTS") ?? Path.Combine(Path.GetTempPath(), "sz-screenshots");

    /// <summary>The beginning of the names of the pictures that are made; empty for all.</summary>
    private static readonly string Only = Environment.GetEnvironmentVariable("SZ_SCREENSHOTS_ONLY") ?? "";

    [Test]
    public async Task Pages()
    {
        Directory.CreateDirectory(Folder);
        await using var empty = await TestBroker.StartAsync();
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Admin);
        await using var fleet = await TestFleet.StartAsync(broker);
        var scene = await Scene.PlayAsync(broker, fleet);
        foreach (var theme in Themes)
        {
            foreach (var (name, width, height) in Sizes)
            {
                var options = new BrowserNewContextOptions
                {
                    ColorScheme = theme,
                    ViewportSize = new ViewportSize { Width = width, Height = height },
                    TimezoneId = "Europe/Berlin",
                    ReducedMotion = ReducedMotion.Reduce,
                };
                var suffix = $"{name}-{theme.ToString().ToLowerInvariant()}";
                await ShootStrangersAsync(empty, broker, options, suffix);
                await ShootPagesAsync(broker, scene, options, suffix);
            }
        }
    }

    private static async Task ShootStrangersAsync(
        TestBroker empty,
        TestBroker broker,
        BrowserNewContextOptions options,
        string suffix
    )
    {
        await using (var first = await BrowserPage.OpenAsync(empty, "", options))
        {
            await ShootAsync(first, $"first-user-{suffix}");
        }

        await using var signIn = await BrowserPage.OpenAsync(broker, "", options);
        await ShootAsync(signIn, $"sign-in-{suffix}");
    }

    private static async Task ShootPagesAsync(
        TestBroker broker,
        Scene scene,
        BrowserNewContextOptions options,
        string suffix
    )
    {
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default", options);
        await page.ReadyAsync();
        foreach (var (name, path) in scene.Pages.Where(page => page.Name.StartsWith(Only, StringComparison.Ordinal)))
        {
            await page.GoAsync(broker, path);
            await ShootAsync(page, $"{name}-{suffix}");
        }
    }

    // The window is made as high as the page, so that what sticks to an edge of the window is at that edge.
    private static async Task ShootAsync(BrowserPage page, string name)
    {
        var window = page.Page.ViewportSize!;
        var height = await page.Page.EvaluateAsync<int>("document.documentElement.scrollHeight");
        await page.Page.SetViewportSizeAsync(window.Width, Math.Max(window.Height, height));
        await page.Page.ScreenshotAsync(
            new PageScreenshotOptions { Path = Path.Combine(Folder, $"{name}.png"), FullPage = true }
        );
        await page.Page.SetViewportSizeAsync(window.Width, window.Height);
    }
}
