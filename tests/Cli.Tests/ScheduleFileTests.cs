using System.Text.Json;

namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of schedules in files: <c>schedules apply</c> and <c>export</c>.</summary>
internal sealed class ScheduleFileTests : CliFixture
{
    private const string View =
        """{"name":"a: b","namespace":"default","version":3,"trigger":{"kind":"cron","expression":"0 2 * * *"},"job":{"method":"m","params":{"on":true,"text":"true","n":"12","list":[1,null]},"priority":0},"misfire":"latest","catchUpWindow":"PT1H","overlap":"skip","jitter":"PT0S","paused":PAUSED,"occurrences":4,"missed":0,"createdAt":"2026-01-02T12:00:00Z","changedAt":"2026-01-02T12:00:00Z","createdBy":"user:ana","owner":"OWNER"}""";

    private const string Applied =
        """{"dryRun":true,"items":[{"name":"new","action":"created","changes":[]},{"name":"old","action":"changed","version":2,"changes":[{"path":"overlap","from":"allow","to":"skip"}]},{"name":"same","action":"unchanged","version":1,"changes":[]},{"name":"gone","action":"deleted","version":1,"changes":[]},{"name":"theirs","action":"kept","version":1,"changes":[],"reason":"It belongs to user:bea."}]}""";

    private async Task<string> FileAsync(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    [Test]
    public async Task Yaml_is_sent_as_what_it_says()
    {
        Server.Answer(Applied);
        var file = await FileAsync(
            "s.yaml",
            """
            schedules:
              - name: nightly
                trigger: { kind: cron, expression: 0 2 * * *, timeZone: Europe/Berlin }
                job:
                  method: db.backup
                  params: { full: true, level: 3, ratio: 0.5, text: "true", zip: "01234", empty: null, plain: no }
                overlap: skip
            ---
            name: pulse
            trigger: { kind: interval, every: PT30S }
            job: { method: health.check }
            """
        );
        var outcome = await RunAsync("schedules", "apply", file, "--prune", "--prune-matching", "n*", "--dry-run");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Server.Requests[0].Line, Is.EqualTo("POST /api/namespaces/default/schedules/apply"));
        var expected = """
            {"schedules":[{"name":"nightly","trigger":{"kind":"cron","expression":"0 2 * * *","timeZone":"Europe/Berlin"},
            "job":{"method":"db.backup","params":{"full":true,"level":3,"ratio":0.5,"text":"true","zip":"01234","empty":null,"plain":"no"}},"overlap":"skip"},
            {"name":"pulse","trigger":{"kind":"interval","every":"PT30S"},"job":{"method":"health.check"}}],"prune":true,"pruneMatching":"n*","dryRun":true}
            """;
        Assert.That(
            JsonElement.DeepEquals(
                JsonDocument.Parse(Server.Requests[0].Body).RootElement,
                JsonDocument.Parse(expected).RootElement
            ),
            Server.Requests[0].Body
        );
        Assert.That(
            outcome.Out.ReplaceLineEndings("\n"),
            Is.EqualTo(
                "+ new\n~ old: overlap \"allow\" → \"skip\"\n- gone\n= theirs: not deleted. It belongs to user:bea.\n"
            )
        );
        Assert.That(
            outcome.Error.Trim(),
            Is.EqualTo("1 created, 1 changed, 1 unchanged, 1 deleted, 1 kept; a dry run, nothing was done")
        );
    }

    [TestCase(
        """{"name":"a","overlp":"skip","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"m"}}""",
        "overlp",
        "schedules",
        "create",
        "--file"
    )]
    [TestCase("""{"jobs":[{"method":"m","tiemout":"PT1M"}]}""", "tiemout", "batches", "submit")]
    [TestCase("""[{"permission":["jobs:read"]}]""", "permission", "roles", "create", "r", "--file")]
    public async Task A_slip_in_a_file_is_refused_before_anything_is_sent(
        string text,
        string field,
        params string[] command
    )
    {
        var outcome = await RunAsync([.. command, await FileAsync("slip.json", text)]);
        Assert.That(outcome.ExitCode, Is.Not.Zero);
        Assert.That(outcome.Error, Does.Contain($"'{field}'"));
        Assert.That(Server.Requests, Is.Empty);
    }

