using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary><c>schedulezero schedules backfill …</c>.</summary>
internal static class BackfillVerbs
{
    /// <summary>How long <c>--wait</c> lets pass between two looks.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    public static Verb Begin(Shell shell)
    {
        var name = NameArgument();
        var from = Values.Instant("--from", "The first instant that counts", shell.Terminal.Time);
        var to = Values.Instant("--to", "Instants from here on do not count [default: now]", shell.Terminal.Time);
        var overlap = Values.Word<OverlapPolicy>(
            "--overlap",
            "allow: all at once; queue: one after the other [default: as the schedule]"
        );
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what it would do" };
        var wait = new Option<bool>("--wait") { Description = "Stay until it has ended" };
        var verb = new Verb(
            "backfill",
            "Make the jobs of a range of the past, where instants have none",
            "schedulezero schedules backfill nightly --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z --dry-run",
            "schedulezero schedules backfill nightly --from -7d --overlap queue --wait"
        )
        {
            name,
            from,
            to,
            overlap,
            dryRun,
            wait,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var begin =
                    call.Value(from)
                    ?? throw new UsageException("--from is needed, such as -7d or 2026-10-01T00:00:00Z.");
                var request = new BackfillRequest(
                    begin,
                    call.Value(to) ?? shell.Terminal.Time.GetUtcNow(),
                    call.Value(overlap),
                    call.Value(dryRun)
                );
                var view = await call.Client.Schedules.BackfillAsync(call.Value(name), request, cancellationToken);
                while (call.Value(wait) && view.State == BackfillState.Running)
                {
                    call.Printer.Note($"{view.Made + view.Present} of {view.Total}");
                    await Task.Delay(LookEvery, shell.Terminal.Time, cancellationToken);
                    view = await call.Client.Schedules.GetBackfillAsync(call.Value(name), cancellationToken);
                }

                Print(call, view);
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    public static Verb Show(Shell shell)
    {
        var name = NameArgument();
        var verb = new Verb(
            "backfill-status",
            "Show how far a schedule's newest backfill has come",
            "schedulezero schedules backfill-status nightly"
        )
        {
            name,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                Print(call, await call.Client.Schedules.GetBackfillAsync(call.Value(name), cancellationToken));
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    public static Verb Cancel(Shell shell)
    {
        var name = NameArgument();
        var verb = new Verb(
            "backfill-cancel",
            "Stop a backfill; the jobs that it has made stay",
            "schedulezero schedules backfill-cancel nightly"
        )
        {
            name,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                Print(call, await call.Client.Schedules.CancelBackfillAsync(call.Value(name), cancellationToken));
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Argument<string> NameArgument() => new("NAME") { Description = "The schedule's name" };

    private static void Print(Call call, BackfillView backfill)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(backfill, RestJson.Default.BackfillView);
            return;
        }

        call.Printer.Details([
            ("state", PlainText.Word(backfill.State)),
            ("from", PlainText.Instant(backfill.From)),
            ("to", PlainText.Instant(backfill.To)),
            ("first", PlainText.Instant(backfill.First)),
            ("last", PlainText.Instant(backfill.Last)),
            ("overlap", PlainText.Word(backfill.Overlap)),
            ("instants", $"{backfill.Total}"),
            ("jobs made", $"{backfill.Made}"),
            ("had a job", $"{backfill.Present}"),
            ("asked for", backfill.RequestedAt is { } at ? $"{PlainText.Instant(at)} by {backfill.RequestedBy}" : null),
            ("ended", PlainText.Instant(backfill.EndedAt)),
            ("cancelled by", backfill.CancelledBy),
        ]);
    }
}
