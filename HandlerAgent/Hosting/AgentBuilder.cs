using System.Text.Json;
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
/// Says what a handler offers. With a host: <c>services.AddHandlerAgent(options => …)</c> returns one, and the host
/// runs it. Without: <c>await using var agent = AgentBuilder.Create(options => …).Handle(…).Start();</c>
/// </summary>
public sealed class AgentBuilder
{
    private readonly Dictionary<string, Func<JsonSerializerOptions, Method>> _methods = new(StringComparer.Ordinal);

    internal AgentBuilder(IServiceCollection services, Action<HandlerAgentOptions> configure)
    {
        Services = services;
        services.AddOptions<HandlerAgentOptions>().Configure(configure).ValidateOnStart();
        services.AddLogging();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<HandlerAgentOptions>, HandlerAgentRules>()
        );
        services.TryAddSingleton(TimeProvider.System);
    }

    /// <summary>What handlers may ask for in their constructors.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Spreads reconnects over time.</summary>
    internal Func<double> Chance { get; init; } = new Random().NextDouble;

    /// <summary>Begins an agent that runs without a host.</summary>
    public static AgentBuilder Create(Action<HandlerAgentOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return new AgentBuilder(new ServiceCollection(), configure);
    }

    /// <summary>Offers a method run by a class, made anew for each attempt in its scope.</summary>
    public AgentBuilder AddHandler<THandler, TParams, TResult>(string method, Action<MethodOptions>? configure = null)
        where THandler : class, IJobHandler<TParams, TResult>
    {
        Services.TryAddScoped<THandler>();
        return Handle<TParams, TResult>(
            method,
            (p, job) => job.Services.GetRequiredService<THandler>().HandleAsync(p, job, job.Cancellation),
            configure
        );
    }

    /// <summary>
    /// Offers a method run by a function. <see cref="RawJson"/> as params or result stands for the JSON as it is.
    /// </summary>
    public AgentBuilder Handle<TParams, TResult>(
        string method,
        Func<TParams, JobContext, Task<TResult>> code,
        Action<MethodOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(code);
        var offer = Offer(method, configure);
        return Add(method, json => Method.Of(offer, json, code));
    }

    /// <summary>Offers a method run by a function that has no result.</summary>
    public AgentBuilder Handle<TParams>(
        string method,
        Func<TParams, JobContext, Task> code,
        Action<MethodOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(code);
        var offer = Offer(method, configure);
        return Add(method, json => Method.Of(offer, json, code));
    }

    /// <summary>
    /// Starts an agent made by <see cref="Create"/>. It connects in the background; see
    /// <see cref="RunningAgent.WaitForWelcomeAsync"/>.
    /// </summary>
    /// <exception cref="OptionsValidationException">An option is missing or out of bounds.</exception>
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
        var json = options.Json ?? JsonConventions.Options;
        if (_methods.Count is 0 or > Limits.MethodsPerHandlerMax)
        {
            throw new InvalidOperationException(
                $"A handler offers 1 to {Limits.MethodsPerHandlerMax} methods; this one has {_methods.Count}."
            );
        }

        var time = services.GetRequiredService<TimeProvider>();
        var logger =
            services.GetService<ILoggerFactory>()?.CreateLogger("ScheduleZero.HandlerAgent") ?? NullLogger.Instance;
        var methods = _methods.ToDictionary(entry => entry.Key, entry => entry.Value(json), StringComparer.Ordinal);
        var parts = new AgentParts(
            options,
            methods,
            carrier ?? new Carriers(options, time, logger),
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

    private AgentBuilder Add(string method, Func<JsonSerializerOptions, Method> make) =>
        _methods.TryAdd(method, make)
            ? this
            : throw new ArgumentException($"Method {method} is offered twice.", nameof(method));

    private static OfferedMethod Offer(string method, Action<MethodOptions>? configure)
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
        return new OfferedMethod
        {
            Name = method,
            Description = options.Description,
            ParamsSchema = options.ParamsSchema,
            MaxConcurrent = options.MaxConcurrent,
        };
    }
}