    [Test]
    public async Task A_folder_stands_for_its_files_in_order()
    {
        Server.Answer("""{"dryRun":false,"items":[]}""");
        await FileAsync(
            "b.json",
            """[{"name":"b","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"m"}}]"""
        );
        await FileAsync("a.yml", "{name: a, trigger: {kind: cron, expression: '@daily'}, job: {method: m}}");
        await FileAsync("notes.txt", "no schedule");
        Assert.That((await RunAsync("schedules", "apply", Folder)).ExitCode, Is.Zero);
        var sent = JsonDocument.Parse(Server.Requests[0].Body).RootElement.GetProperty("schedules");
        Assert.That(
            sent.EnumerateArray().Select(schedule => schedule.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "a", "b" })
        );
    }

    [TestCase("name: a\nname: b", "line 2")]
    [TestCase("name: &x a\njob: *x", "Anchors")]
    [TestCase("name: !!int 3", "tag")]
    [TestCase("name: a\ntrigger: {kind: cron, expression: '@daily'}\njob: {method: m}\noverlpa: skip", "overlpa")]
    [TestCase("name: a\ntrigger: {kind: cron, expression: '@daily'}\njob: {method: m, prioritty: 3}", "prioritty")]
    [TestCase("name: a", "line 1")]
    [TestCase("just text", "line 1")]
    public async Task A_slip_in_a_file_is_refused_with_its_place_and_nothing_is_sent(string text, string expected)
    {
        var outcome = await RunAsync("schedules", "apply", await FileAsync("s.yaml", text));
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain("s.yaml").And.Contain(expected));
        Assert.That(Server.Requests, Is.Empty);
    }

    [TestCase("[", 5_000)]
    [TestCase("{a: ", 5_000)]
    [TestCase("- ", 5_000)]
    [TestCase("? ", 5_000)]
    [TestCase("{\"a\":[", 50_000)]
    public async Task A_file_that_is_nested_without_end_is_refused_with_its_place(string opening, int depth)
    {
        var text = "name: a\njob: { method: m }\ntrigger:\n  " + string.Concat(Enumerable.Repeat(opening, depth));
        foreach (var words in new[] { new[] { "schedules", "apply" }, ["schedules", "simulate", "--file"] })
        {
            var outcome = await RunAsync([.. words, await FileAsync("s.yaml", text)]);
            Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
            Assert.That(outcome.Error, Does.Contain("s.yaml, line 4").And.Contain("nested more than 100 deep"));
        }

        Assert.That(Server.Requests, Is.Empty);
    }

    [Test]
    public async Task Params_of_the_greatest_depth_that_rest_takes_are_applied()
    {
        Server.Answer("""{"dryRun":false,"items":[]}""");
        var (open, close) = (string.Concat(Enumerable.Repeat("[", 50)), string.Concat(Enumerable.Repeat("]", 50)));
        var yaml =
            $"name: a\ntrigger: {{ kind: cron, expression: '@daily' }}\njob: {{ method: m, params: {open}1{close} }}";
        var outcome = await RunAsync("schedules", "apply", await FileAsync("s.yaml", yaml));
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Server.Requests[0].Body, Does.Contain($"{open}1{close}"));
    }

    [TestCase("jobs", "submit", "m", "@FILE")]
    [TestCase("batches", "submit", "FILE")]
    [TestCase("schedules", "put", "--file", "FILE")]
    [TestCase("roles", "put", "shop", "--file", "FILE")]
    [TestCase("audit", "verify", "--keys", "FILE")]
    public async Task Json_that_is_nested_without_end_is_refused(params string[] words)
    {
        var file = await FileAsync("deep.json", new string('[', 50_000));
        var outcome = await RunAsync([.. words.Select(word => word.Replace("FILE", file, StringComparison.Ordinal))]);
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.StartWith("error: ").And.Not.Contain("   at "));
        Assert.That(Server.Requests, Is.Empty);
    }

    [TestCase("name: 1e99999")]
    [TestCase("name: a\nmaxOccurrences: 1e99999")]
    [TestCase("name: a\nmaxOccurrences: 99999999999999999999999999")]
    [TestCase("{a: 1, 'a': 2}")]
    [TestCase("{1: a, '1': b}")]
    [TestCase("? [a]\n: b")]
    [TestCase("%YAML 9.9\n---\na")]
    [TestCase("\0")]
    [TestCase("name: a\ntrigger: {kind: cron, expression: '@daily'}\njob: {method: m}\n\0\n---\nname: b")]
    [TestCase("a: \"\\uD800\"")]
    public async Task A_file_that_makes_no_sense_is_refused(string text)
    {
        var outcome = await RunAsync("schedules", "apply", await FileAsync("s.yaml", text));
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage), outcome.Error);
        Assert.That(outcome.Error, Does.Contain("s.yaml").And.Not.Contain("   at "));
        Assert.That(Server.Requests, Is.Empty);
    }

    [TestCase("table", "false", "user:ana")]
    [TestCase("table", "true", "user:ben")]
    [TestCase("json", "true", "user:ben")]
    public async Task What_is_exported_is_applied_as_it_was(string format, string paused, string owner)
    {
        Server.Answer($$"""{"items":[{{View.Replace("PAUSED", paused).Replace("OWNER", owner)}}]}""");
        var exported = await RunAsync("schedules", "export", "-o", format);
        Assert.That(exported.ExitCode, Is.Zero, exported.Error);
        Assert.That(exported.Out, Does.Not.Contain("createdBy"));

        Input = exported.Out;
        var applied = await RunAsync("schedules", "apply", "-");
        var sent = JsonDocument.Parse(Server.Requests[1].Body).RootElement.GetProperty("schedules")[0];
        Assert.That(sent.GetProperty("name").GetString(), Is.EqualTo("a: b"), applied.Error);
        Assert.That(
            sent.GetProperty("job").GetProperty("params").GetRawText(),
            Is.EqualTo("""{"on":true,"text":"true","n":"12","list":[1,null]}""")
        );
        Assert.That(sent.TryGetProperty("paused", out _), Is.EqualTo(paused == "true"), "only a pause is worth saying");
        Assert.That(
            sent.TryGetProperty("owner", out var sentOwner) ? sentOwner.GetString() : null,
            Is.EqualTo(owner == "user:ana" ? null : owner),
            "and an owner who did not make it"
        );
    }
}
