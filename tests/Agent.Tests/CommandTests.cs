using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Agent.Tests;

/// <summary>The ready agent's commands, as real processes.</summary>
[Parallelizable(ParallelScope.All)]
[Platform(Include = "Linux,MacOsX")]
public sealed class CommandTests
{
    [TestCase("a; touch /tmp/never")]
    [TestCase("$(id) `id` && id | id > x")]
    [TestCase("two words  and \\\"quotes\\\" 'single' \\\\n * ?")]
    [TestCase("line\\none")]
    public async Task Whatever_a_value_holds_it_stays_one_argument(string value)
    {
        var events = await Commands.RunAsync(
            """
            command: /bin/sh
            args: [-c, 'printf "%s|" "$#" "$@"', name, "in=${params.text}", last]
            params: { text: { type: string, required: true } }
            result: stdout
            """,
            $$"""{"text":"{{value}}"}"""
        );

        var text = System.Text.Json.JsonSerializer.Deserialize<string>($"\"{value}\"");
        Assert.That(events[^1].Result.To<string>(), Is.EqualTo($"2|in={text}|last|"));
    }

    [TestCase("""{"other":1}""", "$.other")]
    [TestCase("""{}""", "$.n: missing")]
    [TestCase("""{"n":"7"}""", "$.n: a whole number")]
    [TestCase("""{"n":1.5}""", "$.n: a whole number")]
    [TestCase("""{"n":11}""", "$.n: a number from 1 to 10")]
    [TestCase("""{"n":7,"s":"ABC"}""", "$.s: a text that matches")]
    [TestCase("""{"n":7,"s":"abcdef"}""", "$.s: at most 5")]
    [TestCase("""{"n":7,"s":"a\u0000"}""", "$.s: NUL")]
    [TestCase("""{"n":7,"e":"large"}""", "$.e: one of small, medium")]
    [TestCase("""{"n":7,"b":"yes"}""", "$.b: true or false")]
    [TestCase("""{"n":7,"o":"-rf"}""", "$.o: a text that begins with a dash")]
    [TestCase("""{"n":7,"n":8}""", "$.n: given twice")]
    [TestCase("""[7]""", "$: an object")]
    public async Task Params_that_were_not_declared_so_are_refused_for_good(string parameters, string problem)
    {
        var events = await Commands.RunAsync(
            """
            command: /bin/echo
            args: ["${params.n}", "${params.s}", "${params.e}", "${params.b}", "${params.o}"]
            params:
              n: { type: integer, required: true, min: 1, max: 10 }
              s: { type: string, pattern: "[a-z]*|a.", maxLength: 5 }
              e: { type: enum, values: [small, medium] }
              b: { type: boolean }
              o: { type: string }
            """,
            parameters
        );

        Assert.That(events[^1].Error!.Type, Is.EqualTo("invalid_params"));
        Assert.That(events[^1].Error!.Retryable, Is.False);
        Assert.That(events[^1].Error!.Message, Does.StartWith(problem));
    }

    [TestCase(0, "succeeded", null)]
    [TestCase(75, "failed", true)]
    [TestCase(64, "failed", false)]
    [TestCase(3, "failed", true)]
    public async Task The_exit_code_decides_the_outcome(int code, string type, bool? retryable)
    {
        var events = await Commands.RunAsync(
            """
            command: /bin/sh
            args: [-c, "exit ${params.code}"]
            params: { code: { type: integer } }
            exitCodes: { 75: retry, 64: permanent, others: retry }
            """,
            $$"""{"code":{{code}}}"""
        );

        Assert.That(events[^1].Type, Is.EqualTo(type));
        Assert.That(events[^1].Error?.Retryable, Is.EqualTo(retryable));
    }

    [Test]
    public async Task Output_is_the_jobs_log_and_the_environment_is_clean()
    {
        var events = await Commands.RunAsync(
            """
            command: /bin/sh
            args: [-c, 'echo out; echo err >&2; env']
            environment: { GREETING: hello }
            """
        );

        var lines = events.Where(e => e.Type == "log").ToList();
        var names = lines.Select(l => l.Message!.Split('=')[0]).ToList();
        Assert.That(lines.Single(l => l.Message == "out").Level, Is.EqualTo("information"));
        Assert.That(lines.Single(l => l.Message == "err").Level, Is.EqualTo("warning"));
        Assert.That(lines.Select(l => l.Message), Does.Contain("GREETING=hello"));
        Assert.That(
            names.Except([
                "out",
                "err",
                "GREETING",
                "PATH",
                "PWD",
                "SHLVL",
                "_",
                "OLDPWD",
                "HOME",
                "USER",
                "LOGNAME",
                "LANG",
                "SCHEDULEZERO_PROGRESS_FILE",
                "SCHEDULEZERO_JOB_ID",
                "SCHEDULEZERO_ATTEMPT_ID",
                "SCHEDULEZERO_FENCING_TOKEN",
            ]),
            Is.Empty
        );
        Assert.That(events[^1].Result.ToString(), Is.EqualTo("""{"exitCode":0}"""));
    }

