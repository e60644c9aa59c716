using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Identity;
using ScheduleZero.HandlerAgent.Offline;

namespace ScheduleZero.HandlerAgent;

/// <summary>
/// Collects the methods that a handler offers. In a host, <c>services.AddHandlerAgent(options => …)</c> returns a
/// builder, and the host runs the agent. Elsewhere, <c>AgentBuilder.Create(options => …)</c> makes a builder, and
/// <see cref="Start()"/> runs the agent.
/// </summary>
/// <example>
/// <code>
/// await using var agent = AgentBuilder
///     .Create(options =>
///     {
///         options.Handler = "office-7";
///         options.ApiKeyFile = "office-7.key";
///         options.Bridges.Add("https://bridge.example");
///     })
///     .Handle("numbers.sum", (int[] numbers, JobContext job) => Task.FromResult(numbers.Sum()))
///     .Start();
/// await agent.Completion;
/// </code>
/// </example>
public sealed class AgentBuilder
{
    private readonly Dictionary<string, MethodRegistration> _methods = new(StringComparer.Ordinal);

    internal AgentBuilder(
        IServiceCollection services,
        IConfiguration? configuration,
        Action<HandlerAgentOptions>? configure
    )
    {
        Services = services;
        var options = services.AddOptions<HandlerAgentOptions>().ValidateOnStart();
        if (configuration is not null)
        {
            options.Bind(configuration, static binder => binder.ErrorOnUnknownConfiguration = true);
        }

        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddLogging();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<HandlerAgentOptions>, HandlerAgentRules>()
        );
        services.TryAddSingleton(TimeProvider.System);
    }

    /// <summary>The services that classes which run methods may ask for in their constructors.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Draws a number from [0, 1), by which reconnects are spread over time.</summary>
    internal Func<double> Chance { get; init; } = new Random().NextDouble;

    /// <summary>Makes a builder for an agent that runs without a host.</summary>
    /// <param name="configure">Sets the options. Called once, by <see cref="Start()"/>.</param>
    /// <returns>The builder on which methods are offered.</returns>
    public static AgentBuilder Create(Action<HandlerAgentOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return new AgentBuilder(new ServiceCollection(), configuration: null, configure);
    }

    /// <summary>
    /// Makes a builder for an agent that runs without a host, with options that are bound from a configuration.
    /// </summary>
    /// <param name="configuration">
    /// The section whose keys are the names of <see cref="HandlerAgentOptions"/>; <see cref="Start()"/> refuses a key
    /// that is no option.
    /// </param>
    /// <param name="configure">Sets further options, after those of the section; null for none.</param>
    /// <returns>The builder on which methods are offered.</returns>
    public static AgentBuilder Create(IConfiguration configuration, Action<HandlerAgentOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new AgentBuilder(new ServiceCollection(), configuration, configure);
    }

    /// <summary>
    /// Offers a method that a class runs. The class is registered as a scoped service unless the application has
    /// registered it, and is taken from the scope of each attempt.
    /// </summary>
    /// <typeparam name="THandler">The class that runs the attempts.</typeparam>
    /// <typeparam name="TParams">What the params are read as.</typeparam>
    /// <typeparam name="TResult">What is written as the result.</typeparam>
    /// <param name="method">
    /// The name that jobs ask for: letters, digits and <c>. _ : -</c>, at most 128 characters.
    /// </param>
    /// <param name="configure">What the Broker is told of the method besides its name.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The name is not valid, or is offered already.</exception>
    public AgentBuilder AddHandler<THandler, TParams, TResult>(string method, Action<MethodOptions>? configure = null)
        where THandler : class, IJobHandler<TParams, TResult>
    {
        Services.TryAddScoped<THandler>();
        return Handle<TParams, TResult>(
            method,
            static (parameters, job) => job.Services.GetRequiredService<THandler>().HandleAsync(parameters, job),
            configure
        );
    }

    /// <summary>
    /// Offers a method that a class runs and that has no result. The class is registered as a scoped service unless the
    /// application has registered it, and is taken from the scope of each attempt.
    /// </summary>
    /// <typeparam name="THandler">The class that runs the attempts.</typeparam>
    /// <typeparam name="TParams">What the params are read as.</typeparam>
    /// <param name="method">
    /// The name that jobs ask for: letters, digits and <c>. _ : -</c>, at most 128 characters.
    /// </param>
    /// <param name="configure">What the Broker is told of the method besides its name.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The name is not valid, or is offered already.</exception>
    public AgentBuilder AddHandler<THandler, TParams>(string method, Action<MethodOptions>? configure = null)
        where THandler : class, IJobHandler<TParams>
    {
        Services.TryAddScoped<THandler>();
        return Handle<TParams>(
            method,
            static (parameters, job) => job.Services.GetRequiredService<THandler>().HandleAsync(parameters, job),
            configure
        );
    }

    /// <summary>
    /// Offers a method that a function runs. <see cref="RawJson"/> as params or result stands for the JSON as it is.
    /// </summary>
    /// <typeparam name="TParams">What the params are read as.</typeparam>
    /// <typeparam name="TResult">What is written as the result.</typeparam>
    /// <param name="method">
    /// The name that jobs ask for: letters, digits and <c>. _ : -</c>, at most 128 characters.
    /// </param>
    /// <param name="handler">Runs one attempt, as <see cref="IJobHandler{TParams, TResult}.HandleAsync"/> does.</param>
    /// <param name="configure">What the Broker is told of the method besides its name.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The name is not valid, or is offered already.</exception>
    public AgentBuilder Handle<TParams, TResult>(
        string method,
        Func<TParams, JobContext, Task<TResult>> handler,
        Action<MethodOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add<TParams>(method, configure, (offer, json) => Method.Of(offer, json, handler));
    }

    /// <summary>Offers a method that a function runs and that has no result.</summary>
    /// <typeparam name="TParams">What the params are read as.</typeparam>
    /// <param name="method">
    /// The name that jobs ask for: letters, digits and <c>. _ : -</c>, at most 128 characters.
    /// </param>
    /// <param name="handler">Runs one attempt, as <see cref="IJobHandler{TParams}.HandleAsync"/> does.</param>
    /// <param name="configure">What the Broker is told of the method besides its name.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The name is not valid, or is offered already.</exception>
    public AgentBuilder Handle<TParams>(
        string method,
        Func<TParams, JobContext, Task> handler,
        Action<MethodOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add<TParams>(method, configure, (offer, json) => Method.Of(offer, json, handler));
    }

    /// <summary>
    /// Starts the agent of a builder that <c>Create</c> made. The agent connects in the background;
    /// <see cref="RunningAgent.WaitForWelcomeAsync"/> waits for that.
    /// </summary>
    /// <returns>The agent; disposing it stops the agent.</returns>
    /// <exception cref="OptionsValidationException">
    /// An option is missing or out of bounds, or a file that an option names cannot be used.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// No method is offered, or more than 1,000 are; or the configuration has a key that is no option, or a value of
    /// the wrong kind.
    /// </exception>
    public RunningAgent Start()
    {
        var provider = Services.BuildServiceProvider();
        return Start(provider, carrier: null, owned: provider);
    }

    internal RunningAgent Start(IServiceProvider services, ICarrier? carrier, IAsyncDisposable? owned) =>
        RunningAgent.Start(Assemble(services, carrier, owned));

    internal AgentParts Assemble(IServiceProvider services, ICarrier? carrier, IAsyncDisposable? owned)
    {
        var options = services.GetRequiredService<IOptions<HandlerAgentOptions>>().Value;
        if (_methods.Count is 0 or > Limits.MethodsPerHandlerMax)
        {
            throw new InvalidOperationException(
                $"A handler offers 1 to {Limits.MethodsPerHandlerMax} methods; this one has {_methods.Count}."
            );
        }

        var time = services.GetRequiredService<TimeProvider>();
        var logger =
            services.GetService<ILoggerFactory>()?.CreateLogger("ScheduleZero.HandlerAgent") ?? NullLogger.Instance;
        var parts = new AgentParts(
            options,
            MethodRegistration.ToMethods(_methods.Values, new MethodJson(options.SerializerOptions), logger),
            carrier ?? new Carriers(options, time, Chance, logger),
            services.GetRequiredService<IServiceScopeFactory>(),
            time,
            Chance,
            logger,
            owned,
            OpenIdentity(options)
        );
        return options.OfflineFolder is { } folder ? parts with { Offline = OpenOffline(folder, parts) } : parts;
    }

    private static OfflineFolder OpenOffline(string folder, AgentParts parts)
    {
        try
        {
            return OfflineFolder.Open(folder, parts.Options.Handler, parts.Logger);
        }
        catch (OfflineException e)
        {
            parts.Identity?.Dispose();
            throw new OptionsValidationException(
                nameof(HandlerAgentOptions),
                typeof(HandlerAgentOptions),
                [$"OfflineFolder: {e.Message}"]
            );
        }
    }

    private static AgentIdentity? OpenIdentity(HandlerAgentOptions options)
    {
        try
        {
            return options.IdentityFile is { } file ? AgentIdentity.Open(file) : null;
        }
        catch (IdentityException e)
        {
            throw new OptionsValidationException(
                nameof(HandlerAgentOptions),
                typeof(HandlerAgentOptions),
                [$"IdentityFile: {e.Message}"]
            );
        }
    }

    private AgentBuilder Add<TParams>(
        string method,
        Action<MethodOptions>? configure,
        Func<OfferedMethod, MethodJson, Method> wrap
    )
    {
        if (!Names.IsName(method))
        {
            throw new ArgumentException(
                $"\"{method}\" is not a name (letters, digits and . _ : -, 128 at most).",
                nameof(method)
            );
        }

        var options = new MethodOptions();
        configure?.Invoke(options);
        return _methods.TryAdd(
            method,
            new MethodRegistration(method, options, typeof(TParams), MethodValues.HasNull<TParams>(), wrap)
        )
            ? this
            : throw new ArgumentException($"Method {method} is offered twice.", nameof(method));
    }
}
