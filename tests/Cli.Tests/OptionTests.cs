using System.CommandLine;
using ScheduleZero.Cli.Servers;
using ScheduleZero.Processes;

namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of rules that hold for every verb and every option, also for new ones.</summary>
internal sealed class OptionTests : CliFixture
{
    private const string Refusal =
        """{"title":"Bad Request","status":400,"detail":"The value is out of bounds.","code":"invalid"}""";

    private static readonly string[] Extremes =
    [
        "0",
        "-1",
        "-0",
        "1",
        "2147483647",
        "2147483648",
        "-2147483649",
        "9223372036854775807",
        "99999999999999999999999999",
        "1e308",
        "NaN",
        "Infinity",
        "0x10",
        "1.5",
        "",
        "0s",
        "-5s",
        "0.0000000001ms",
        "1e9d",
        "99999999999d",
        "-PT5S",
        "PT0S",
        "P10675199D",
        "PT1E9S",
        "+0s",
        "-0d",
        "+5000000d",
        "-5000000d",
        "+99999999d",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0000-00-00",
    ];

    private static IEnumerable<Command> Commands() => All(Tree());

    private static IEnumerable<Verb> Leaves() =>
        Commands().Where(command => command.Subcommands.Count == 0).Cast<Verb>();

    private static IEnumerable<string> Measures() =>
        from verb in Leaves()
        where !IsServer(verb)
        from option in verb.Options
        where option.HelpName is "N" or "SHARE" or "DURATION" or "INSTANT" or "VERSION"
        select $"{PathOf(verb)} {option.Name}";

    [Test]
    public void No_command_has_two_options_of_one_name()
    {
        foreach (var command in Commands())
        {
            var inherited = AncestorsOf(command)
                .SelectMany(ancestor => ancestor.Options.Where(option => option.Recursive));
            var names = command
                .Options.Concat(inherited)
                .Distinct()
                .SelectMany(option => option.Aliases.Append(option.Name))
                .ToList();
            Assert.That(names, Is.Unique, PathOf(command));
            Assert.That(
                command.Subcommands.SelectMany(child => child.Aliases.Append(child.Name)),
                Is.Unique,
                PathOf(command)
            );
            Assert.That(command.Arguments.Select(argument => argument.Name), Is.Unique, PathOf(command));
        }
    }

    [Test]
    public void Every_command_option_and_argument_says_what_it_is_for()
    {
        foreach (var command in Commands())
        {
            Assert.That(command.Description, Is.Not.Empty, PathOf(command));
            Assert.That(
                command.Options.Where(option => string.IsNullOrEmpty(option.Description)).Select(option => option.Name),
                Is.Empty,
                PathOf(command)
            );
            Assert.That(
                command
                    .Arguments.Where(argument => string.IsNullOrEmpty(argument.Description))
                    .Select(argument => argument.Name),
                Is.Empty,
                PathOf(command)
            );
        }
    }

    [Test]
    public void Every_verb_has_an_example_of_itself_and_all_examples_are_understood()
    {
        foreach (var verb in Leaves())
        {
            Assert.That(verb.Examples, Has.Some.Contains($"schedulezero {PathOf(verb)}"), PathOf(verb));
            foreach (var line in verb.Examples)
            {
                foreach (var words in ShellLine.Commands(line).Where(words => words.FirstOrDefault() == "schedulezero"))
                {
                    var parsed = Tree()
                        .Parse([.. words.Skip(1)], new ParserConfiguration { ResponseFileTokenReplacer = null });
                    Assert.That(parsed.Errors.Select(error => error.Message), Is.Empty, line);
                }
            }
        }
    }

