using System.CommandLine;
using System.Diagnostics;
using System.Text.RegularExpressions;
using ScheduleZero.Cli.Output;
using ScheduleZero.Cli.Servers;

namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of every table of the command line, on pseudo-terminals of usual and unusual width.</summary>
[Platform("Linux")]
internal sealed partial class TableTests : CliFixture
{
    private static readonly int[] Widths = [60, 80, 120];

    private static IEnumerable<TestCaseData> Tables() =>
        from width in Widths
        from table in TableCase.All
        select new TestCaseData(table, width).SetArgDisplayNames(table.Words, $"{width}");

    [TestCaseSource(nameof(Tables))]
    public async Task A_table_fits_its_terminal_with_ids_names_and_states_whole(TableCase table, int width)
    {
        var lines = await ShowAsync(table, width);
        Assert.That(lines.Where(line => TableLayout.CellsOf(line) > width), Is.Empty, string.Join('\n', lines));
        foreach (var word in table.Unbroken)
        {
            Assert.That(lines, Has.Some.Contains(word), string.Join('\n', lines));
        }
    }

    [TestCaseSource(nameof(Tables))]
    public async Task Hostile_content_neither_steers_the_terminal_nor_breaks_what_stands_beside_it(
        TableCase table,
        int width
    )
    {
        var hostile = table.Hostile();
        // The lines come without the codes of colours, which the printer itself writes; any other code would be left.
        var lines = await ShowAsync(hostile, width);
        var all = string.Join('\n', lines);
        Assert.That(
            all,
            Does.Not.Contain("\u001b")
                .And.Not.Contain("\u0007")
                .And.Not.Contain("\u202E")
                .And.Not.Contain("\u200F")
                .And.Not.Contain("\r")
        );
        Assert.That(lines, Has.None.StartsWith("STATE  succeeded"), "a value must not look like a line of its own");
        foreach (var word in hostile.Unbroken)
        {
            Assert.That(lines, Has.Some.Contains(word), all);
        }
    }

    [Test]
    public void Every_verb_that_lists_has_a_case()
    {
        var lists = Leaves(CommandLine.Build(NoTerminal(), ServerVerbs.Create(NoTerminal())), "")
            .Where(leaf => leaf.Command.Options.Any(option => option.Name == "--limit"))
            .Select(leaf => leaf.Words);
        Assert.That(
            lists.Where(words =>
                !TableCase.All.Any(table => $"{table.Words} ".StartsWith($"{words} ", StringComparison.Ordinal))
            ),
            Is.Empty
        );
    }

    [Test]
    public async Task Profiles_fit_too()
    {
        await using var screen = PseudoTerminal.Open(60);
        await RunAsync(
            "profiles",
            "set",
            "production-berlin",
            "--server",
            "https://broker.berlin.example.org/schedulezero/",
            "--namespace",
            "tenant-berlin"
        );
        Screen = screen;
        var outcome = await RunAsync("profiles", "list");
        Assert.That(
            outcome.Out,
            Does.Contain("production-berlin").And.Contain("https://broker.berlin.example.org/schedulezero/")
        );
        Assert.That(Codes().Replace(outcome.Out, "").Split('\n').Where(line => line.Length > 60), Is.Empty);
    }

    [Test]
    public async Task What_is_left_out_is_said_beside_the_table()
    {
        await using var screen = PseudoTerminal.Open(80);
        Screen = screen;
        Server.Answer(TableCase.All[0].Answer);
        var outcome = await RunAsync("jobs", "list");
        Assert.That(outcome.Error, Does.Contain("Left out for want of room").And.Contain("FINISHED AT"));
        Assert.That(outcome.Out, Does.Not.Contain("FINISHED AT"));
    }

    [TestCase(60)]
    [TestCase(80)]
    [TestCase(120)]
    public async Task The_program_itself_asks_its_terminal_how_wide_it_is(int width)
    {
        var table = TableCase.All.Single(table => table.Words.StartsWith("jobs explain", StringComparison.Ordinal));
        Server.Answer(table.Answer);
        await using var screen = PseudoTerminal.Open(width);
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                "-c",
                "exec \"$0\" \"$@\" > \"$SCREEN\"",
                Path.Combine(AppContext.BaseDirectory, "schedulezero"),
                .. table.Arguments,
            ]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        foreach (
            var (name, value) in Variables
                .Append(KeyValuePair.Create("SCREEN", screen.Path))
                .Append(KeyValuePair.Create("TERM", "xterm-256color"))
        )
        {
            start.Environment[name] = value;
        }

        start.Environment.Remove("COLUMNS");
        using var program = Process.Start(start)!;
        program.StandardInput.Close();
        var error = await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();
        var lines = Codes().Replace(await screen.ReadToEndAsync(), "").Split('\n');
        Assert.That(program.ExitCode, Is.Zero, error);
        Assert.That(lines.Where(line => line.Length > width), Is.Empty);
        foreach (var word in table.Unbroken)
        {
            Assert.That(lines, Has.Some.Contains(word), string.Join('\n', lines));
        }
    }

    private static IEnumerable<(Command Command, string Words)> Leaves(Command command, string words) =>
        command.Subcommands.Count == 0
            ? [(command, words)]
            : command.Subcommands.SelectMany(child => Leaves(child, $"{words} {child.Name}".Trim()));

    private async Task<string[]> ShowAsync(TableCase table, int width)
    {
        Server.Answer(table.Answer);
        await using var screen = PseudoTerminal.Open(width);
        Screen = screen;
        var outcome = await RunAsync(table.Arguments);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        return Codes().Replace(outcome.Out, "").Split('\n');
    }

    // The codes of colours, and those that a program sends to a terminal when it begins.
    [GeneratedRegex("\u001b(\\[[0-9;]*m|\\[\\?1[hl]|[=>])")]
    private static partial Regex Codes();
}
