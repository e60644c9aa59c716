using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ScheduleZero.Dashboard.Assets;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The contrast of text as WCAG 2.2 defines it (1.4.3), computed from the tokens of the style sheet.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class ContrastTests
{
    private const double LeastContrast = 4.5;
    private static readonly string[] Texts = ["text", "muted", "faint", "accent", "ok", "run", "wait", "bad", "idle"];
    private static readonly string[] Surfaces = ["bg", "surface", "sunken"];

    private static readonly string StyleSheet = Encoding.UTF8.GetString(DashboardAssets.StyleSheet());

    [Test]
    public void Every_text_can_be_read_on_each_surface_that_it_stands_on([Values("light", "dark")] string theme)
    {
        var tokens = Token()
            .Matches(StyleSheet)
            .ToDictionary(token => token.Groups["name"].Value, token => token.Groups[theme].Value);
        var pairs = Texts
            .SelectMany(text => Surfaces.Append($"{text}-soft").Where(tokens.ContainsKey).Select(on => (text, on)))
            .Append(("on-accent", "accent"))
            .Append(("surface", "bad"));
        Assert.That(
            pairs.Where(pair => Contrast(tokens[pair.Item1], tokens[pair.Item2]) < LeastContrast),
            Is.Empty,
            $"text and surface with less than {LeastContrast}:1"
        );
    }

    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string color) =>
        (0.2126 * Linear(color, 1)) + (0.7152 * Linear(color, 3)) + (0.0722 * Linear(color, 5));

    private static double Linear(string color, int at)
    {
        var part = int.Parse(color.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
        return part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4);
    }

    [GeneratedRegex("--(?<name>[a-z-]+): light-dark\\((?<light>#[0-9a-f]{6}), (?<dark>#[0-9a-f]{6})\\);")]
    private static partial Regex Token();
}
