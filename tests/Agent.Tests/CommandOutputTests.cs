using System.Text;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Commands;

namespace ScheduleZero.Agent.Tests;

/// <summary>The output of a command as the job's log, result and progress.</summary>
[Parallelizable(ParallelScope.All)]
[Platform(Include = "Linux,MacOsX")]
public sealed class CommandOutputTests
{
    private const int Most = Limits.LogMessageLengthMax;

    private static List<string> LinesOf(params string[] pieces)
    {
        var shown = new List<string>();
        var lines = new OutputLines(shown.Add, new FakeTimeProvider());
        foreach (var piece in pieces)
        {
            lines.Add(piece);
        }

        lines.ShowUnfinished();
        return shown;
    }

    private static string[] LogOf(List<ReportEvent> events) =>
        [.. events.Where(e => e.Type == "log").Select(e => e.Message!)];

    [TestCase("a\n\nb\n", "a||b", "a blank line is a line")]
    [TestCase("a\r\nb\r\n", "a|b", "lines of Windows")]
    [TestCase("10 %\r20 %\r100 %\ndone", "100 %|done", "a progress bar is its newest state")]
    [TestCase("10 %\r", "10 %", "a carriage return at the end hides nothing")]
    [TestCase("ab\r\r\ncd", "ab|cd", "some consoles end lines so")]
    public void Output_is_cut_into_the_lines_that_a_terminal_would_show(string output, string lines, string why)
    {
        Assert.That(string.Join('|', LinesOf(output)), Is.EqualTo(lines), why);
        Assert.That(
            string.Join('|', LinesOf([.. output.Select(c => c.ToString())])),
            Is.EqualTo(lines),
            $"{why}, letter by letter"
        );
    }

    [Test]
    public void A_line_that_is_written_over_again_and_again_is_shown_from_time_to_time()
    {
        var (time, shown) = (new FakeTimeProvider(), new List<string>());
        var lines = new OutputLines(shown.Add, time);
        for (var percent = 0; percent < 10; percent++)
        {
            lines.Add($"{percent} %\r");
            time.Advance(TimeSpan.FromSeconds(2));
        }

        lines.Add("\n");
        Assert.That(shown, Is.EqualTo(["2 %", "5 %", "8 %", "9 %"]));
    }

    [Test]
    public void A_line_shown_unfinished_is_not_shown_again_with_its_end()
    {
        var shown = new List<string>();
        var lines = new OutputLines(shown.Add, new FakeTimeProvider());
        lines.Add("Password: ");
        lines.ShowUnfinished();
        lines.Add("\nUser: ");
        lines.ShowUnfinished();
        lines.Add("ana\n\n");
        Assert.That(shown, Is.EqualTo(["Password: ", "User: ", "ana", ""]));
    }

