namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of schedules ask and print.</summary>
internal sealed class ScheduleVerbTests : VerbFixture<ScheduleVerbTests>, IVerbCases
{
    private const string Backfill =
        """{"state":"running","from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","overlap":"queue","total":24,"made":3,"present":1,"requestedBy":"user:ana"}""";

    private const string SimulationJson = """
        {"from":"2026-03-28T00:00:00Z","to":"2026-04-28T00:00:00Z","until":"2026-04-01T00:00:00Z","scheduleCount":12,"starts":60,
         "schedules":[{"name":"nightly","starts":30,"first":"2026-03-28T01:00:00Z","last":"2026-03-31T01:00:00Z"}],
         "hours":[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,59],
         "hoursOfDay":[40,1,0,0,0,0,0,0,0,0,0,0,20,0,0,0,0,0,0,0,0,0,0,0],"peaks":[{"at":"2026-03-28T01:00:00Z","starts":2}],"collisionCount":11,
         "collisions":[{"handler":"office-7","limit":1,"seconds":3,"at":"2026-03-28T01:00:00Z","starts":2,"schedules":["nightly","other"],"withJitter":0}],
         "clockChanges":[{"at":"2026-03-29T01:00:00Z","timeZone":"Europe/Berlin","offsetBefore":"+01:00","offsetAfter":"+02:00","effect":"moved","local":"2026-03-29T02:30:00","times":1,"schedule":"nightly","schedules":2}],
         "startsSaved":50,"differenceCount":1,"differences":[{"name":"nightly","change":"changed","startsBefore":20,"startsAfter":30}]}
        """;

    public static IEnumerable<TestCaseData> Cases =>
        [
            Case($"GET {Ns}/schedules", PageOf(ScheduleJson()), "schedules list"),
            Case($"GET {Ns}/schedules/nightly", ScheduleJson(), "schedules get nightly"),
            Case($"POST {Ns}/schedules/nightly/pause", ScheduleJson(), "schedules pause nightly --note x"),
            Case($"POST {Ns}/schedules/nightly/resume", ScheduleJson(), "schedules resume nightly"),
            Case($"POST {Ns}/schedules/nightly/trigger", JobJson(), "schedules trigger nightly"),
            Case($"POST {Ns}/schedules/nightly/trigger", JobJson(), "schedules trigger nightly --params {}"),
            Case(
                $"GET {Ns}/schedules?order=next&state=paused&method=m&handler=h&calendar=c&offline=run&q=x",
                PageOf(ScheduleJson()),
                "schedules list --order next --state paused --method m --handler h --calendar c --offline run --query x"
            ),
            Case(
                $"POST {Ns}/schedules/nightly/backfill",
                Backfill,
                "schedules backfill nightly --from -7d --overlap queue --dry-run"
            ),
            Case($"GET {Ns}/schedules/nightly/backfill", Backfill, "schedules backfill-status nightly"),
            Case($"DELETE {Ns}/schedules/nightly/backfill", Backfill, "schedules backfill-cancel nightly"),
            Case($"DELETE {Ns}/schedules/nightly", "", "schedules delete nightly"),
            Case(
                $"GET {Ns}/schedules/nightly/explain",
                """{"name":"nightly","nominal":"2026-01-02T02:00:00Z","heldBy":"notDue","gates":[{"gate":"notDue","passed":false,"sentence":"Not yet.","opensWhen":"It comes.","opensAt":"2026-01-02T02:00:00Z"}]}""",
                "schedules explain nightly"
            ),
            Case($"GET {Ns}/schedules", PageOf(ScheduleJson()), "schedules export"),
            Case(
                $"GET {Ns}/schedules/nightly/preview?count=3",
                """{"items":[]}""",
                "schedules preview nightly --count 3"
            ),
            Case($"POST {Ns}/schedules/preview", """{"items":[]}""", "schedules preview --cron @daily"),
            Case(
                $"POST {Ns}/schedules/preview",
                """{"items":[]}""",
                "schedules preview --days 2 --time-of-day 02:30 --time-zone Europe/Berlin"
            ),
            Case(
                $"GET {Ns}/schedules/nightly/occurrences",
                PageOf("""{"nominal":"2026-01-02T02:00:00Z"}"""),
                "schedules occurrences nightly"
            ),
            Case(
                $"GET {Ns}/schedules/nightly/versions",
                PageOf(
                    """{"version":2,"changedAt":"2026-01-02T02:00:00Z","changedBy":"user:ana","schedule":{"name":"nightly","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a"}},"changes":[{"path":"overlap","from":"allow","to":"skip"}]}"""
                ),
                "schedules versions nightly"
            ),
            Case(
                $"POST {Ns}/schedules/preview",
                """{"items":[]}""",
                "schedules preview --cron @daily --exclude-calendar holidays"
            ),
            Case(
                $"POST {Ns}/schedules/simulate",
                SimulationJson,
                "schedules simulate nightly --to +7d --time-zone Europe/Berlin"
            ),
        ];

