using System.Diagnostics;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.EndToEnd.Tests.Agents;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>Compares the Broker's history, and what producers and agents wrote down, with the promises.</summary>
internal static class HistoryChecker
{
    private const int ShownMax = 20;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>A sentence for each broken promise; empty when all promises were kept.</summary>
    /// <param name="mayRunAgain">Whether agents were killed: their jobs then run again after the leases.</param>
    public static IReadOnlyList<string> Check(
        IReadOnlyCollection<JobId> acknowledged,
        History history,
        IReadOnlyList<Execution> executions,
        bool mayRunAgain
    )
    {
        var byJob = executions.ToLookup(execution => execution.Job);
        var broken = acknowledged
            .Where(id => !history.Jobs.ContainsKey(id))
            .Select(id => $"{id} was acknowledged and is lost")
            .Concat(
                history.Jobs.Values.SelectMany(job =>
                    CheckJob(
                        job,
                        [.. history.Attempts[job.Id]],
                        [.. byJob[job.Id].OrderBy(e => e.BeganAt)],
                        mayRunAgain
                    )
                )
            )
            .Concat(
                byJob
                    .Where(group => !history.Jobs.ContainsKey(group.Key))
                    .Select(group => $"{group.Key} ran, and the Broker does not know it")
            );
        var all = broken.ToList();
        return all.Count <= ShownMax ? all : [.. all.Take(ShownMax), $"… and {all.Count - ShownMax} more"];
    }

    private static IEnumerable<string> CheckJob(
        JobView job,
        AttemptView[] attempts,
        Execution[] executions,
        bool mayRunAgain
    )
    {
        var accepted = attempts.Where(attempt => attempt.Outcome == AttemptOutcome.Succeeded).ToArray();
        if (job.State != JobState.Succeeded || accepted.Length != 1)
        {
            yield return $"{job.Id} is {job.State} with {accepted.Length} accepted outcomes: {Describe(attempts)}";
        }

        if (
            !Grows(attempts.OrderBy(attempt => attempt.AssignedAt).Select(attempt => attempt.FencingToken))
            || !Grows(executions.Select(e => e.Token))
        )
        {
            yield return $"{job.Id} has tokens that do not grow: {Describe(attempts)}; ran {Describe(executions)}";
        }

        if (accepted.Length == 1 && !executions.Any(e => e.IsWhole && e.Token == accepted[0].FencingToken))
        {
            yield return $"{job.Id} succeeded by token {accepted[0].FencingToken}, which no agent ran to its "
                + $"end: {Describe(executions)}";
        }

        foreach (
            var (earlier, later) in executions
                .Zip(executions.Skip(1))
                .Where(pair => pair.Second.BeganAt < pair.First.EndedAt)
        )
        {
            if (Stopwatch.GetElapsedTime(earlier.BeganAt, later.BeganAt) < Lease)
            {
                yield return $"{job.Id} ran twice at once under valid leases: {Describe(executions)}";
            }
        }

        if (!mayRunAgain && executions.Length != 1)
        {
            yield return $"{job.Id} ran {executions.Length} times, though its agents never died: "
                + $"{Describe(executions)}; {Describe(attempts)}";
        }
    }

    private static bool Grows(IEnumerable<int> tokens) =>
        tokens.Zip(tokens.Skip(1)).All(pair => pair.First < pair.Second);

    private static string Describe(IEnumerable<AttemptView> attempts) =>
        string.Join(
            ", ",
            attempts.Select(a =>
                $"{a.FencingToken} {a.Outcome} by {a.Handler} {a.AssignedAt:HH:mm:ss.fff}–{a.FinishedAt:HH:mm:ss.fff}"
            )
        );

    private static string Describe(IEnumerable<Execution> executions) =>
        string.Join(
            ", ",
            executions.Select(e => $"{e.Token} by {e.Agent}{(e.IsWhole ? "" : " (cut)")} {e.BeganAt}–{e.EndedAt}")
        );
}