    [Test]
    public async Task A_command_that_completes_a_batch_is_told_how_its_jobs_ended()
    {
        var batch = new CompletedBatch(
            new BatchId(Guid.Parse("0198c0de-0000-7000-8000-0000000000ba")),
            5,
            3,
            1,
            1,
            0,
            "october"
        );
        var events = await Commands.RunAsync(
            "command: /bin/sh\nargs: [-c, 'printf %s \"$SCHEDULEZERO_BATCH\"']\nresult: json",
            batch: batch
        );
        Assert.That(events[^1].Result.To<CompletedBatch>(), Is.EqualTo(batch));
    }

    [Test]
    public async Task Params_go_to_stdin_and_json_comes_back()
    {
        var events = await Commands.RunAsync(
            "command: /bin/cat\nparams: { x: { type: number } }\nstdin: params\nresult: json",
            """{"x": 1.5}"""
        );
        Assert.That(events[^1].Result.ToString(), Is.EqualTo("""{"x": 1.5}"""));
    }

    [TestCase("yes | head -c 3000000", "too_large", "result: stdout")]
    [TestCase("echo nonsense", "invalid_result", "result: json")]
    public async Task Output_that_is_no_result_fails_for_good(string script, string type, string result)
    {
        var events = await Commands.RunAsync($"command: /bin/sh\nargs: [-c, '{script}']\n{result}");
        Assert.That(events[^1].Error!.Type, Is.EqualTo(type));
        Assert.That(events[^1].Error!.Retryable, Is.False);
    }

    [Test]
    public async Task A_flood_of_output_is_cut_in_the_log_and_does_not_block_the_command()
    {
        var events = await Commands.RunAsync(
            "command: /bin/sh\nargs: [-c, 'yes 0123456789 | head -c 1000000']\nlogBytesMax: 1000"
        );
        Assert.That(events[^1].Type, Is.EqualTo("succeeded"));
        Assert.That(events.Where(e => e.Type == "log").Sum(e => e.Message!.Length), Is.LessThan(1200));
        Assert.That(events.Select(e => e.Message ?? ""), Has.Some.Contains("further characters of output"));
    }

    [TestCase("sleep 600 & sleep 600 & wait", "the polite way")]
    [TestCase("trap '''' TERM; sleep 600 & while true; do sleep 1; done", "a program that does not listen to SIGTERM")]
    public async Task A_cancel_ends_the_command_and_all_its_children(string script, string why)
    {
        var pid = 0;
        var events = await Commands.RunAsync(
            $"command: /bin/sh\nargs: [-c, 'echo $$; {script}']\ngrace: PT0.2S",
            meanwhile: async (connection, attempt) =>
            {
                pid = int.Parse((await connection.NextAsync("log")).Message!);
                connection.Say(new Cancel([new CancelledAttempt(attempt.AttemptId, "cancelled", 10)]));
            }
        );

        Assert.That(events[^1].Type, Is.EqualTo("cancelled"), why);
        Assert.That(() => Commands.LivingIn(pid), Is.Empty.After(10_000, 20), why);
    }

    [Test]
    public async Task A_child_left_behind_does_not_outlive_its_command()
    {
        var events = await Commands.RunAsync("command: /bin/sh\nargs: [-c, 'sleep 600 > /dev/null 2>&1 & echo $$']");
        Assert.That(events[^1].Type, Is.EqualTo("succeeded"));

        // The process has been killed; the kernel may still be removing it.
        var group = int.Parse(events.Single(e => e.Type == "log").Message!);
        Assert.That(() => Commands.LivingIn(group), Is.Empty.After(10_000, 20));
    }

    [Test]
    public async Task A_command_that_takes_too_long_fails_and_may_be_retried()
    {
        var events = await Commands.RunAsync("command: /bin/sleep\nargs: ['600']\ntimeout: PT1S");
        Assert.That(events[^1].Error!.Type, Is.EqualTo("command_timeout"));
        Assert.That(events[^1].Error!.Retryable, Is.True);
    }
}
