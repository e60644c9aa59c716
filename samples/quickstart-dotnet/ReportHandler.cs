using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.QuickStart;

/// <summary>
/// Offers two methods until it is stopped: one run by a class, one by a function. Who the handler is and where it dials
/// stands in appsettings.json and in the environment (<c>HandlerAgent__ApiKey</c>).
/// </summary>
internal static class ReportHandler
{
    public static async Task RunAsync()
    {
        var builder = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory }
        );
        builder.Services.AddSingleton<PageCounter>();
        builder
            .Services.AddHandlerAgent(builder.Configuration.GetSection("HandlerAgent"))
            .AddHandler<RenderReport, RenderParams, RenderedReport>("reports.render")
            .Handle("numbers.sum", (int[] numbers, JobContext _) => Task.FromResult(numbers.Sum()));
        await builder.Build().RunAsync();
    }
}

/// <summary>A job without a month is refused when it is made, since its member may not be null.</summary>
internal sealed record RenderParams(string Month, int Pages = 1);

internal sealed record RenderedReport(string Title, int PagesSoFar);

/// <summary>A service of the application, as any other.</summary>
internal sealed class PageCounter
{
    private int _pages;

    public int Add(int pages) => Interlocked.Add(ref _pages, pages);
}

/// <summary>Renders one report. An instance is made for each attempt, with what its constructor asks for.</summary>
internal sealed class RenderReport(PageCounter counter, TimeProvider time) : IJobHandler<RenderParams, RenderedReport>
{
    public async Task<RenderedReport> HandleAsync(RenderParams parameters, JobContext job)
    {
        if (parameters.Pages < 1)
        {
            throw new JobFailedException("no_pages", "A report has at least one page.", retryable: false);
        }

        for (var page = 1; page <= parameters.Pages; page++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, job.CancellationToken);
            job.Log(LogLevel.Information, $"Rendered page {page}");
            job.ReportProgress(100.0 * page / parameters.Pages);
        }

        return new RenderedReport($"Report of {parameters.Month}", counter.Add(parameters.Pages));
    }
}
