using System.Diagnostics;
using System.Text.RegularExpressions;
using ScheduleZero.Network.Tests.Processes;

namespace ScheduleZero.Network.Tests;

/// <summary>
/// The deployments of <c>docs/deploy</c>, each shown by its script in <c>samples/deploy</c>, which runs the commands of
/// the page with the files that the page copies.
/// </summary>
[CancelAfter(600_000)]
public sealed partial class DeploymentTests
{
    /// <summary>The exit code by which a script says that this machine does not allow what it shows.</summary>
    private const int NotPossible = 77;

    private static string Samples { get; } = Path.Combine(Installation.Repository, "samples", "deploy");

    [TestCaseSource(nameof(Deployments))]
    public async Task A_deployment_works_as_its_page_says(string deployment, CancellationToken cancellationToken)
    {
        var (exitCode, printed) = await RunAsync(ScriptOf(deployment), cancellationToken);
        await TestContext.Out.WriteLineAsync(printed);
        if (exitCode == NotPossible)
        {
            Assert.Ignore(printed.TrimEnd().Split('\n')[^1]);
        }

        Assert.That(exitCode, Is.Zero, printed);
    }

    [Test]
    public void Every_command_of_a_page_is_run_by_a_script()
    {
        var run = Deployments()
            .SelectMany(deployment => RunBlock().Matches(File.ReadAllText(ScriptOf(deployment))))
            .Select(match => match.Groups["step"].Value)
            .ToHashSet(StringComparer.Ordinal);
        var blocks = Directory
            .GetFiles(Path.Combine(Installation.Repository, "docs", "deploy"), "*.md")
            .SelectMany(page => Block().Matches(File.ReadAllText(page)))
            .ToList();
        Assert.Multiple(() =>
        {
            Assert.That(blocks, Is.Not.Empty);
            Assert.That(
                blocks.Where(block => !run.Contains(block.Groups["step"].Value)).Select(block => block.Value),
                Is.Empty
            );
        });
    }

    private static IEnumerable<string> Deployments() =>
        Directory.GetDirectories(Samples).Select(folder => Path.GetFileName(folder)!).Where(HasScript).Order();

    private static bool HasScript(string deployment) => File.Exists(ScriptOf(deployment));

    private static string ScriptOf(string deployment) => Path.Combine(Samples, deployment, "run.sh");

    private static async Task<(int ExitCode, string Printed)> RunAsync(
        string script,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo("bash", ["-c", "exec bash \"$0\" 2>&1", script])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["SZ_PROGRAM"] = Installation.Program;
        using var process = Process.Start(start)!;
        var printed = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await using (cancellationToken.Register(() => Native.Terminate(process.Id)))
        {
            // The script ends soon after its signal, and removes what it has made.
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return (process.ExitCode, await printed);
    }

    /// <summary>A block of a page that a script runs: <c>```sh MACHINE STEP</c>.</summary>
    [GeneratedRegex(@"^```sh (?<machine>\S+) (?<step>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Block();

    /// <summary>The command of a script that runs a block: <c>page MACHINE STEP</c>.</summary>
    [GeneratedRegex(@"\bpage (?<machine>\S+) (?<step>[\w-]+)")]
    private static partial Regex RunBlock();
}
