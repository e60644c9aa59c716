namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of calendars ask and print.</summary>
internal sealed class CalendarVerbTests : VerbFixture<CalendarVerbTests>, IVerbCases
{
    private const string CalendarJson = """
        {"name":"holidays","namespace":"default","version":3,"timeZone":"Europe/Berlin","dates":["2026-10-03"],"ranges":[{"from":"2026-12-24","to":"2027-01-01"}],
         "weekdays":["sunday"],"createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x","changedAt":"2026-01-02T12:00:00Z","changedBy":"key:x"}
        """;

    public static IEnumerable<TestCaseData> Cases =>
        [
            Case($"GET {Ns}/calendars", PageOf(CalendarJson), "calendars list"),
            Case($"GET {Ns}/calendars/holidays", CalendarJson, "calendars show holidays"),
            Case(
                $"PUT {Ns}/calendars/holidays",
                CalendarJson,
                "calendars set holidays --date 2026-10-03 --range 2026-12-24..2027-01-01 --weekday Sunday "
                    + "--time-zone Europe/Berlin --description d --if-version 3"
            ),
            Case($"DELETE {Ns}/calendars/holidays", "", "calendars delete holidays"),
        ];

    [Test]
    public async Task A_calendar_is_imported_from_a_file_or_from_standard_input()
    {
        Server.Answer(CalendarJson);
        await File.WriteAllTextAsync(Path.Combine(Folder, "h.ics"), "BEGIN:VCALENDAR");
        Input = "END:VCALENDAR";
        Assert.That(
            (
                await RunAsync(
                    "calendars",
                    "import",
                    "holidays",
                    $"{Folder}/h.ics",
                    "--range",
                    "2026-12-24..2027-01-01"
                )
            ).ExitCode,
            Is.Zero
        );
        Assert.That((await RunAsync("calendars", "import", "holidays", "-", "--weekday", "sunday")).ExitCode, Is.Zero);
        Assert.That(
            Server.Requests.Select(request => request.Body),
            Is.EqualTo(
                new[]
                {
                    """{"name":"holidays","dates":[],"ranges":[{"from":"2026-12-24","to":"2027-01-01"}],"weekdays":[],"ics":"BEGIN:VCALENDAR"}""",
                    """{"name":"holidays","dates":[],"ranges":[],"weekdays":["sunday"],"ics":"END:VCALENDAR"}""",
                }
            )
        );
        foreach (
            var wrong in new[] { new[] { "--date", "3.10.2026" }, ["--range", "2026-12-24"], ["--weekday", "someday"] }
        )
        {
            Assert.That(
                (await RunAsync(["calendars", "set", "holidays", .. wrong])).ExitCode,
                Is.EqualTo(2),
                string.Join(' ', wrong)
            );
        }
    }
}
