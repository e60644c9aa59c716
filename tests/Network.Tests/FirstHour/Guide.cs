using System.Text.RegularExpressions;
using ScheduleZero.Network.Tests.Processes;

namespace ScheduleZero.Network.Tests.FirstHour;

/// <summary>One step of <c>docs/first-hour.md</c>.</summary>
/// <param name="Labels">The words of pages that the step names, which are in italics.</param>
/// <param name="Values">What is typed or read literally, which is written as code.</param>
/// <param name="Commands">The blocks of commands, in their order.</param>
internal sealed record GuideStep(
    string Heading,
    IReadOnlyList<string> Labels,
    IReadOnlyList<string> Values,
    IReadOnlyList<string> Commands
);

/// <summary>The page that a newcomer follows, as people read it.</summary>
internal static partial class Guide
{
    /// <summary>The steps in their order: the sections whose headings have numbers.</summary>
    public static IReadOnlyList<GuideStep> Read()
    {
        var page = File.ReadAllText(Path.Combine(Installation.Repository, "docs", "first-hour.md"));
        return
        [
            .. Section()
                .Matches(page)
                .Where(section => section.Groups["number"].Success)
                .Select(section => StepOf(section.Groups["heading"].Value, section.Groups["text"].Value)),
        ];
    }

    private static GuideStep StepOf(string heading, string section)
    {
        var text = Block().Replace(section, "");
        return new GuideStep(
            heading,
            InOrder(Italics().Matches(Code().Replace(text, ""))),
            InOrder(Code().Matches(text)),
            [.. Block().Matches(section).Select(block => block.Groups["words"].Value)]
        );
    }

    private static string[] InOrder(IEnumerable<Match> matches) =>
        [.. matches.Select(match => match.Groups["words"].Value).Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"^## (?<heading>(?<number>\d+\. )?.+)\n(?<text>(?:(?!^## ).*\n?)*)", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex(@"^```\n(?<words>(?:.+\n)+)```$", RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"`(?<words>[^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<![*\w])\*(?<words>[^*\n]+)\*(?!\*)")]
    private static partial Regex Italics();
}
