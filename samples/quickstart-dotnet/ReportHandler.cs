using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.QuickStart;

/// <summary>Offers two methods until it is stopped: one run by a class, one by a function.</summary>
internal static class ReportHandler
{
    /// <param name="bridges"><c>http(s)://…</c> of Bridges, or <c>tcp://…</c> of a Broker's ROUTER.</param>
    public static async Task RunAsync(IReadOnlyList<string> bridges)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<PageCounter>();
        builder
            .Services.AddHandlerAgent(options =>
            {
                options.Handler = "office-7";
                options.ApiKey = Environment.GetEnvironmentVariable("SCHEDULEZERO_API_KEY");
                options.Capacity = 4;
                foreach (var bridge in bridges)
                {
                    options.Bridges.Add(bridge);
                }
            })
            .AddHandler<RenderReport, RenderParams, RenderedReport>(
                "reports.render",
                method => method.Description = "Renders a month's report"
            )
            .Handle("numbers.sum", (IReadOnlyList<int> numbers, JobContext job) => Task.FromResult(numbers.Sum()));
        await builder.Build().RunAsync();
    }
}

internal sealed record RenderParams(string Month, int Pages);

internal sealed record RenderedReport(string Title, int PagesSoFar);

/// <summary>Any service of the application's.</summary>
internal sealed class PageCounter
{
    private int _pages;

    public int Add(int pages) => Interlocked.Add(ref _pages, pages);
}

/// <summary>Made anew for each attempt, with what it asks for in its constructor.</summary>
internal sealed class RenderReport(PageCounter counter, TimeProvider time) : IJobHandler<RenderParams, RenderedReport>
{
    public async Task<RenderedReport> HandleAsync(RenderParams p, JobContext job, CancellationToken ct)
    {
        if (p.Pages < 1)
        {
            throw new JobFailedException("no_pages", "A report has at least one page.", retryable: false);
        }

        for (var page = 1; page <= p.Pages; page++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, ct);
            job.Log(LogLevel.Information, $"Rendered page {page}");
            job.ReportProgress(100.0 * page / p.Pages);
        }

        return new RenderedReport($"Report of {p.Month}", counter.Add(p.Pages));
    }
}
