using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// Measures how long each list, filter and sum of REST takes to its first full page, with many finished and waiting
/// jobs in the store.
/// </summary>
internal static class SearchLoad
{
    private const int Asks = 20;
    private const int PagesMax = 200;

    private static readonly string[] _paths =
    [
        "jobs",
        "jobs?state=ready",
        "jobs?state=scheduled",
        "jobs?state=running",
        "jobs?state=succeeded",
        "jobs?state=failed",
        "jobs?state=cancelled",
        "jobs?state=expired",
        "jobs?method=method.m7",
        "jobs?method=none",
        "jobs?state=succeeded&method=method.m7",
        "jobs?state=failed&method=method.m7",
        "jobs?handler=office-7",
        "jobs?handler=office-7&state=failed",
        "jobs?handler=office-7&method=method.m7",
        "jobs?group=emea",
        "jobs?tag=blue",
        "jobs?tag=rare",
        "jobs?tag=rare&state=failed",
        "jobs?tag=rare&method=method.m7&state=succeeded",
        "jobs?schedule=nightly",
        "jobs?schedule=nightly&state=failed",
        "jobs?limit=500&include=params,result",
        "jobs?from={-10h}&to={-9h}",
        "jobs?from={-10h}&to={-9h}&state=failed",
        "jobs?from={-90d}&to={-80d}",
        "jobs?from={+1h}",
        "jobs?q=m7",
        "jobs?q=fire&state=failed",
        "jobs?q=nowhere",
        "executions",
        "executions?handler=office-7",
        "executions?method=method.m7",
        "executions?outcome=failed",
        "executions?outcome=lost",
        "executions?schedule=nightly",
        "executions?outcome=failed&method=method.m7",
        "executions?from={-10h}&to={-9h}",
        "executions?from={-90d}&to={-80d}",
        "executions?limit=500&include=result",
        "executions/stats",
        "executions/stats?by=method",
        "executions/stats?by=handler",
        "executions/stats?window=P31D&by=handler",
        "executions/stats?window=PT1H",
        "batches",
        "handlers",
        "schedules",
        "calendars",
    ];

    public static async Task<JsonObject> RunAsync(LoadSystem system, LoadOptions options)
    {
        double lives;
        await using (var store = await SearchFill.OpenAsync(system.Stage.DataFolder))
        {
            var fill = new SearchFill(store);
            lives = await fill.FinishAsync(options.Searches, options.FillsOnly);
            await fill.WaitAsync(options.Waiting);
        }

        if (options.FillsOnly)
        {
            return new JsonObject
            {
                ["mode"] = "fill",
                ["jobs"] = options.Searches,
                ["lives_per_s"] = Figures.Round(lives, 0),
            };
        }

        var start = Stopwatch.GetTimestamp();
        await system.StartServersAsync(needsBridge: false);
        var started = Stopwatch.GetElapsedTime(start);
        using var client = new HttpClient { BaseAddress = new Uri(system.Stage.Rest, "/api/namespaces/default/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", system.Stage.AdminKey);
        var rows = new JsonObject();
        foreach (var path in _paths)
        {
            rows[path] = await MeasureAsync(client, path);
        }

        return new JsonObject
        {
            ["mode"] = "searches",
            ["finished"] = options.Searches,
            ["waiting"] = options.Waiting,
            ["lives_per_s"] = Figures.Round(lives, 0),
            ["start_s"] = Figures.Round(started.TotalSeconds),
            ["broker_rss_mib"] = Figures.Round(ProcessMeter.RssMib(system.Broker.Id), 0),
            ["store_mib"] =
                new DirectoryInfo(system.Stage.DataFolder).EnumerateFiles("broker.*").Sum(file => file.Length)
                / (1024 * 1024),
            ["first_full_page"] = rows,
        };
    }

    private static async Task<JsonObject> MeasureAsync(HttpClient client, string path)
    {
        var (times, requests, items) = (new List<double>(), 0, 0);
        for (var i = 0; i <= Asks; i++)
        {
            var watch = Stopwatch.StartNew();
            (requests, items) = await FirstFullPageAsync(client, path);
            if (i > 0)
            {
                times.Add(watch.Elapsed.TotalMilliseconds); // The first request compiled code, and does not count.
            }

            if (requests > 1 && i >= 2)
            {
                break;
            }
        }

        return new JsonObject
        {
            ["p50_ms"] = Figures.Percentile(times, 0.5),
            ["p95_ms"] = Figures.Percentile(times, 0.95),
            ["requests"] = requests,
            ["items"] = items,
        };
    }

    // Follows pages until one full page of rows has come, or there are no more rows.
    private static async Task<(int Requests, int Items)> FirstFullPageAsync(HttpClient client, string path)
    {
        var limit = path.Contains("limit=500", StringComparison.Ordinal) ? 500 : 50;
        var (requests, items) = (0, 0);
        string? cursor = null;
        do
        {
            var at =
                Instants(path)
                + (
                    cursor is null
                        ? ""
                        : (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + $"cursor={cursor}"
                );
            using var body = JsonDocument.Parse(await client.GetByteArrayAsync(at));
            items += body.RootElement.GetProperty("items").GetArrayLength();
            cursor = body.RootElement.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
            requests++;
        } while (cursor is not null && items < limit && requests < PagesMax);
        return (requests, items);
    }

    private static string Instants(string path)
    {
        var now = TimeProvider.System.GetUtcNow();
        foreach (
            var (word, span) in new[]
            {
                ("{-10h}", -10.0 / 24),
                ("{-9h}", -9.0 / 24),
                ("{-90d}", -90),
                ("{-80d}", -80),
                ("{+1h}", 1.0 / 24),
            }
        )
        {
            path = path.Replace(word, now.AddDays(span).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"), StringComparison.Ordinal);
        }

        return path;
    }
}
