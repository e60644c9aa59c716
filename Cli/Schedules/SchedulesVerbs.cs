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

    private static void PrintSaved(Call call, ScheduleView schedule)
    {
        WarnOf(call, schedule.Warning);
        Print(call, schedule);
    }

    private static void Print(Call call, ScheduleView schedule)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(schedule, RestJson.Default.ScheduleView);
        }
        else
        {
            call.Printer.Details(ScheduleText.Details(schedule));
        }
    }

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
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                PrintSaved(
                    call,
                    await call.Client.Schedules.CreateAsync(
                        await options.ReadAsync(call, cancellationToken),
                        cancellationToken
                    )
                );
                return ExitCodes.Ok;
            }
        );
        return verb;
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
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var schedule = await options.ReadAsync(call, cancellationToken);
                PrintSaved(
                    call,
                    await call.Client.Schedules.PutAsync(schedule, call.Value(version), cancellationToken)
                );
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb List(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb("list", "List schedules with when they are due next", "schedulezero schedules list --all"),
            (call, page, token) => call.Client.Schedules.ListAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageScheduleView,
            ScheduleText.Columns
        );

    private static Verb Get(Shell shell)
    {
        var name = NameArgument();
        var verb = new Verb("get", "Show one schedule", "schedulezero schedules get nightly -o json") { name };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                Print(call, await call.Client.Schedules.GetAsync(call.Value(name), cancellationToken));
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Delete(Shell shell)
    {
        var (name, version) = (NameArgument(), VersionOption());
        var verb = new Verb(
            "delete",
            "Delete a schedule; jobs that it has made stay",
            "schedulezero schedules delete nightly"
        )
        {
            name,
            version,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                await call.Client.Schedules.DeleteAsync(call.Value(name), call.Value(version), cancellationToken);
                call.Printer.Note($"Deleted schedule {call.Value(name)}");
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Pause(Shell shell)
    {
        var name = NameArgument();
        var note = Values.Text("--note", "Why", "TEXT");
        var resumeAt = Values.Instant("--resume-at", "Go on by itself then", shell.Terminal.Time);
        var verb = new Verb(
            "pause",
            "Let a schedule rest; nothing fires",
            "schedulezero schedules pause nightly --note 'disk is being changed' --resume-at +4h"
        )
        {
            name,
            note,
            resumeAt,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var pause = new PauseRequest(call.Value(note), call.Value(resumeAt));
                Print(call, await call.Client.Schedules.PauseAsync(call.Value(name), pause, cancellationToken));
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Resume(Shell shell)
    {
        var name = NameArgument();
        var verb = new Verb("resume", "Let a paused schedule fire again", "schedulezero schedules resume nightly")
        {
            name,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                Print(call, await call.Client.Schedules.ResumeAsync(call.Value(name), cancellationToken));
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Trigger(Shell shell)
    {
        var name = NameArgument();
        var verb = new Verb(
            "trigger",
            "Make the schedule's job now, and print it",
            "schedulezero schedules trigger nightly"
        )
        {
            name,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                JobsVerbs.Print(call, await call.Client.Schedules.TriggerAsync(call.Value(name), cancellationToken));
                return ExitCodes.Ok;
            }
        );
        return verb;
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
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var instants = call.Value(count) ?? 10;
                var answer = (call.Parsed.GetValue(name), trigger.Read(call.Parsed)) switch
                {
                    ({ } saved, null) => await call.Client.Schedules.PreviewAsync(saved, instants, cancellationToken),
                    (null, { } unsaved) => await call.Client.Schedules.PreviewAsync(
                        new PreviewRequest(unsaved, instants, ExcludeCalendars: call.Parsed.GetValue(calendars)),
                        cancellationToken
                    ),
                    _ => throw new UsageException("Give NAME, or one of --cron, --every, --at and --time-of-day."),
                };
                PrintPreview(call, answer);
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static void WarnOf(Call call, string? warning)
    {
        if (warning is not null)
        {
            call.Printer.Note($"warning: {warning}");
        }
    }

    private static void PrintPreview(Call call, PreviewAnswer answer)
    {
        WarnOf(call, answer.Warning);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(answer, RestJson.Default.PreviewAnswer);
            return;
        }

        call.Printer.Table(
            ["NOMINAL", "LOCAL", new("OFFSET", Fit.Lesser), new("SKIPPED", Fit.Prose)],
            answer.Items.Select(item =>
                new[] { PlainText.Instant(item.Nominal), item.Local, item.Offset, item.Skipped }
            )
        );
    }

    private static Verb Explain(Shell shell)
    {
        var name = NameArgument();
        var verb = new Verb(
            "explain",
            "Say what a schedule's next occurrence waits for",
            "schedulezero schedules explain nightly"
        )
        {
            name,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var explanation = await call.Client.Schedules.ExplainAsync(call.Value(name), cancellationToken);
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(explanation, RestJson.Default.ScheduleExplanation);
                }
                else
                {
                    GateText.Print(
                        call.Printer,
                        explanation.Gates.Select(gate =>
                            (PlainText.Word(gate.Gate), gate.Passed, gate.Sentence, gate.OpensWhen, gate.OpensAt)
                        )
                    );
                }

                return ExitCodes.Ok;
            }
        );
        return verb;
    }

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
}
