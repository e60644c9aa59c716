using System.Text.Json;
using Microsoft.Playwright;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Checks pages for accessibility by axe-core, which tests/install-tools.sh gets.</summary>
internal static class Axe
{
    private const string Run = """
        async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
          .filter(found => found.impact === 'serious' || found.impact === 'critical')
          .map(found => `${found.id}: ${found.help}: ${found.nodes.map(node => node.html).join(' | ')}`)
        """;

    private static readonly Lazy<string?> Script = new(() => Find() is { } file ? File.ReadAllText(file) : null);

    /// <summary>What is seriously wrong with a page as it stands. Skips the test where axe-core is missing.</summary>
    public static async Task<string[]> SeriousAsync(IPage page)
    {
        if (Script.Value is not { } script)
        {
            Assert.Ignore("axe-core is not installed: tests/install-tools.sh installs it.");
        }

        await page.EvaluateAsync(Script.Value!);
        var found = await page.EvaluateAsync<JsonElement>(Run);
        return [.. found.EnumerateArray().Select(text => text.GetString()!)];
    }

    private static string? Find()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(home, ".cache");
        var folder = Path.Combine(cache, "schedulezero");
        return Directory.Exists(folder)
            ? Directory
                .EnumerateDirectories(folder, "axe-core-*")
                .Select(found => Path.Combine(found, "node_modules", "axe-core", "axe.min.js"))
                .FirstOrDefault(File.Exists)
            : null;
    }
}