    [TestCaseSource(nameof(Measures))]
    public async Task A_number_a_duration_or_an_instant_may_be_anything_without_a_crash_or_a_hang(string measured)
    {
        var option = measured.Split(' ')[^1];
        var path = measured[..^(option.Length + 1)];
        var verb = Leaves().Single(verb => PathOf(verb) == path);
        var words = verb
            .Examples.SelectMany(ShellLine.Commands)
            .First(words =>
                $"{string.Join(' ', words)} ".StartsWith($"schedulezero {path} ", StringComparison.Ordinal)
                && !words.Any(word => word.EndsWith(".json", StringComparison.Ordinal))
            );
        var at = Array.IndexOf(words, option);
        string[] others = at < 0 ? words[1..] : [.. words[1..at], .. words[(at + 2)..]];
        Server.Answer(Refusal, 400, "application/problem+json");
        foreach (var value in Extremes)
        {
            var outcome = await RunAsync([.. others, $"{option}={value}"]);
            Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage), $"{option}={value}: {outcome.Error}");
            Assert.That(outcome.Error, Does.Contain("error: ").And.Not.Contain("   at "), value);
        }
    }

    [TestCase("broker", "--history-days")]
    [TestCase("broker", "--audit-days")]
    [TestCase("broker", "--requests-per-minute")]
    [TestCase("broker", "--anonymous-requests-per-minute")]
    [TestCase("broker", "--max-waiting")]
    [TestCase("broker", "--max-running")]
    [TestCase("broker", "--session-hours")]
    [TestCase("bridge", "--connections-per-minute")]
    [TestCase("bridge", "--refused-hellos-per-minute")]
    public async Task A_server_that_is_given_a_number_it_cannot_use_says_so_and_does_not_start(
        string server,
        string option
    )
    {
        Variables["SCHEDULEZERO_DATA"] = Path.Combine(Folder, "data");
        Variables["SCHEDULEZERO_BRIDGE_KEY"] = Key;
        foreach (var value in new[] { "0", "-1", "99999999999", "NaN", "1e9", "x" })
        {
            var outcome = await RunAsync(server, $"{option}={value}");
            Assert.That(
                (outcome.ExitCode, outcome.Out),
                Is.EqualTo((ExitCodes.Usage, "")),
                $"{value}: {outcome.Error}"
            );
            Assert.That(outcome.Error, Is.Not.Empty.And.Not.Contain("   at "));
        }

        Assert.That(Directory.Exists(Variables["SCHEDULEZERO_DATA"]), Is.False);
    }

    [Test]
    public async Task Hours_beyond_what_a_time_span_holds_are_refused()
    {
        Variables["SCHEDULEZERO_DATA"] = Path.Combine(Folder, "data");
        var outcome = await RunAsync("broker", "--session-hours", "2000000000");
        Assert.That((outcome.ExitCode, outcome.Out), Is.EqualTo((ExitCodes.Usage, "")));
        Assert.That(outcome.Error, Does.Contain("A session must last for"));
    }

    [Test]
    public async Task Waiting_longer_than_a_timer_reaches_is_waiting_without_end()
    {
        Server.Answer(JobJson("ready", ""), 201).Answer("", contentType: "text/event-stream").Answer(JobJson());
        var outcome = await RunAsync("jobs", "run", "m", "--wait", "30000d");
        Assert.That(
            (outcome.ExitCode, outcome.Out.Trim()),
            Is.EqualTo((ExitCodes.Ok, """{"pages":12}""")),
            outcome.Error
        );
    }

    [TestCase("0")]
    [TestCase("-1")]
    public async Task Watching_for_no_events_is_refused(string count)
    {
        var outcome = await RunAsync("events", $"--count={count}");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain("from 1 on"));
        Assert.That(Server.Requests, Is.Empty);
    }

    private static RootCommand Tree() => CommandLine.Build(NoTerminal(), ServerVerbs.Create(NoTerminal()));

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);

    private static IEnumerable<Command> AncestorsOf(Command command)
    {
        for (
            var parent = command.Parents.OfType<Command>().SingleOrDefault();
            parent is not null;
            parent = parent.Parents.OfType<Command>().SingleOrDefault()
        )
        {
            yield return parent;
        }
    }

    private static string PathOf(Command command) =>
        string.Join(
            ' ',
            AncestorsOf(command)
                .Reverse()
                .Append(command)
                .Where(part => part is not RootCommand)
                .Select(part => part.Name)
        );

    private static bool IsServer(Command command) =>
        PathOf(command).Split(' ')[0] is "broker" or "bridge" or "agent" or "dev" or "admin";
}
