using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ScheduleZero.HandlerAgent;

/// <summary>Adds a handler to the services of a host.</summary>
public static class HandlerAgentServiceCollectionExtensions
{
    /// <summary>
    /// Runs a handler in the host: the agent connects when the host starts, and drains when the host stops. A host runs
    /// one agent.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder on which methods are offered.</returns>
    /// <exception cref="InvalidOperationException">The host has an agent already.</exception>
    /// <example>
    /// <code>
    /// builder.Services
    ///     .AddHandlerAgent(options =>
    ///     {
    ///         options.Handler = "office-7";
    ///         options.ApiKeyFile = "/etc/office-7.key";
    ///         options.Bridges.Add("https://bridge.example");
    ///     })
    ///     .AddHandler&lt;RenderReport, RenderParams, RenderedReport&gt;("reports.render");
    /// </code>
    /// </example>
    public static AgentBuilder AddHandlerAgent(this IServiceCollection services, Action<HandlerAgentOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, configuration: null, configure);
    }

    /// <summary>
    /// Runs a handler in the host, with options that are bound from a configuration: the agent connects when the host
    /// starts, and drains when the host stops. A host runs one agent.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configuration">
    /// The section whose keys are the names of <see cref="HandlerAgentOptions"/>; a key that is no option is refused
    /// when the host starts, so that a slip does not become a default. What the section says after that does not count.
    /// </param>
    /// <param name="configure">Sets further options, after those of the section; null for none.</param>
    /// <returns>The builder on which methods are offered.</returns>
    /// <exception cref="InvalidOperationException">The host has an agent already.</exception>
    /// <example>
    /// <code>
    /// builder.Services
    ///     .AddHandlerAgent(builder.Configuration.GetSection("HandlerAgent"))
    ///     .AddHandler&lt;RenderReport, RenderParams, RenderedReport&gt;("reports.render");
    /// </code>
    /// </example>
    public static AgentBuilder AddHandlerAgent(
        this IServiceCollection services,
        IConfiguration configuration,
        Action<HandlerAgentOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, configuration, configure);
    }

    private static AgentBuilder Add(
        IServiceCollection services,
        IConfiguration? configuration,
        Action<HandlerAgentOptions>? configure
    )
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(service => service.ServiceType == typeof(AgentBuilder)))
        {
            throw new InvalidOperationException(
                "AddHandlerAgent was called before: a host runs one agent. Offer further methods on the "
                    + "builder it returned."
            );
        }

        var builder = new AgentBuilder(services, configuration, configure);
        services.AddSingleton(builder);
        services.AddSingleton<IHostedService, AgentHostedService>();
        return builder;
    }
}
