using System.Text.RegularExpressions;

namespace ScheduleZero.Architecture.Tests;

/// <summary>Event ids, by which the alerts of operators find lines of the log.</summary>
public sealed partial class EventIdTests
{
    [Test]
    public void Every_event_of_the_log_has_an_id_of_its_own()
    {
        var skipped = new[] { "obj", "bin", "tests", "samples" }
            .Select(name => $"{Path.DirectorySeparatorChar}{name}{Path.DirectorySeparatorChar}")
            .ToList();
        var events = Directory
            .EnumerateFiles(Repository.Root, "*.cs", SearchOption.AllDirectories)
            .Where(file =>
                !skipped.Exists(folder => file[Repository.Root.Length..].Contains(folder, StringComparison.Ordinal))
            )
            .SelectMany(file =>
                Event()
                    .Matches(File.ReadAllText(file))
                    .Select(match => (Id: match.Groups[1].Value, File: Path.GetFileName(file)))
            )
            .ToList();
        Assert.That(events, Has.Count.GreaterThan(50));
        Assert.That(
            events
                .GroupBy(logged => logged.Id)
                .Where(group => group.Count() > 1)
                .Select(group => $"{group.Key}: {string.Join(", ", group.Select(logged => logged.File))}"),
            Is.Empty
        );
    }

    [GeneratedRegex(@"LoggerMessage\(\s*([0-9]+)")]
    private static partial Regex Event();
}
