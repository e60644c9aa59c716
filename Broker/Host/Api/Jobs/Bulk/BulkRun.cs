using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs.Bulk;

/// <summary>
/// Runs one bulk act: finds the jobs, then acts on them slice by slice, each slice by one input of the loop. After each
/// slice it waits for as long as the slice took, so that an act takes at most half of the loop, and other requests come
/// in between.
/// </summary>
internal sealed class BulkRun(
    IBrokerInputs inputs,
    IHistoryReader store,
    ReplaySlices replays,
    TimeProvider time,
    ILogger<BulkRun> logger
)
{
    /// <summary>How many jobs one slice acts on.</summary>
    private const int SliceMax = 100;

    /// <summary>How many jobs one read of the loop tests, which takes about a millisecond.</summary>
    private const int PortionMax = 5_000;

    /// <summary>
    /// How many jobs one read of the store returns with their params. The params of one job may have 256 KiB.
    /// </summary>
    private const int ParamsSliceMax = 16;

    private const string TooMany = "More jobs match than one act may have; narrow the filter.";

    private static readonly TimeSpan _busyWait = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs the act to its end. Never throws: the act itself says what went wrong.</summary>
    public async Task RunAsync(BulkAct act)
    {
        try
        {
            var found =
                act.Asked.Action == BulkAction.Replay
                    ? await replays.FindAsync(act, Limits.BulkJobsMax)
                    : await FindLiveAsync(act);
            var problem = found.Count > Limits.BulkJobsMax ? TooMany : null;
            if (problem is null && !act.Asked.DryRun && !act.IsStopping)
            {
                problem = await ActAsync(act, found);
            }

            var state =
                problem is not null ? BulkActState.Failed
                : act.IsStopping ? BulkActState.Stopped
                : BulkActState.Finished;
            End(act, state, problem);
        }
        catch (BrokerStoppedException)
        {
            End(act, BulkActState.Stopped, "The Broker stopped.");
        }
        catch (Exception e)
        {
            // Nobody awaits this task, so an exception that is not caught here would be lost.
            logger.ActFailed(e, act.Id, act.Namespace);
            End(act, BulkActState.Failed, "Something went wrong inside the Broker; its log says what.");
        }
    }

    private async Task<List<JobId>> FindLiveAsync(BulkAct act)
    {
        var found = new List<JobId>();
        var matches = MatchOf(act);
        var snapshot = await ReadAsync(act, state => state.Snapshot());
        for (
            var from = 0;
            from < snapshot.Count && found.Count <= Limits.BulkJobsMax && !act.IsStopping;
            from += PortionMax
        )
        {
            var began = time.GetTimestamp();
            var (start, before) = (from, found.Count);
            var count = await ReadAsync(
                act,
                state =>
                {
                    snapshot.Find(start, PortionMax, matches, found);
                    return found.Count;
                }
            );
            if (act.Asked.Filter.Params is not null)
            {
                var fitting = await FittingAsync(act, found.GetRange(before, count - before));
                found.RemoveRange(before, count - before);
                found.AddRange(fitting);
                count = found.Count;
            }

            act.Change(view => view with { Matched = count });
            await act.PauseAsync(time.GetElapsedTime(began), time);
        }

        // The youngest jobs come first in a cancel: jobs that run after others are younger, and so end with their own
        // reason, and not since the job before them was cancelled.
        found.Sort((a, b) => act.Asked.Action == BulkAction.Cancel ? b.CompareTo(a) : a.CompareTo(b));
        return found;
    }

    /// <summary>Why the act could not go on; null when it came to its end, or was stopped.</summary>
    private async Task<string?> ActAsync(BulkAct act, List<JobId> found)
    {
        act.Change(view => view with { State = BulkActState.Running, Matched = found.Count });
        // The note is on disk before anything is done, so that a Broker that dies in the middle leaves a trace of the
        // act.
        await NoteAsync(act, $"bulk act {act.Id} begins: {found.Count} jobs match {act.FilterText()}");
        string? problem = null;
        var slices = act.Asked.Action == BulkAction.Replay ? ReplaySlices.SlicesOf(found) : found.Chunk(SliceMax);
        foreach (var slice in slices)
        {
            if (act.IsStopping || problem is not null)
            {
                break;
            }

            var began = time.GetTimestamp();
            problem =
                act.Asked.Action == BulkAction.Replay
                    ? await replays.ReplayAsync(act, slice, input => AskAsync(act, input))
                    : await ActOnLiveAsync(act, slice);
            await act.PauseAsync(time.GetElapsedTime(began), time);
        }

        var done = act.View;
        var stopped = done.StoppedBy is { } by ? $"; stopped by {by}" : "";
        await NoteAsync(
            act,
            $"bulk act {act.Id} ends: {done.Changed} of {done.Matched} jobs changed, {done.Done} seen to{stopped}"
        );
        return problem;
    }

    private async Task<string?> ActOnLiveAsync(BulkAct act, JobId[] slice)
    {
        var (one, matches) = (act.ActOnOne(), MatchOf(act));
        var fitting = await FittingAsync(act, slice);
        var answer = await AskAsync(
            act,
            ticket => new BrokerInput.ActOnJobs(ticket, act.Namespace, fitting, one, matches)
        );
        var changed = ((Answer.ActedOn)answer).Changed;
        act.Change(view => view with { Done = view.Done + slice.Length, Changed = view.Changed + changed });
        return null;
    }

    // The jobs whose params match the filter. The loop cannot judge params, since only the store has them.
    private async Task<IReadOnlyList<JobId>> FittingAsync(BulkAct act, IReadOnlyList<JobId> ids)
    {
        var search = act.Search(1, null);
        if (search.Params is null)
        {
            return ids;
        }

        var fitting = new List<JobId>();
        foreach (var slice in ids.Chunk(ParamsSliceMax).TakeWhile(_ => !act.IsStopping))
        {
            var parameters = await store.ReadParamsAsync(slice, CancellationToken.None);
            fitting.AddRange(slice.Where((_, at) => search.HasParams(parameters[at])));
        }

        return fitting;
    }

    // The filter as a predicate of what the loop knows. The predicate is asked twice of each job: when the job is
    // found, and when its slice is decided.
    private Func<Job, bool> MatchOf(BulkAct act)
    {
        var search = act.Search(1, null);
        return job => job.EnqueuedAt <= act.StartedAt && (search with { Now = time.GetUtcNow() }).Fits(job);
    }

    private async Task NoteAsync(BulkAct act, string reason) =>
        await AskAsync(act, ticket => new BrokerInput.NoteDown(ticket) { Audit = act.Note with { Reason = reason } });

    private Task<T> ReadAsync<T>(BulkAct act, Func<BrokerState, T> look) =>
        PatientlyAsync(act, () => inputs.ReadAsync(look, CancellationToken.None));

    // The request takes no cancellation token: once the loop has it, the answer must be awaited, since only the answer
    // says what was changed.
    private Task<Answer> AskAsync(BulkAct act, Func<Ticket, BrokerInput.Request> input) =>
        PatientlyAsync(act, () => inputs.AskAsync(input, CancellationToken.None));

    private async Task<T> PatientlyAsync<T>(BulkAct act, Func<Task<T>> ask)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (BrokerBusyException) when (!act.IsStopping)
            {
                await act.PauseAsync(_busyWait, time);
            }
            catch (BrokerBusyException)
            {
                throw new BrokerStoppedException("The act was stopped while the Broker was busy.");
            }
        }
    }

    private void End(BulkAct act, BulkActState state, string? detail)
    {
        act.End(state, detail, time.GetUtcNow());
        var view = act.View;
        logger.ActEnded(act.Id, act.Namespace, state.ToString(), view.Changed, view.Matched);
    }
}