    [Test]
    public async Task Create_schedule_sends_trigger_template_and_options()
    {
        Server.Answer(ScheduleJson(), 201);
        var outcome = await RunAsync(
            "schedules",
            "create",
            "nightly",
            "db.backup",
            "{}",
            "--cron",
            "0 2 * * *",
            "--time-zone",
            "Europe/Berlin",
            "--overlap",
            "cancelPrevious",
            "--jitter",
            "30s",
            "--misfire",
            "none",
            "--catch-up-window",
            "2h",
            "--max-occurrences",
            "9",
            "--owner",
            "user:ben",
            "--paused",
            "--handler",
            "h"
        );
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(
            Server.Requests[0].Body,
            Is.EqualTo(
                """
                {"name":"nightly","trigger":{"kind":"cron","expression":"0 2 * * *","timeZone":"Europe/Berlin"},
                "job":{"method":"db.backup","params":{},"handler":"h"},
                "misfire":"none","catchUpWindow":"PT2H","overlap":"cancelPrevious","jitter":"PT30S","maxOccurrences":9,"paused":true,"owner":"user:ben"}
                """.ReplaceLineEndings("")
            )
        );
    }

    [Test]
    public async Task Put_schedule_from_a_file_names_the_version_that_it_replaces()
    {
        Server.Answer(ScheduleJson());
        Input = ScheduleJson();
        var outcome = await RunAsync("schedules", "put", "--file", "-", "--if-version", "3");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Server.Requests[0].Line, Is.EqualTo($"PUT {Ns}/schedules/nightly"));
        Assert.That(Server.Requests[0].Headers.IfMatch.ToString(), Is.EqualTo("\"3\""));
    }

    [Test]
    public async Task A_simulation_is_drawn_by_the_hour()
    {
        Server.Answer(SimulationJson);
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "s.json"),
            """{"schedules":[{"name":"a","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"m"}}]}"""
        );
        var outcome = await RunAsync(
            "schedules",
            "simulate",
            "--file",
            $"{Folder}/s.json",
            "--prune",
            "--from",
            "2026-03-28T00:00:00Z"
        );
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(
            Server.Requests[0].Body,
            Is.EqualTo(
                """{"from":"2026-03-28T00:00:00+00:00","schedules":[{"name":"a","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"m"}}],"prune":true}"""
            )
        );
        var lines = outcome.Out.Split(Environment.NewLine);
        Assert.That(lines[0], Does.StartWith("12 schedules, 60 starts from 2026-03-28"));
        Assert.That(lines[1], Does.Contain("was too much to look at"));
        Assert.That(
            lines,
            Has.Member($"00  {new string('#', 50)}  40")
                .And.Member($"01  {"#", -50}  1")
                .And.Member($"12  {new string('#', 25), -50}  20")
                .And.Member($"13  {"", -50}  0")
        );
        Assert.That(
            lines,
            Has.Member("Collisions: 10 of 11").And.Member("As saved: 50 starts, +10 with what was given")
        );
        Assert.That(
            outcome.Out,
            Does.Contain("handler office-7").And.Contain("+01:00 > +02:00").And.Contain("nightly and 1 more")
        );
    }

    [TestCase("--prune")]
    [TestCase("nightly", "--file", "-")]
    public async Task A_simulation_of_names_and_a_file_at_once_is_refused(params string[] words)
    {
        Input = "[]";
        Assert.That((await RunAsync(["schedules", "simulate", .. words])).ExitCode, Is.EqualTo(2));
        Assert.That(Server.Requests, Is.Empty);
    }
}
