using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ScheduleZero.HandlerAgent;

public static class HandlerAgentServices
{
    /// <summary>
    /// Runs a handler in this host: it connects when the host starts and drains when the host stops. Once for each
    /// host.
    /// </summary>
    public static AgentBuilder AddHandlerAgent(this IServiceCollection services, Action<HandlerAgentOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(service => service.ServiceType == typeof(AgentBuilder)))
        {
            throw new InvalidOperationException(
                "AddHandlerAgent was called before: a host runs one agent. Offer further methods on the "
                    + "builder it returned."
            );
        }

        var builder = new AgentBuilder(services, configure);
        services.AddSingleton(builder);
        services.AddSingleton<IHostedService, AgentHostedService>();
        return builder;
    }
}
