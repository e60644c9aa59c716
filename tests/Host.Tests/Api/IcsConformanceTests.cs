using System.Diagnostics;
using System.Globalization;
using System.Text;
using ScheduleZero.Broker.Host.Api.Calendars;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>
/// Compares random iCalendar rules with another reader of them: dateutil for Python, from Debian
/// (tests/install-tools.sh). SZ_SEED repeats a run. One difference is known: dateutil leaves out a start that its rule
/// does not contain, so each rule here begins with its own first day.
/// </summary>
public sealed class IcsConformanceTests
{
    private const int Rules = 200;

    // The script reads one "start rule" a line, and writes the days within the window, or an empty line for a rule
    // without days.
    private const string Script = """
        import sys, datetime
        from dateutil.rrule import rrulestr
        low, high = (datetime.datetime.strptime(text, "%Y%m%d") for text in sys.argv[1:3])
        for line in sys.stdin:
            start, rule = line.split()
            first = next(iter(rrulestr(rule, dtstart=datetime.datetime.strptime(start, "%Y%m%d")).xafter(datetime.datetime(1900, 1, 1), count=1)), None)
            days = [] if first is None or first > high else rrulestr(rule, dtstart=first).between(low, high, inc=True)
            print("-" if first is None else first.strftime("%Y%m%d"), " ".join(day.strftime("%Y%m%d") for day in days))
        """;

    private static readonly DateOnly Today = new(2026, 6, 1);
    private static readonly string[] Weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

    [Test]
    [CancelAfter(120_000)]
    public async Task Rules_mean_the_days_that_another_reader_finds(CancellationToken cancellationToken)
    {
        var seed = int.TryParse(
            Environment.GetEnvironmentVariable("SZ_SEED"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var given
        )
            ? given
            : Environment.TickCount & 0xFFFF;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var chance = new Random(seed);
        var rules = Enumerable
            .Range(0, Rules)
            .Select(_ => $"{Today.AddDays(chance.Next(600)):yyyyMMdd} {RuleOf(chance)}")
            .ToList();
        if (await AskAsync(rules, cancellationToken) is not { } answers)
        {
            Assert.Ignore("python3 with dateutil is not here: tests/install-tools.sh installs python3-dateutil.");
            return;
        }

        Assert.That(answers, Has.Count.EqualTo(rules.Count));
        var compared = 0;
        for (var i = 0; i < rules.Count; i++)
        {
            var days = answers[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (days is ["-", ..] || days.Length == 1)
            {
                continue;
            }

            var rule = rules[i].Split(' ')[1];
            var ics =
                $"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nDTSTART;VALUE=DATE:{days[0]}\nRRULE:"
                + $"{rule}\nEND:VEVENT\nEND:VCALENDAR\n";
            var read = IcsImport.Read(ics, TimeZoneInfo.Utc, Today, out var problem);
            Assert.That(read, Is.Not.Null, $"seed {seed}: {days[0]} {rule}: {problem}");
            Assert.That(DaysOf(read!), Is.EqualTo(days[1..]), $"seed {seed}: DTSTART {days[0]}, {rule}");
            compared++;
        }

        Assert.That(compared, Is.GreaterThan(Rules / 2));
    }

    private static IEnumerable<string> DaysOf(IcsDays days) =>
        days
            .Ranges.Concat(days.Dates.Select(date => new DateRange(date, date)))
            .SelectMany(range => Enumerable.Range(range.From.DayNumber, range.To.DayNumber - range.From.DayNumber + 1))
            .Order()
            .Select(day => DateOnly.FromDayNumber(day).ToString("yyyyMMdd", CultureInfo.InvariantCulture));

    private static string RuleOf(Random chance)
    {
        var rule = new StringBuilder();
        var frequency = chance.Next(4);
        rule.Append("FREQ=").Append(((string[])["YEARLY", "MONTHLY", "WEEKLY", "DAILY"])[frequency]);
        if (chance.Next(2) == 0)
        {
            rule.Append(CultureInfo.InvariantCulture, $";INTERVAL={chance.Next(1, 5)}");
        }

        switch (frequency)
        {
            case 0 when chance.Next(2) == 0:
                rule.Append(
                    CultureInfo.InvariantCulture,
                    $";BYMONTH={chance.Next(1, 13)};BYDAY={Ordinal(chance)}{Weekdays[chance.Next(7)]}"
                );
                break;
            case 0:
                rule.Append(
                    CultureInfo.InvariantCulture,
                    $";BYMONTH={chance.Next(1, 13)};BYMONTHDAY={chance.Next(1, 29)}"
                );
                break;
            case 1 when chance.Next(2) == 0:
                rule.Append(CultureInfo.InvariantCulture, $";BYDAY={Ordinal(chance)}{Weekdays[chance.Next(7)]}");
                break;
            case 1:
                rule.Append(
                    CultureInfo.InvariantCulture,
                    $";BYMONTHDAY={(chance.Next(2) == 0 ? chance.Next(1, 32) : -chance.Next(1, 6))}"
                );
                break;
            case 2:
                rule.Append(";BYDAY=").AppendJoin(',', Weekdays.Where(_ => chance.Next(3) == 0).DefaultIfEmpty("WE"));
                break;
            default:
                break;
        }

        return frequency == 3 || chance.Next(3) == 0
            ? rule.Append(CultureInfo.InvariantCulture, $";COUNT={chance.Next(1, 30)}").ToString()
            : rule.Append(CultureInfo.InvariantCulture, $";UNTIL={Today.AddDays(chance.Next(300, 3_000)):yyyyMMdd}")
                .ToString();
    }

    private static int Ordinal(Random chance) => chance.Next(2) == 0 ? chance.Next(1, 5) : -chance.Next(1, 3);

    // Asks the script; null where Python or its library is missing.
    private static async Task<List<string>?> AskAsync(List<string> rules, CancellationToken cancellationToken)
    {
        const string Python = "/usr/bin/python3";
        if (!File.Exists(Python))
        {
            return null;
        }

        var start = new ProcessStartInfo(Python)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var argument in (string[])["-c", Script, $"{Today.AddYears(-1):yyyyMMdd}", $"{Today.AddYears(10):yyyyMMdd}"]
        )
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var (said, errors) = (
            process.StandardOutput.ReadToEndAsync(cancellationToken),
            process.StandardError.ReadToEndAsync(cancellationToken)
        );
        try
        {
            await process.StandardInput.WriteAsync(string.Join('\n', rules) + "\n");
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The script ended before it read anything. Its error output is checked below.
        }

        await process.WaitForExitAsync(cancellationToken);
        if ((await errors).Contains("No module named 'dateutil'", StringComparison.Ordinal))
        {
            return null;
        }

        Assert.That(process.ExitCode, Is.Zero, await errors);
        return [.. (await said).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