    [TestCase("x")]
    [TestCase("😀")]
    [TestCase("a😀")]
    public void A_very_long_line_comes_in_pieces_of_whole_characters(string character)
    {
        var text = string.Concat(Enumerable.Repeat(character, Most * 2 / character.Length)) + "end";
        var pieces = LinesOf(text, "\n", "next\n");

        Assert.That(string.Concat(pieces[..^1]), Is.EqualTo(text));
        Assert.That(pieces[^1], Is.EqualTo("next"));
        Assert.That(pieces, Has.All.Length.LessThanOrEqualTo(Most));
        Assert.That(
            pieces.Select(piece => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(piece))),
            Is.EqualTo(pieces),
            "no piece ends within a character"
        );
    }

    [Test]
    public async Task A_prompt_is_logged_while_the_command_waits()
    {
        using var folder = new TemporaryFolder();
        var answer = Path.Combine(folder.Path, "answer");
        var events = await Commands.RunAsync(
            $"command: /bin/sh\nargs: [-c, 'printf \"Go on? \"; while [ ! -e {answer} ]; do sleep 0.05; done; "
                + "echo yes']",
            meanwhile: async (connection, _) =>
            {
                var prompt = await connection.NextAsync("log");
                Assert.That(prompt.Message, Is.EqualTo("Go on? "));
                await File.WriteAllTextAsync(answer, "");
            }
        );

        Assert.That(LogOf(events), Is.EqualTo(["yes"]));
    }

    [TestCase("ü", 120_000)]
    [TestCase("😀", 60_000)]
    [TestCase("<", 250_000)]
    public async Task A_result_is_counted_in_the_bytes_that_the_command_wrote(string character, int times)
    {
        var events = await Commands.RunAsync(
            $"command: /bin/sh\nargs: [-c, 'yes \"{character}\" | tr -d \"\\n\" | head -c "
                + $"{Encoding.UTF8.GetByteCount(character) * times}']\nresult: stdout"
        );

        Assert.That(events[^1].Error?.Message, Is.Null);
        Assert.That(events[^1].Result.To<string>(), Is.EqualTo(string.Concat(Enumerable.Repeat(character, times))));
    }

    [Test]
    public async Task A_result_of_text_keeps_quotes_line_ends_and_control_characters()
    {
        var events = await Commands.RunAsync(
            "command: /bin/sh\nargs: [-c, 'printf \"a\\\"b\\\\\\\\c\\r\\n\\t\\033[1m\"']\nresult: stdout"
        );
        Assert.That(events[^1].Result.To<string>(), Is.EqualTo("a\"b\\c\r\n\t\u001b[1m"));
    }

    [TestCase("stdout", "exit 3", "exit_3")]
    [TestCase("json", "exit 0", "invalid_result")]
    public async Task Output_of_a_command_that_failed_is_in_its_log(string result, string end, string type)
    {
        var events = await Commands.RunAsync($"command: /bin/sh\nargs: [-c, 'echo why; {end}']\nresult: {result}");
        Assert.That(events[^1].Error!.Type, Is.EqualTo(type));
        Assert.That(LogOf(events), Is.EqualTo(["why"]));
    }

    // setsid takes the process out of the command's group: nobody ends it but itself.
    private const string Daemon =
        "setsid sh -c \"touch $1.up; while [ -d $(dirname $1) -a ! -e $1 ]; do sleep 0.05; done\" & while [ ! "
        + "-e $1.up ]; do sleep 0.01; done; echo started";

    [Test]
    public async Task A_command_that_starts_a_daemon_and_exits_0_has_succeeded()
    {
        using var folder = new TemporaryFolder();
        var end = Path.Combine(folder.Path, "end");
        var events = await Commands.RunAsync($"command: /bin/sh\nargs: [-c, '{Daemon}', sh, {end}]");
        await File.WriteAllTextAsync(end, "");

        Assert.That(events[^1].Type, Is.EqualTo("succeeded"));
        Assert.That(LogOf(events)[0], Is.EqualTo("started"));
        Assert.That(LogOf(events)[1..], Has.Some.Contains("outlived the command"));
    }

    [Test]
    public async Task A_daemon_that_holds_a_wanted_output_open_fails_by_its_own_name()
    {
        using var folder = new TemporaryFolder();
        var end = Path.Combine(folder.Path, "end");
        var events = await Commands.RunAsync($"command: /bin/sh\nargs: [-c, '{Daemon}', sh, {end}]\nresult: stdout");
        await File.WriteAllTextAsync(end, "");

        Assert.That(
            events[^1].Error,
            Has.Property("Type").EqualTo("output_not_closed").And.Property("Retryable").False
        );
        Assert.That(LogOf(events), Does.Contain("started"));
    }

    [Test]
    public async Task A_child_that_keeps_the_input_and_does_not_read_it_does_not_hold_the_attempt()
    {
        using var folder = new TemporaryFolder();
        var end = Path.Combine(folder.Path, "end");
        var events = await Commands.RunAsync(
            $"""
            command: /bin/sh
            args: [-c, 'exec 3<&0; setsid sh -c "touch $1.up; while [ -d {folder.Path} -a ! -e $1 ]; do sleep 0.05; done" <&3 >/dev/null 2>&1 & while [ ! -e $1.up ]; do sleep 0.01; done', sh, {end}]
            stdin: params
            params: {"{ text: { type: string, maxLength: 100000 } }"}
            """,
            $$"""{"text":"{{new string('x', 100_000)}}"}"""
        );
        await File.WriteAllTextAsync(end, "");

        Assert.That(events[^1].Type, Is.EqualTo("succeeded"));
    }

    [Test]
    public async Task A_command_says_how_far_it_is()
    {
        using var folder = new TemporaryFolder();
        var goOn = Path.Combine(folder.Path, "go-on");
        var events = await Commands.RunAsync(
            "command: /bin/sh\nargs: [-c, 'echo \"25 first half\" > $SCHEDULEZERO_PROGRESS_FILE; while [ ! -e "
                + $"{goOn} ]; do sleep 0.05; done; echo nonsense >> $SCHEDULEZERO_PROGRESS_FILE; echo 80% >> "
                + "$SCHEDULEZERO_PROGRESS_FILE']",
            meanwhile: async (connection, _) =>
            {
                var first = await connection.NextAsync("progress");
                Assert.That((first.Percent, first.Message), Is.EqualTo(((double?)25, "first half")));
                await File.WriteAllTextAsync(goOn, "");
            }
        );

        var last = events.Last(e => e.Type == "progress");
        Assert.That((last.Percent, last.Message), Is.EqualTo(((double?)80, (string?)null)));
    }

    [Test]
    public async Task A_progress_line_that_is_none_is_said_once_and_a_link_in_its_place_is_not_followed()
    {
        var events = await Commands.RunAsync(
            "command: /bin/sh\nargs: [-c, 'echo half > $SCHEDULEZERO_PROGRESS_FILE; sleep 1.2; echo 50 > "
                + "other; ln -sf $PWD/other $SCHEDULEZERO_PROGRESS_FILE; rm other']"
        );

        Assert.That(events.Where(e => e.Type == "progress"), Is.Empty);
        Assert.That(LogOf(events), Has.One.Contains("PERCENT [message]"));
    }

    [Test]
    public async Task Nothing_is_left_in_the_temporary_folder()
    {
        var events = await Commands.RunAsync("command: /bin/sh\nargs: [-c, 'echo $SCHEDULEZERO_PROGRESS_FILE']");
        Assert.That(Path.GetDirectoryName(LogOf(events)[0]), Does.Not.Exist);
    }
}
