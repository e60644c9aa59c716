using System.Text.RegularExpressions;

namespace ScheduleZero.Architecture.Tests;

/// <summary>
/// The folders of a project form floors: a folder uses only folders below it. What a folder uses is read from the
/// using directives of its files, which the build keeps free of unused ones. Files that lie in the parent folder itself
/// are the vocabulary of all its folders, or put them together, and are on no floor.
/// </summary>
public sealed partial class FloorTests
{
    private static IEnumerable<string> Projects { get; } =
        Room.ReadTable().Select(room => room.Folder).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Projects))]
    public void Folders_of_one_project_do_not_use_each_other_in_a_circle(string project)
    {
        var uses = UsesOf(project);
        var circles = uses.Where(use => string.CompareOrdinal(use.From, use.To) < 0 && Reaches(uses, use.To, use.From))
            .Concat(uses.Where(use => string.CompareOrdinal(use.From, use.To) > 0 && Reaches(uses, use.To, use.From)))
            .Select(use => $"{use.From} uses {use.To} in {use.File}, and {use.To} uses {use.From} by some way")
            .Order(StringComparer.Ordinal);
        Assert.That(circles, Is.Empty);
    }

    [Test]
    public void Uses_of_folders_are_found_at_all()
    {
        Assert.That(
            UsesOf("Broker/Core").Select(use => (Leaf(use.From), Leaf(use.To))),
            Has.Member(("Sessions", "Jobs"))
        );
    }

    private static string Leaf(string folder) => folder[(folder.LastIndexOf('.') + 1)..];

    /// <summary>Whether a chain of uses leads from one folder to another.</summary>
    private static bool Reaches(IReadOnlyCollection<Use> uses, string from, string to)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { from };
        var open = new Queue<string>(seen);
        while (open.TryDequeue(out var folder))
        {
            if (folder == to)
            {
                return true;
            }

            foreach (var next in uses.Where(use => use.From == folder && seen.Add(use.To)))
            {
                open.Enqueue(next.To);
            }
        }

        return false;
    }

    /// <summary>One use for each pair of folders with the same parent, with a file that shows it.</summary>
    private static List<Use> UsesOf(string project)
    {
        var files = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Where(file => !file.Contains("/bin/", StringComparison.Ordinal))
            .Select(file => (File: file, Text: File.ReadAllText(Path.Combine(Repository.Root, file))))
            .ToList();
        var own = files
            .Select(file => Namespace().Match(file.Text).Groups[1].Value)
            .Where(name => name != "")
            .ToHashSet();
        return
        [
            .. files
                .SelectMany(file =>
                    Using()
                        .Matches(file.Text)
                        .Select(match => OwnNamespace(match.Groups[1].Value, own))
                        .OfType<string>()
                        .Select(used => Siblings(Namespace().Match(file.Text).Groups[1].Value, used, file.File))
                )
                .OfType<Use>()
                .DistinctBy(use => (use.From, use.To)),
        ];
    }

    /// <summary>The namespace of the project that a directive names, or whose type it names; null for others.</summary>
    private static string? OwnNamespace(string used, HashSet<string> own)
    {
        var name = used;
        while (!own.Contains(name))
        {
            var dot = name.LastIndexOf('.');
            if (dot < 0)
            {
                return null;
            }

            name = name[..dot];
        }

        return name;
    }

    /// <summary>The two folders below the nearest common parent; null if one namespace contains the other.</summary>
    private static Use? Siblings(string from, string to, string file)
    {
        var (left, right) = (from.Split('.'), to.Split('.'));
        var depth = 0;
        while (depth < left.Length && depth < right.Length && left[depth] == right[depth])
        {
            depth++;
        }

        return depth == left.Length || depth == right.Length
            ? null
            : new Use(string.Join('.', left[..(depth + 1)]), string.Join('.', right[..(depth + 1)]), file);
    }

    private sealed record Use(string From, string To, string File);

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();
}
