using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>
/// Jobs whose own pages are shown: one that runs after a failed attempt, one that failed, one that waits.
/// </summary>
internal static class JobScene
{
    private const string Params = """
        {"month":"2026-10","stores":{"from":1,"to":412,"skip":[117,230]},"to":"board@example.org","draft":false}
        """;

    /// <summary>Plays the scene.</summary>
    /// <returns>The addresses of the pages, with the names of their pictures.</returns>
    public static async Task<IReadOnlyList<(string Name, string Path)>> PlayAsync(TestBroker broker)
    {
        var jobs = broker.Admin.Jobs;
        var running = await jobs.EnqueueAsync(
            new JobRequest
            {
                Method = "accounts.close",
                Params = RawJson.Parse(Params),
                Tags = ["monthly", "board"],
                Retry = new RetryOptions { FirstDelay = TimeSpan.FromSeconds(1), Jitter = 0 },
                DeduplicationKey = "accounts/2026-10",
            }
        );
        await UntilAsync(broker, running.Id, job => job.Attempts == 2 && job.ProgressPercent > 0);
        var waiting = await jobs.EnqueueAsync(
            new JobRequest
            {
                Method = "films.cut",
                Group = "gpu",
                Priority = 10,
            }
        );
        var chain = await jobs.EnqueueSetAsync([
            new JobRequest { Method = "invoices.make", Ref = "a" },
            new JobRequest
            {
                Method = "invoices.make",
                Ref = "b",
                After = ["#a"],
            },
            new JobRequest { Method = "mail.send", Ref = "c" },
            new JobRequest
            {
                Method = "stores.sync",
                Ref = "d",
                After = ["#b", "#c"],
            },
            new JobRequest
            {
                Method = "films.cut",
                Ref = "e",
                After = ["#d"],
            },
            .. Enumerable.Range(0, 8).Select(_ => new JobRequest { Method = "mail.send", After = ["#d"] }),
            .. Enumerable.Range(0, 9).Select(_ => new JobRequest { Method = "mail.send", After = ["#e", "#a"] }),
        ]);
        await UntilAsync(broker, chain.Items[3].Id!.Value, job => job.State == JobState.Running);
        var failed = (await jobs.ListAsync(new() { State = JobState.Failed })).Items[0];
        var batch = await broker.Admin.Batches.SubmitAsync(
            new BatchSubmission
            {
                Name = "month-end 2026-10",
                Jobs =
                [
                    .. Enumerable.Range(0, 12).Select(_ => new JobRequest { Method = "mail.send" }),
                    new JobRequest { Method = "films.cut" },
                ],
                OnComplete = new JobRequest { Method = "mail.send" },
            }
        );
        return
        [
            ("batches", "ns/default/batches"),
            ("batch", $"ns/default/batches/{batch.Batch.Id}"),
            ("job-running", PathOf(running.Id)),
            ("job-attempts", PathOf(running.Id) + "?part=attempts"),
            ("job-audit", PathOf(running.Id) + "?part=audit"),
            ("job-chain", PathOf(chain.Items[3].Id!.Value)),
            ("job-in-batch", PathOf(batch.Jobs[12])),
            ("job-params", PathOf(running.Id) + "?part=params"),
            ("run-job", "ns/default/jobs/run?method=accounts.close"),
            ("job-waiting", PathOf(waiting.Id)),
            ("job-failed", PathOf(failed.Id) + "?part=error"),
        ];
    }

    private static string PathOf(JobId id) => $"ns/default/jobs/{id}";

    /// <summary>The method <c>accounts.close</c>: fails once, then runs until the test ends.</summary>
    public static async Task CloseAsync(JobContext job, CancellationToken stopping)
    {
        job.Log(LogLevel.Debug, "Opening the ledger of 2026-10");
        job.Log(LogLevel.Information, "Closing 2026-10 for 412 stores");
        if (job.Attempt == 1)
        {
            job.Log(LogLevel.Error, "Ledger: no answer within 30 s, giving up");
            throw new JobFailedException("timeout", "The ledger did not answer within 30 s.");
        }

        job.Log(LogLevel.Warning, "Store 117: no turnover on 2026-10-31, taken as 0");
        job.Log(LogLevel.Information, "272 of 412 stores");
        job.ReportProgress(66, "272 of 412 stores");
        using var either = CancellationTokenSource.CreateLinkedTokenSource(job.CancellationToken, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token);
    }

    private static async Task UntilAsync(TestBroker broker, JobId id, Func<JobView, bool> holds)
    {
        while (!holds(await broker.Admin.Jobs.GetAsync(id)))
        {
            await Task.Yield();
        }
    }

    internal sealed record Accounts(string Month, Stores Stores, string To, bool Draft);

    internal sealed record Stores(int From, int To, IReadOnlyList<int> Skip);
}
