using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Jobs;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary><c>schedulezero schedules …</c>.</summary>
internal static class SchedulesVerbs
{
    public static Command Create(Shell shell) =>
        new Verb("schedules", "Make jobs by the clock")
        {
            New(shell),
            Put(shell),
            ApplyVerbs.Apply(shell),
            ApplyVerbs.Export(shell),
            List(shell),
            Get(shell),
            Delete(shell),
            Pause(shell),
            Resume(shell),
            Trigger(shell),
            BackfillVerbs.Begin(shell),
            BackfillVerbs.Show(shell),
            BackfillVerbs.Cancel(shell),
            Preview(shell),
            Explain(shell),
            SimulateVerb.Create(shell),
            Occurrences(shell),
            Versions(shell),
        };

    private static Argument<string> NameArgument() => new("NAME") { Description = "The schedule's name" };

    private static Option<int?> VersionOption() =>
        Values.Number<int>("--if-version", "Only if the schedule still has this version");

    private static Verb New(Shell shell)
    {
        var options = new ScheduleOptions(shell.Terminal.Time);
        var verb = new Verb(
            "create",
            "Make a schedule; a name that is taken is a conflict",
            "schedulezero schedules create nightly db.backup '{}' --cron '0 2 * * *' --time-zone Europe/Berlin "
                + "--overlap skip",
            "schedulezero schedules create pulse health.check --every 30s --group emea --max-attempts 1",
            "schedulezero schedules create invoices billing.run --months 1 --time-of-day 02:30 --time-zone "
                + "Europe/Berlin",
            "schedulezero schedules create --file nightly.json"
        );
        options.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            async (call, token) => await call.Client.Schedules.CreateAsync(await options.ReadAsync(call, token), token),
            PrintSaved
        );
    }

    private static Verb Put(Shell shell)
    {
        var (options, version) = (new ScheduleOptions(shell.Terminal.Time), VersionOption());
        var verb = new Verb(
            "put",
            "Make a schedule or replace it whole; what is not given takes its default",
            "schedulezero schedules put nightly db.backup --cron '0 3 * * *' --if-version 3",
            "schedulezero schedules get nightly -o json > nightly.json; schedulezero schedules put --file nightly.json"
        );
        options.AddTo(verb);
        verb.Add(version);
        return CommonVerbs.Ask(
            shell,
            verb,
            async (call, token) =>
            {
                var schedule = await options.ReadAsync(call, token);
                return await call.Client.Schedules.PutAsync(schedule, call.Value(version), token);
            },
            PrintSaved
        );
    }

    private static Verb List(Shell shell)
    {
        var filter = new ScheduleFilterOptions();
        var verb = new Verb(
            "list",
            "List schedules with when they are due next",
            "schedulezero schedules list --all",
            "schedulezero schedules list --order next --state active --method db.backup"
        );
        filter.AddTo(verb);
        return CommonVerbs.List(
            shell,
            verb,
            (call, page, token) =>
                call.Client.Schedules.ListAsync(filter.Read(call) with { Limit = page.Limit }, page.Cursor, token),
            RestJson.Default.PageScheduleView,
            ScheduleText.Columns
        );
    }

    private static Verb Get(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb("get", "Show one schedule", "schedulezero schedules get nightly -o json"),
            NameArgument(),
            (call, name, token) => call.Client.Schedules.GetAsync(name, token),
            Print
        );

    private static Verb Delete(Shell shell)
    {
        var version = VersionOption();
        var verb = new Verb(
            "delete",
            "Delete a schedule; jobs that it has made stay",
            "schedulezero schedules delete nightly"
        )
        {
            version,
        };
        return CommonVerbs.Delete(
            shell,
            verb,
            NameArgument(),
            (call, name, token) => call.Client.Schedules.DeleteAsync(name, call.Value(version), token),
            name => $"Deleted schedule {name}"
        );
    }

    private static Verb Pause(Shell shell)
    {
        var note = Values.Text("--note", "Why", "TEXT");
        var resumeAt = Values.Instant("--resume-at", "Go on by itself then", shell.Terminal.Time);
        var verb = new Verb(
            "pause",
            "Let a schedule rest; nothing fires",
            "schedulezero schedules pause nightly --note 'disk is being changed' --resume-at +4h"
        )
        {
            note,
            resumeAt,
        };
        return CommonVerbs.Act(
            shell,
            verb,
            NameArgument(),
            (call, name, token) =>
                call.Client.Schedules.PauseAsync(name, new PauseRequest(call.Value(note), call.Value(resumeAt)), token),
            Print
        );
    }

    private static Verb Resume(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb("resume", "Let a paused schedule fire again", "schedulezero schedules resume nightly"),
            NameArgument(),
            (call, name, token) => call.Client.Schedules.ResumeAsync(name, token),
            Print
        );

    private static Verb Trigger(Shell shell)
    {
        var parameters = Values.Text(
            "--params",
            "Other params than the schedule's: JSON, @file, or - for input",
            "JSON"
        );
        var verb = new Verb(
            "trigger",
            "Make the schedule's job now, and print it",
            "schedulezero schedules trigger nightly",
            "schedulezero schedules trigger nightly --params '{\"full\":true}'"
        )
        {
            parameters,
        };
        return CommonVerbs.Act(
            shell,
            verb,
            NameArgument(),
            async (call, name, token) =>
            {
                var run = call.Value(parameters) is { } text
                    ? new RunNowRequest { Params = await Values.ReadJsonAsync(text, "params", call.Terminal.In, token) }
                    : null;
                return await call.Client.Schedules.TriggerAsync(name, run, token);
            },
            JobsVerbs.Print
        );
    }

    private static Verb Preview(Shell shell)
    {
        var name = new Argument<string?>("NAME") { Description = "A saved schedule", Arity = ArgumentArity.ZeroOrOne };
        var count = Values.Number<int>("--count", "How many instants, 1 to 1000 [default: 10]");
        var trigger = new TriggerOptions(shell.Terminal.Time);
        var calendars = Values.Many(
            "--exclude-calendar",
            "For a trigger that is not saved: a calendar on whose days it does not fire",
            "NAME"
        );
        var verb = new Verb(
            "preview",
            "Show when a schedule, or a trigger that is not saved, is due, and which instants are skipped",
            "schedulezero schedules preview nightly --count 3",
            "schedulezero schedules preview --cron '30 2 * * *' --time-zone Europe/Berlin --exclude-calendar holidays"
        )
        {
            name,
            count,
            calendars,
        };
        trigger.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) =>
            {
                var instants = call.Value(count) ?? 10;
                return (call.Parsed.GetValue(name), trigger.Read(call.Parsed)) switch
                {
                    ({ } saved, null) => call.Client.Schedules.PreviewAsync(saved, instants, token),
                    (null, { } unsaved) => call.Client.Schedules.PreviewAsync(
                        new PreviewRequest(unsaved, instants, ExcludeCalendars: call.Parsed.GetValue(calendars)),
                        token
                    ),
                    _ => throw new UsageException("Give NAME, or one of --cron, --every, --at and --time-of-day."),
                };
            },
            PrintPreview
        );
    }

    private static Verb Explain(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb(
                "explain",
                "Say what a schedule's next occurrence waits for",
                "schedulezero schedules explain nightly"
            ),
            NameArgument(),
            (call, name, token) => call.Client.Schedules.ExplainAsync(name, token),
            PrintExplanation
        );

    private static Verb Occurrences(Shell shell)
    {
        var name = NameArgument();
        var verb = new Verb(
            "occurrences",
            "Show past occurrences: the job of each, or why it has none",
            "schedulezero schedules occurrences nightly"
        )
        {
            name,
        };
        return CommonVerbs.List(
            shell,
            verb,
            (call, page, token) =>
                call.Client.Schedules.OccurrencesAsync(call.Value(name), page.Limit, page.Cursor, token),
            RestJson.Default.PageOccurrenceView,
            ScheduleText.OccurrenceColumns
        );
    }

    private static Verb Versions(Shell shell)
    {
        var name = NameArgument();
        var verb = new Verb(
            "versions",
            "Show who changed a schedule, when, and what; the newest 50 are kept",
            "schedulezero schedules versions nightly",
            "schedulezero schedules versions nightly -o json | jq '.items[1].schedule' > before.json; "
                + "schedulezero schedules put --file before.json"
        )
        {
            name,
        };
        return CommonVerbs.List(
            shell,
            verb,
            (call, page, token) =>
                call.Client.Schedules.VersionsAsync(call.Value(name), page.Limit, page.Cursor, token),
            RestJson.Default.PageScheduleVersionView,
            ScheduleText.VersionColumns
        );
    }

    private static void Print(Call call, ScheduleView schedule) =>
        call.Printer.Answer(schedule, RestJson.Default.ScheduleView, ScheduleText.Details);

    private static void PrintSaved(Call call, ScheduleView schedule)
    {
        call.WarnOf(schedule.Warning);
        Print(call, schedule);
    }

    private static void PrintPreview(Call call, PreviewAnswer preview)
    {
        call.WarnOf(preview.Warning);
        call.Printer.Answer(
            preview,
            RestJson.Default.PreviewAnswer,
            shown => call.Printer.Table(ScheduleText.PreviewColumns, shown.Items)
        );
    }

    private static void PrintExplanation(Call call, ScheduleExplanation explanation) =>
        call.Printer.Answer(
            explanation,
            RestJson.Default.ScheduleExplanation,
            shown =>
                GateText.Print(
                    call.Printer,
                    shown.Gates.Select(gate =>
                        (PlainText.Word(gate.Gate), gate.Passed, gate.Sentence, gate.OpensWhen, gate.OpensAt)
                    )
                )
        );
}
