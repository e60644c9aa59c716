using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;

namespace ScheduleZero.Benchmarks.Peers;

/// <summary>
/// Quartz.NET with a clustered store in PostgreSQL. The agent looks for new triggers each second, because nobody tells
/// it of those that another process makes.
/// </summary>
internal sealed class QuartzPeer(string server) : Peer
{
    private const int Threads = 20;
    private const string NumberKey = "number";

    private static Action<int> _started = _ => { };

    private IHost? _host;
    private IScheduler? _scheduler;

    public override async Task BeginRunningAsync(int capacity, Action<int> started)
    {
        _started = started;
        await ConnectProducerAsync();
        await _scheduler!.Start();
    }

    public override async Task ConnectProducerAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.GenerateInstanceId = true;
                scheduler.IdleWaitTime = TimeSpan.FromSeconds(1);
            });
            quartz.UseDefaultThreadPool(Threads);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(server);
                store.UseClustering(_ => { });
                store.ProvisionSchema();
            });
        });
        _host = builder.Build();
        _scheduler = await _host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();
    }

    public override async Task PostAsync(int number)
    {
        var id = Guid.NewGuid().ToString();
        await _scheduler!.ScheduleJob(
            JobBuilder.Create<NumberedJob>().WithIdentity(id).UsingJobData(NumberKey, number).RequestRecovery().Build(),
            TriggerBuilder.Create().WithIdentity(id).StartNow().Build()
        );
    }

    public override ValueTask DisposeAsync()
    {
        _host?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The job that Quartz.NET makes and runs.</summary>
    public sealed class NumberedJob : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            _started(context.MergedJobDataMap.GetInt(NumberKey));
            return ValueTask.CompletedTask;
        }
    }
}
