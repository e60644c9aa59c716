using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ScheduleZero.HandlerAgent;

/// <summary>Starts and stops an agent with its host.</summary>
internal sealed class AgentHostedService(
    AgentBuilder builder,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    IOptions<HandlerAgentOptions> options
) : IHostedService
{
    private RunningAgent? _agent;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _agent = builder.Start(
            services,
            (Connection.ICarrier?)services.GetService(typeof(Connection.ICarrier)),
            owned: null
        );
        _ = StopHostOnFailureAsync(_agent);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_agent is { } agent)
        {
            await agent.StopAsync(cancellationToken);
            await agent.DisposeAsync();
        }
    }

    private async Task StopHostOnFailureAsync(RunningAgent agent)
    {
        await agent.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // The connection loop has logged the code and what it means.
        if (agent.Completion.IsFaulted && options.Value.StopHostOnFailure)
        {
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }
}
