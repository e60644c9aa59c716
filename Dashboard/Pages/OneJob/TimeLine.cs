using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.OneJob;

/// <summary>
/// The life of a job on one line of time, which is to scale: a row for its waiting, and one for each attempt.
/// </summary>
public sealed record TimeLine
{
    /// <summary>How many attempts are drawn at most, the newest ones.</summary>
    public const int AttemptsMax = 12;

    /// <summary>The instant at the left end.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The instant at the right end: when the job ended, or now.</summary>
    public required DateTimeOffset To { get; init; }

    public required IReadOnlyList<TimeLineRow> Rows { get; init; }

    /// <summary>How many attempts came before those that are drawn.</summary>
    public int Left { get; init; }

    public TimeSpan Span => To - From;

    public static TimeLine Of(JobView job, IReadOnlyList<AttemptView> attempts, DateTimeOffset now)
    {
        var to = job.FinishedAt ?? now;
        var from = job.EnqueuedAt;
        foreach (var attempt in attempts)
        {
            // A run without the Broker was over before the Broker heard of the job.
            from = attempt.AssignedAt < from ? attempt.AssignedAt : from;
            to = attempt.FinishedAt > to ? attempt.FinishedAt.Value : to;
        }

        // A clock that was set back does not turn the line around; and a line has a length.
        to = to > from ? to : from.AddMilliseconds(1);
        var drawing = new Drawing(job, attempts, from, to);
        var left = Math.Max(0, attempts.Count - AttemptsMax);
        return new TimeLine
        {
            From = from,
            To = to,
            Left = left,
            Rows = [drawing.Waiting(), .. Enumerable.Range(left, attempts.Count - left).Select(drawing.Attempt)],
        };
    }

    private sealed class Drawing(
        JobView job,
        IReadOnlyList<AttemptView> attempts,
        DateTimeOffset from,
        DateTimeOffset to
    )
    {
        public TimeLineRow Waiting()
        {
            var end = attempts.Count > 0 ? attempts[0].AssignedAt : to;
            var words = TimeText.Duration(end - job.EnqueuedAt);
            return new TimeLineRow(
                "waiting",
                Waits(job.EnqueuedAt, end, "wait"),
                attempts.Count > 0 ? $"{words} until the first attempt"
                    : job.FinishedAt is null ? $"{words} so far"
                    : $"{words}, and it never ran"
            );
        }

        public TimeLineRow Attempt(int index)
        {
            var attempt = attempts[index];
            var end = attempt.FinishedAt ?? to;
            var kind = KindOf(attempt.Outcome);
            List<Stretch> stretches =
            [
                Stretch(
                    kind,
                    attempt.AssignedAt,
                    end,
                    $"attempt {attempt.Number}, {OutcomeOf(attempt)}, {TimeText.Duration(end - attempt.AssignedAt)}"
                ),
            ];
            var words = $"{OutcomeOf(attempt)} · {TimeText.Duration(end - attempt.AssignedAt)}";
            if (attempt.FinishedAt is not null)
            {
                var next = index + 1 < attempts.Count ? attempts[index + 1].AssignedAt : to;
                var goesOn = index + 1 < attempts.Count || job.FinishedAt is null;
                if (goesOn && next > end)
                {
                    stretches.AddRange(Waits(end, next, "back-off"));
                    words +=
                        $", then {TimeText.Duration(next - end)} "
                        + (index + 1 < attempts.Count ? "until the next attempt" : "of waiting so far");
                }
            }

            return new TimeLineRow($"{attempt.Number} · {attempt.Handler}", stretches, words);
        }

        // A wait, in two parts where it is known that the first one was for the job's time to come.
        private IReadOnlyList<Stretch> Waits(DateTimeOffset start, DateTimeOffset end, string kind)
        {
            if (end <= start)
            {
                return [];
            }

            var due = job.RunAt < end ? job.RunAt : end;
            if (kind == "wait" && due > start)
            {
                return due < end
                    ?
                    [
                        Stretch("held", start, due, $"its time had not come, {TimeText.Duration(due - start)}"),
                        Stretch(kind, due, end, $"waiting, {TimeText.Duration(end - due)}"),
                    ]
                    : [Stretch("held", start, end, $"its time has not come, {TimeText.Duration(end - start)}")];
            }

            return [Stretch(kind, start, end, $"waiting, {TimeText.Duration(end - start)}")];
        }

        private Stretch Stretch(string kind, DateTimeOffset start, DateTimeOffset end, string words) =>
            new(kind, Share(start), Share(end), words);

        private double Share(DateTimeOffset at) => Math.Clamp((at - from) / (to - from), 0, 1);

        private static string KindOf(AttemptOutcome? outcome) =>
            outcome switch
            {
                null => "run",
                AttemptOutcome.Succeeded => "ok",
                AttemptOutcome.Lost => "lost",
                AttemptOutcome.Failed or AttemptOutcome.TimedOut => "bad",
                _ => "idle",
            };

        private static string OutcomeOf(AttemptView attempt) => AttemptText.Of(attempt.Outcome);
    }
}

/// <summary>One row of a time line.</summary>
/// <param name="Who">Whose time the row shows: the number of the attempt and its handler.</param>
/// <param name="Words">What the row says.</param>
public sealed record TimeLineRow(string Who, IReadOnlyList<Stretch> Stretches, string Words);

/// <summary>A stretch of time.</summary>
/// <param name="Kind">The style class of the stretch.</param>
/// <param name="From">Where the stretch begins, 0 to 1 of the line.</param>
/// <param name="To">Where the stretch ends, 0 to 1 of the line.</param>
/// <param name="Words">What the stretch says, for its tooltip.</param>
public sealed record Stretch(string Kind, double From, double To, string Words);
