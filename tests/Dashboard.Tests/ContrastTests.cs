using System.Globalization;
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

    // The first block is the light theme; the dark theme stands twice, for the system's choice and for the user's.
    private static readonly List<Dictionary<string, string>> Themes =
    [
        .. Blocks().Matches(StyleSheet()).Select(block => Tokens(block.Groups["tokens"].Value)),
    ];

    [Test]
    public void Every_text_can_be_read_on_each_surface_that_it_stands_on([Values(0, 1, 2)] int theme)
    {
        var tokens = Themes[theme];
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

    [Test]
    public void The_dark_theme_is_the_same_whoever_chooses_it() =>
        Assert.That((Themes.Count, Themes[1]), Is.EqualTo((3, Themes[2])));

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

    private static Dictionary<string, string> Tokens(string block) =>
        Token().Matches(block).ToDictionary(token => token.Groups["name"].Value, token => token.Groups["color"].Value);

    private static string StyleSheet()
    {
        using var stream = typeof(DashboardAssets).Assembly.GetManifestResourceStream("assets/dashboard.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"color-scheme: (light|dark);(?<tokens>[^}]*)\}")]
    private static partial Regex Blocks();

    [GeneratedRegex("--(?<name>[a-z-]+): (?<color>#[0-9a-f]{6});")]
    private static partial Regex Token();
}
