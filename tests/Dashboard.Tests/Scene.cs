using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Jobs, handlers and schedules as a small firm might have them, for pictures and tests.</summary>
internal sealed class Scene
{
    /// <summary>The addresses of the pages that show the scene, with the names of their pictures.</summary>
    public required IReadOnlyList<(string Name, string Path)> Pages { get; init; }

    public static async Task<Scene> PlayAsync(TestBroker broker, TestFleet fleet)
    {
        await AddHandlersAsync(broker, fleet);
        await AlertScene.AddRulesAsync(broker);
        await SceneSchedules.AddAsync(broker);
        await EndJobsAsync(broker);
        await AddUnfinishedAsync(broker);
        await AdminScene.PlayAsync(broker);
        await AlertScene.AwaitAsync(broker);
        return new Scene
        {
            Pages =
            [
                ("home", "ns/default"),
                ("home-24h", "ns/default?span=24h"),
                ("jobs", "ns/default/jobs"),
                ("jobs-failed", "ns/default/jobs?state=failed"),
                .. AdminScene.Pages,
                ("methods", "ns/default/methods"),
                ("method", "ns/default/methods/accounts.close"),
                ("method-paused", "ns/default/methods/films.cut"),
                ("method-failed", "ns/default/methods/reports.render?span=24h"),
                ("handlers", "ns/default/handlers"),
                ("handler", "ns/default/handlers/office-3"),
                ("activity", "ns/default/activity"),
                ("activity-logs", "ns/default/activity/logs"),
                ("activity-troubles", $"ns/default/activity?type={string.Join(',', EventText.Troubles)}"),
                .. AlertScene.Pages,
                ("enrol", "ns/default/handlers/enrol?name=office-7"),
                ("links", "ns/default/links"),
                .. await JobScene.PlayAsync(broker),
                ("schedules", "ns/default/schedules"),
                ("schedule", "ns/default/schedules/nightly-report"),
                ("schedule-runs", "ns/default/schedules/every-second"),
                ("schedule-occurrences", "ns/default/schedules/every-second?tab=occurrences"),
                ("schedule-form", "ns/default/schedules/-/new"),
                ("schedule-edit", "ns/default/schedules/any-of/edit"),
                ("schedule-backfill", "ns/default/schedules/sync-stores?tab=backfill"),
                ("schedule-weeks", "ns/default/schedules/-/weeks"),
                ("schedule-simulate", "ns/default/schedules/-/simulate"),
                ("schedule-offline", "ns/default/schedules/-/offline"),
                ("calendars", "ns/default/calendars"),
                ("calendar", "ns/default/calendars/holidays"),
                ("schedule-versions", "ns/default/schedules/nightly-report?tab=versions"),
            ],
        };
    }

    private static async Task AddHandlersAsync(TestBroker broker, TestFleet fleet)
    {
        for (var number = 1; number <= 6; number++)
        {
            await fleet.AddHandlerAsync(
                $"office-{number}",
                agent =>
                    agent
                        .Handle<object>("mail.send", (_, _) => Task.CompletedTask)
                        .Handle<object>("invoices.make", (_, _) => Task.CompletedTask)
                        .Handle<object>(
                            "reports.render",
                            (_, _) => throw new JobFailedException("disk", "disk quota exceeded", retryable: false)
                        )
                        .Handle<object>("stores.sync", (_, job) => RunAsync(job, fleet.Stopping))
                        .Handle<JobScene.Accounts>(
                            "accounts.close",
                            (_, job) => JobScene.CloseAsync(job, fleet.Stopping)
                        ),
                options =>
                {
                    options.Capacity = 4;
                    options.Groups.Add(number % 2 == 0 ? "emea" : "apac");
                    options.Labels["rack"] = $"b{10 + number}";
                    options.Labels["site"] = "Berlin";
                }
            );
        }

        await broker.Admin.Namespaces.PatchAsync(
            "default",
            new NamespacePatch
            {
                Limits = new NamespaceLimits
                {
                    PerMethod = new Dictionary<string, WorkLimits>
                    {
                        ["accounts.close"] = new()
                        {
                            RunningJobs = 2,
                            Rate = new RateOptions(100, TimeSpan.FromMinutes(1)),
                        },
                    },
                    PerHandler = new Dictionary<string, WorkLimits> { ["office-3"] = new() { RunningJobs = 3 } },
                },
            }
        );
        await fleet.StopHandlerAsync("office-5");
        await broker.Admin.Handlers.DrainAsync("office-6");
        await broker.Admin.Methods.PauseAsync(
            "films.cut",
            new MethodPauseRequest(
                "The studio moves to another building.",
                new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero)
            )
        );
    }

    private static async Task RunAsync(JobContext job, CancellationToken stopping)
    {
        job.ReportProgress(66, "272 of 412 stores");
        using var either = CancellationTokenSource.CreateLinkedTokenSource(job.CancellationToken, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token);
    }

    private static async Task EndJobsAsync(TestBroker broker)
    {
        List<JobId> ids = [];
        for (var number = 0; number < 40; number++)
        {
            var method = number % 3 == 0 ? "invoices.make" : "mail.send";
            ids.Add((await broker.Admin.Jobs.EnqueueAsync(new JobRequest { Method = method })).Id);
        }

        for (var number = 0; number < 3; number++)
        {
            var job = new JobRequest { Method = "reports.render", Tags = ["monthly"] };
            ids.Add((await broker.Admin.Jobs.EnqueueAsync(job)).Id);
        }

        foreach (var id in ids)
        {
            while ((await broker.Admin.Jobs.GetAsync(id)).FinishedAt is null)
            {
                await Task.Yield();
            }
        }
    }

    private static async Task AddUnfinishedAsync(TestBroker broker)
    {
        for (var number = 0; number < 3; number++)
        {
            await broker.Admin.Jobs.EnqueueAsync(new JobRequest { Method = "stores.sync" });
        }

        for (var number = 0; number < 4; number++)
        {
            await broker.Admin.Jobs.EnqueueAsync(
                new JobRequest
                {
                    Method = "films.encode",
                    Tags = ["gpu"],
                    Group = "gpu",
                }
            );
            await broker.Admin.Jobs.EnqueueAsync(
                new JobRequest { Method = "mail.send", RunAt = new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero) }
            );
        }
    }
}
