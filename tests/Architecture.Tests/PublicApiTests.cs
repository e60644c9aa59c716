using System.Reflection;
using PublicApiGenerator;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;
using ScheduleZero.Testing;

namespace ScheduleZero.Architecture.Tests;

/// <summary>
/// The public API that other projects compile against. A change of it shows in review, as a change of the text beside
/// this file.
/// </summary>
public sealed class PublicApiTests
{
    private const string AcceptVariable = "SZ_ACCEPT_API";

    private static readonly ApiGeneratorOptions Options = new() { IncludeAssemblyAttributes = false };

    private static IEnumerable<Assembly> Published() =>
        [
            typeof(ApiKey).Assembly,
            typeof(ScheduleZeroClient).Assembly,
            typeof(AgentBuilder).Assembly,
            typeof(ScheduleZeroSimulation).Assembly,
        ];

    [TestCaseSource(nameof(Published))]
    public void The_public_api_is_the_accepted_one(Assembly assembly)
    {
        var file = Path.Combine(
            Repository.Root,
            "tests",
            "Architecture.Tests",
            "Api",
            $"{assembly.GetName().Name}.txt"
        );
        var now = assembly.GeneratePublicApi(Options).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, now);
        }

        var accepted = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.That(
            Difference(accepted, now),
            Is.Empty,
            $"If the change is meant, accept it with {AcceptVariable}=1 dotnet test tests/Architecture.Tests, "
                + $"and commit {Path.GetFileName(file)}."
        );
    }

    private static string Difference(string accepted, string now)
    {
        var before = accepted.Split('\n');
        var after = now.Split('\n');
        var lines = Missing(before, after)
            .Select(line => $"- {line}")
            .Concat(Missing(after, before).Select(line => $"+ {line}"))
            .ToList();
        // The same lines in another order count as a change too.
        return lines.Count > 0 ? string.Join('\n', lines)
            : accepted == now ? ""
            : "The order of the lines differs.";
    }

    private static IEnumerable<string> Missing(IReadOnlyList<string> from, IReadOnlyList<string> within)
    {
        var left = within
            .GroupBy(line => line)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        foreach (var line in from)
        {
            if (left.TryGetValue(line, out var count) && count > 0)
            {
                left[line] = count - 1;
            }
            else
            {
                yield return line;
            }
        }
    }
}
