using System.Text.Json.Nodes;
using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// Measures the pages of the dashboard in a real browser: their weight and time, lists with many jobs in the store, the
/// cost of a page that nobody touches, many pages at once, and what a live page costs the jobs.
/// </summary>
internal sealed class PagesLoad
{
    private const string Password = "a password for the load tool";
    private const int PagesOfUser = 30;
    private const int Opens = 5;
    private const int Clicks = 20;
    private const int UsersOfIdlePages = 3;
    private const int Rounds = 5;

    /// <summary>Each job goes through four states: ready, assigned, running, and its end.</summary>
    private const double TransitionsOfJob = 4;
    private const double TransitionsPerSecond = 500;

    private static readonly TimeSpan IdleWindow = TimeSpan.FromSeconds(30);
    private static readonly string[] Tabs = ["succeeded", "failed", "ready", "scheduled", "cancelled", "expired"];

    private readonly LoadSystem _system;
    private readonly LoadOptions _options;
    private readonly PagesBrowser _browser;
    private readonly List<string> _users = [];

    private PagesLoad(LoadSystem system, LoadOptions options, PagesBrowser browser) =>
        (_system, _options, _browser) = (system, options, browser);

    public static async Task<JsonObject> RunAsync(LoadSystem system, LoadOptions options)
    {
        await using (var store = await SearchFill.OpenAsync(system.Stage.DataFolder))
        {
            var fill = new SearchFill(store);
            await fill.FinishAsync(options.Searches, now: false);
            await fill.WaitAsync(options.Waiting);
        }

        await system.StartServersAsync(needsBridge: true);
        await using var browser = await PagesBrowser.LaunchAsync(system.Stage.Rest);
        var load = new PagesLoad(system, options, browser);
        await load.SignInAsync();
        var result = new JsonObject
        {
            ["mode"] = "pages",
            ["finished"] = options.Searches,
            ["waiting"] = options.Waiting,
        };
        foreach (var (name, measure) in load.Parts())
        {
            result[name] = await measure();
            // A long run may be ended before its last line.
            await Console.Error.WriteLineAsync($"{name}: {result[name]!.ToJsonString()}");
        }

        return result;
    }

    private IEnumerable<(string Name, Func<Task<JsonObject>> Measure)> Parts() =>
        [
            ("first_page", FirstPageAsync),
            ("lists", ListsAsync),
            ("idle", IdleAsync),
            ("crowd", CrowdAsync),
            ("dispatch", DispatchAsync),
        ];

    private async Task SignInAsync()
    {
        var last = Math.Max(_options.Pages / PagesOfUser, UsersOfIdlePages - 1);
        for (var number = 0; number <= last; number++)
        {
            var name = $"user-{number}";
            await _system.Stage.Client.Users.CreateAsync(
                new UserRequest
                {
                    UserName = name,
                    Password = Password,
                    MustChangePassword = false,
                    Roles = [new RoleGrant(Roles.Admin, "*")],
                }
            );
            _users.Add(await _browser.SignInAsync(name, Password));
        }
    }

    // Each time in a window without a cache, as somebody's first visit is.
    private async Task<JsonObject> FirstPageAsync()
    {
        var (times, bytes) = (new List<double>(), new List<double>());
        for (var open = 0; open < Opens; open++)
        {
            await using var window = await _browser.NewWindowAsync(_users[0]);
            var page = await window.NewPageAsync();
            var count = await PagesBrowser.CountBytesAsync(page);
            times.Add(await _browser.GoAsync(page, "ns/default"));
            bytes.Add(count.Bytes);
        }

        return new JsonObject { ["usable_ms"] = Array(times), ["received_kib"] = Figures.Round(bytes.Max() / 1024, 1) };
    }

    // From the click to the first row of another list, and to that of its second page if it has one.
    private async Task<JsonObject> ListsAsync()
    {
        await using var window = await _browser.NewWindowAsync(_users[0]);
        var (page, opened) = await _browser.OpenAsync(window, "ns/default/jobs");
        var result = new JsonObject { ["open_ms"] = Figures.Round(opened, 0) };
        // A list that differs from the one that a click leads to.
        await ClickAsync(page, "state=running");
        var all = new List<double>();
        foreach (var tab in Tabs)
        {
            var times = new List<double>();
            for (var click = 0; click < Clicks; click++)
            {
                times.Add(await ClickAsync(page, $"state={tab}"));
                if (await page.Locator("main a[href*='cursor=']").CountAsync() > 0)
                {
                    times.Add(await ClickAsync(page, "cursor="));
                }

                await ClickAsync(page, "state=running");
            }

            all.AddRange(times);
            result[tab] = new JsonObject
            {
                ["p50_ms"] = Figures.Percentile(times, 0.5),
                ["p95_ms"] = Figures.Percentile(times, 0.95),
            };
        }

        result["p95_ms"] = Figures.Percentile(all, 0.95);
        return result;
    }

    private static Task<double> ClickAsync(IPage page, string hrefPart) =>
        page.EvaluateAsync<double>(
            """
            async part => {
              const shown = () => document.querySelector('main tbody tr')?.innerText ?? document.querySelector('main .notice')?.innerText;
              const before = shown();
              const begun = performance.now();
              document.querySelector(`main a[href*="${part}"]`).click();
              while (shown() === before) {
                if (performance.now() - begun > 60000) throw new Error(`nothing new after ${part}`);
                await new Promise(requestAnimationFrame);
              }
              return performance.now() - begun;
            }
            """,
            hrefPart
        );

