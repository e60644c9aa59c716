using System.Text.RegularExpressions;

namespace ScheduleZero.Architecture.Tests;

/// <summary>Checks that the tests which pages name exist.</summary>
public sealed partial class DocumentTests
{
    [TestCase("promises.md")]
    [TestCase("threat-model.md")]
    public void Every_test_that_a_page_names_is_there(string page)
    {
        var sources = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file =>
                !file.Contains(
                    $"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}",
                    StringComparison.Ordinal
                )
            )
            .ToLookup(file => Path.GetFileName(file).Split('.')[0], File.ReadAllText, StringComparer.Ordinal);
        var named = Named()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", page)))
            .Select(match => (Class: match.Groups[1].Value, Test: match.Groups[2].Value))
            .Distinct()
            .ToList();
        var missing = named.Where(test =>
            !sources[test.Class].Any(source => source.Contains($" {test.Test}(", StringComparison.Ordinal))
        );
        Assert.That(named, Is.Not.Empty);
        Assert.That(missing.Select(test => $"{test.Class}.{test.Test}"), Is.Empty);
    }

    [Test]
    public void Every_invariant_that_promises_name_is_watched()
    {
        var watched = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "tests", "Simulation", "Invariants"), "*.cs")
            .Select(file => Path.GetFileNameWithoutExtension(file));
        var named = Invariants()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "promises.md")))
            .Select(match => match.Groups[1].Value)
            .Distinct()
            .ToList();
        Assert.That(named, Is.Not.Empty);
        Assert.That(named.Except(watched), Is.Empty);
    }

    [Test]
    public void Every_example_in_the_readme_stands_in_a_sample_that_is_built()
    {
        var samples = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "samples"), "*.cs", SearchOption.AllDirectories)
            .Select(file => WithoutIndents(File.ReadAllText(file)))
            .ToList();
        var examples = Example()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "README.md")))
            .Select(match => WithoutIndents(match.Groups[1].Value))
            .ToList();
        Assert.That(examples, Is.Not.Empty);
        Assert.That(
            examples.Where(example => !samples.Exists(sample => sample.Contains(example, StringComparison.Ordinal))),
            Is.Empty
        );
    }

    private static string WithoutIndents(string code) =>
        string.Join('\n', code.Split('\n').Select(line => line.Trim()));

    // The name of a test has an underscore; the name of a file or a type has none.
    [GeneratedRegex(@"`([A-Z]\w+)\.([A-Z][^\W_]*_\w+)`")]
    private static partial Regex Named();

    [GeneratedRegex(@"```csharp\n(.*?\n)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"`([A-Z]\w+)`(?=[,\s|])")]
    private static partial Regex Invariants();
}
