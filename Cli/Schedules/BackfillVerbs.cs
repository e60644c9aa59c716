using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary><c>schedulezero schedules backfill …</c>.</summary>
internal static class BackfillVerbs
{
    /// <summary>The pause between two lines of progress with <c>--wait</c>.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    public static Verb Begin(Shell shell)
    {
        var options = new BackfillOptions(shell.Terminal.Time);
        var wait = new Option<bool>("--wait") { Description = "Stay until it has ended" };
        var verb = new Verb(
            "backfill",
            "Make the jobs of a range of the past, where instants have none",
            "schedulezero schedules backfill nightly --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z --dry-run",
            "schedulezero schedules backfill nightly --from -7d --overlap queue --wait"
        );
        options.AddTo(verb);
        verb.Add(wait);
        return CommonVerbs.Act(
            shell,
            verb,
            NameArgument(),
            async (call, name, token) =>
            {
                var begun = await call.Client.Schedules.BackfillAsync(name, options.Read(call), token);
                return call.Value(wait) ? await FollowAsync(call, name, begun, token) : begun;
            },
            Print
        );
    }

    public static Verb Show(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb(
                "backfill-status",
                "Show how far a schedule's newest backfill has come",
                "schedulezero schedules backfill-status nightly"
            ),
            NameArgument(),
            (call, name, token) => call.Client.Schedules.GetBackfillAsync(name, token),
            Print
        );

    public static Verb Cancel(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb(
                "backfill-cancel",
                "Stop a backfill; the jobs that it has made stay",
                "schedulezero schedules backfill-cancel nightly"
            ),
            NameArgument(),
            (call, name, token) => call.Client.Schedules.CancelBackfillAsync(name, token),
            Print
        );

    private static Argument<string> NameArgument() => new("NAME") { Description = "The schedule's name" };

    /// <summary>Waits until the backfill has ended, and writes lines of progress meanwhile.</summary>
    private static async Task<BackfillView> FollowAsync(
        Call call,
        string name,
        BackfillView view,
        CancellationToken cancellationToken
    )
    {
        while (view.State == BackfillState.Running)
        {
            call.Printer.Note($"{view.Made + view.Present} of {view.Total}");
            await Task.Delay(PollInterval, call.Terminal.Time, cancellationToken);
            view = await call.Client.Schedules.GetBackfillAsync(name, cancellationToken);
        }

        return view;
    }

    private static void Print(Call call, BackfillView backfill) =>
        call.Printer.Answer(
            backfill,
            RestJson.Default.BackfillView,
            shown =>
                [
                    ("state", PlainText.Word(shown.State)),
                    ("from", PlainText.Instant(shown.From)),
                    ("to", PlainText.Instant(shown.To)),
                    ("first", PlainText.Instant(shown.First)),
                    ("last", PlainText.Instant(shown.Last)),
                    ("overlap", PlainText.Word(shown.Overlap)),
                    ("instants", $"{shown.Total}"),
                    ("jobs made", $"{shown.Made}"),
                    ("had a job", $"{shown.Present}"),
                    (
                        "asked for",
                        shown.RequestedAt is { } at ? $"{PlainText.Instant(at)} by {shown.RequestedBy}" : null
                    ),
                    ("ended", PlainText.Instant(shown.EndedAt)),
                    ("cancelled by", shown.CancelledBy),
                ]
        );

    /// <summary>The range of a backfill, and how its jobs are made, as options.</summary>
    private sealed class BackfillOptions(TimeProvider time)
    {
        private readonly Option<DateTimeOffset?> _from = Values.Instant(
            "--from",
            "The first instant that counts",
            time
        );
        private readonly Option<DateTimeOffset?> _to = Values.Instant(
            "--to",
            "Instants from here on do not count [default: now]",
            time
        );
        private readonly Option<OverlapPolicy?> _overlap = Values.Word<OverlapPolicy>(
            "--overlap",
            "allow: all at once; queue: one after the other [default: as the schedule]"
        );
        private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say what it would do" };

        public void AddTo(Command verb)
        {
            verb.Add(_from);
            verb.Add(_to);
            verb.Add(_overlap);
            verb.Add(_dryRun);
        }

        /// <exception cref="UsageException">The first instant is not given.</exception>
        public BackfillRequest Read(Call call) =>
            new(
                call.Value(_from) ?? throw new UsageException("--from is needed, such as -7d or 2026-10-01T00:00:00Z."),
                call.Value(_to) ?? time.GetUtcNow(),
                call.Value(_overlap),
                call.Value(_dryRun)
            );
    }
}