    private async Task<JsonObject> IdleAsync()
    {
        await JobRun.SettleAsync(_system.Broker);
        var without = await CpuPercentAsync();
        await using var window = await _browser.NewWindowAsync(_users[0]);
        await _browser.OpenAsync(window, "ns/default");
        await JobRun.SettleAsync(_system.Broker);
        var with = await CpuPercentAsync();
        return new JsonObject
        {
            ["cpu_percent_without"] = Figures.Round(without),
            ["cpu_percent_with_one"] = Figures.Round(with),
            ["kib_per_page"] = Figures.Round(await KibPerPageAsync(), 0),
        };
    }

    // The first pages fill what all share, such as pools of buffers, so they count for nothing.
    private async Task<double> KibPerPageAsync()
    {
        List<IBrowserContext> windows = [];
        List<double> memory = [];
        foreach (var user in _users.Take(UsersOfIdlePages))
        {
            var window = await _browser.NewWindowAsync(user);
            windows.Add(window);
            for (var number = 0; number < PagesOfUser; number++)
            {
                await _browser.OpenAsync(window, "ns/default");
            }

            await JobRun.SettleAsync(_system.Broker);
            await HeapCollection.RunAsync(_system.Broker.Id);
            memory.Add(ProcessMeter.RssMib(_system.Broker.Id));
        }

        foreach (var window in windows)
        {
            await window.DisposeAsync();
        }

        return (memory[^1] - memory[0]) * 1024 / ((memory.Count - 1) * PagesOfUser);
    }

    private async Task<double> CpuPercentAsync()
    {
        var before = ProcessMeter.CpuSeconds(_system.Broker.Id);
        await Task.Delay(IdleWindow);
        return 100 * (ProcessMeter.CpuSeconds(_system.Broker.Id) - before) / IdleWindow.TotalSeconds;
    }

    // Every page of the crowd announces a job that comes while all are open.
    private async Task<JsonObject> CrowdAsync()
    {
        List<IBrowserContext> windows = [];
        List<IPage> pages = [];
        foreach (var user in _users)
        {
            windows.Add(await _browser.NewWindowAsync(user));
        }

        for (var number = 0; number < _options.Pages; number++)
        {
            pages.Add(
                (await _browser.OpenAsync(windows[number / PagesOfUser], "ns/default/jobs?state=scheduled")).Page
            );
        }

        var begun = System.Diagnostics.Stopwatch.GetTimestamp();
        await _system.Stage.Client.Jobs.EnqueueAsync(
            new JobRequest { Method = "load.later", RunAt = new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero) }
        );
        var seen = await Task.WhenAll(
            pages.Select(async page =>
            {
                await page.Locator(".new-rows").WaitForAsync();
                return System.Diagnostics.Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            })
        );
        var rss = ProcessMeter.RssMib(_system.Broker.Id);
        foreach (var window in windows)
        {
            await window.DisposeAsync();
        }

        return new JsonObject
        {
            ["pages"] = pages.Count,
            ["saw_the_job"] = seen.Length,
            ["seen_p50_ms"] = Figures.Percentile(seen, 0.5),
            ["seen_max_ms"] = Figures.Round(seen.Max(), 0),
            ["broker_rss_mib"] = Figures.Round(rss, 0),
        };
    }

    // Rounds with a live page and without take turns, so that the machine's other work falls on both.
    private async Task<JsonObject> DispatchAsync()
    {
        var (without, with) = (new List<JobRun>(), new List<JobRun>());
        for (var round = 0; round < Rounds; round++)
        {
            without.Add(await RunJobsAsync());
            await using var window = await _browser.NewWindowAsync(_users[0]);
            await _browser.OpenAsync(window, "ns/default/jobs");
            with.Add(await RunJobsAsync());
        }

        return new JsonObject
        {
            ["jobs_per_s_posted"] = TransitionsPerSecond / TransitionsOfJob,
            ["start_p50_ms_without"] = Array(without.Select(StartP50)),
            ["start_p50_ms_with"] = Array(with.Select(StartP50)),
            ["median_ratio"] = Figures.Percentile(with.Zip(without, (a, b) => StartP50(a) / StartP50(b)), 0.5),
            ["broker_cpu_s_without"] = Array(without.Select(BrokerCpu)),
            ["broker_cpu_s_with"] = Array(with.Select(BrokerCpu)),
            ["lost"] = without.Concat(with).Sum(run => run.Jobs - run.Distinct),
        };
    }

    private Task<JobRun> RunJobsAsync() =>
        JobRun.MeasureAsync(_system, _options, TransitionsPerSecond / TransitionsOfJob);

    private static double StartP50(JobRun run) => run.StartP50Ms;

    private static double BrokerCpu(JobRun run) => run.Cpu.ByProcess.Single(used => used.Name == "broker").Seconds;

    private static JsonArray Array(IEnumerable<double> values) =>
        new([.. values.Select(value => JsonValue.Create(Figures.Round(value)))]);
}
