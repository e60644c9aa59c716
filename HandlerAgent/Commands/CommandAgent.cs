using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>How the ready agent is started. What is given here wins over the file.</summary>
public sealed record CommandAgentSettings
{
    /// <summary>The YAML file that names the handler and its commands.</summary>
    public required string ConfigFile { get; init; }

    /// <summary>Addresses in place of the file's; empty: the file's.</summary>
    public IReadOnlyList<string> Bridges { get; init; } = [];

    /// <summary>The API key in place of the file's credential.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The identity of an agent that enrolled, in place of any API key.</summary>
    public string? IdentityFile { get; init; }

    /// <summary>
    /// Looks for an identity that was enrolled on this machine, by the handler's name; null when there is none. Asked
    /// when neither these settings nor the file name a credential.
    /// </summary>
    public Func<string, string?> FindIdentity { get; init; } = _ => null;

    /// <summary>
    /// An API key that is at hand without being named for this agent, such as that of the environment. Taken when
    /// nothing is named, and <see cref="FindIdentity"/> finds nothing.
    /// </summary>
    public string? DefaultApiKey { get; init; }

    /// <summary>The identity to take when there is nothing else.</summary>
    public string? DefaultIdentityFile { get; init; }

    /// <summary>Where the line <c>ready: agent NAME BRIDGE</c> goes.</summary>
    public TextWriter Output { get; init; } = Console.Out;

    /// <summary>Where complaints go.</summary>
    public TextWriter Error { get; init; } = Console.Error;

    /// <summary>For the agent's own log. Unset: warnings and worse go to <see cref="Error"/>.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Further options, such as a proxy; applied last.</summary>
    public Action<HandlerAgentOptions>? Configure { get; init; }
}

/// <summary>The ready agent: offers the allow-listed commands of a file as methods.</summary>
public static class CommandAgent
{
    private const string DefaultBridge = "http://127.0.0.1:8890";

    /// <summary>
    /// Runs until <paramref name="stop"/> or the Broker's last word. Returns 0 after a clean stop, 2 for bad
    /// configuration, 1 otherwise.
    /// </summary>
    /// <param name="stop">Asks for a graceful stop.</param>
    public static async Task<int> RunAsync(CommandAgentSettings settings, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(settings);
        try
        {
            var config = AgentConfig.Load(settings.ConfigFile);
            var logs = settings.LoggerFactory ?? new WriterLoggerFactory(settings.Error);
            using var guardian = new CommandGuardian(logs.CreateLogger("ScheduleZero.HandlerAgent.Commands"));
            await using var agent = Build(config, settings, logs, guardian).Start();
            return await ServeAsync(agent, config, settings, stop);
        }
        catch (Exception e) when (e is ConfigException or OptionsValidationException)
        {
            await settings.Error.WriteLineAsync($"Bad configuration: {e.Message}");
            return 2;
        }
        catch (AgentStoppedException e)
        {
            await settings.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static async Task<int> ServeAsync(
        RunningAgent agent,
        AgentConfig config,
        CommandAgentSettings settings,
        CancellationToken stop
    )
    {
        try
        {
            var bridge = await agent.WaitForWelcomeAsync(stop);
            await settings.Output.WriteLineAsync($"ready: agent {config.Handler} {bridge.OriginalString}");
            await settings.Output.FlushAsync(CancellationToken.None);
            await agent.Completion.WaitAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await agent.StopAsync(CancellationToken.None);
        }

        return 0;
    }

    private static AgentBuilder Build(
        AgentConfig config,
        CommandAgentSettings settings,
        ILoggerFactory logs,
        CommandGuardian guardian
    )
    {
        if (!ProcessGroup.IsSupported)
        {
            throw new ConfigException(
                "setsid",
                "this program (util-linux or busybox) is needed to end commands with all their children, and "
                    + "is not in PATH"
            );
        }

        var builder = AgentBuilder.Create(options => Apply(config, settings, options));
        builder.Services.Replace(ServiceDescriptor.Singleton(logs));
        foreach (var method in config.Methods)
        {
            builder.Handle<Contracts.RawJson, Contracts.RawJson>(
                method.Name,
                (parameters, job) => CommandRun.RunAsync(method, parameters, job, guardian),
                offer =>
                {
                    offer.Description = method.Description;
                    offer.ParamsSchema = method.Params.Schema();
                    offer.MaxConcurrent = method.MaxConcurrent;
                }
            );
        }

        return builder;
    }

    private static void Apply(AgentConfig config, CommandAgentSettings settings, HandlerAgentOptions options)
    {
        options.Handler = config.Handler;
        TakeCredential(config, settings, options);
        options.OfflineFolder = config.OfflineFolder;
        options.Capacity = config.Capacity ?? options.Capacity;
        string[] bridges = settings.Bridges.Count > 0 ? [.. settings.Bridges] : [.. config.Bridges];
        foreach (var bridge in bridges.DefaultIfEmpty(DefaultBridge))
        {
            options.Bridges.Add(bridge);
        }

        foreach (var group in config.Groups)
        {
            options.Groups.Add(group);
        }

        foreach (var (name, value) in config.Labels)
        {
            options.Labels[name] = value;
        }

        settings.Configure?.Invoke(options);
    }

    // The first that is named wins: by the settings, by the file, by an enrolment on this machine. What merely lies
    // about comes last.
    private static void TakeCredential(AgentConfig config, CommandAgentSettings settings, HandlerAgentOptions options)
    {
        if (settings.IdentityFile is not null || settings.ApiKey is not null)
        {
            options.IdentityFile = settings.IdentityFile;
            options.ApiKey = settings.IdentityFile is null ? settings.ApiKey : null;
        }
        else if (config.IdentityFile is not null || config.ApiKeyFile is not null)
        {
            (options.IdentityFile, options.ApiKeyFile) = (config.IdentityFile, config.ApiKeyFile);
        }
        else
        {
            options.IdentityFile = settings.FindIdentity(config.Handler);
            options.ApiKey = options.IdentityFile is null ? settings.DefaultApiKey : null;
            options.IdentityFile ??= options.ApiKey is null ? settings.DefaultIdentityFile : null;
        }

        if (settings.DefaultApiKey is not null && options.ApiKey is null)
        {
            var taken = options.IdentityFile ?? options.ApiKeyFile;
            settings.Error.WriteLine(
                $"note: the API key of the environment is not used; {config.Handler} proves itself by {taken}"
            );
        }
    }
}
