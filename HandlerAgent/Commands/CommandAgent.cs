using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScheduleZero.Certificates;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>The ready agent, which offers the allow-listed commands of a configuration file as methods.</summary>
public static class CommandAgent
{
    private const string DefaultBridge = "http://127.0.0.1:8890";

    /// <summary>Runs the agent until it is asked to stop, or the Broker does not want it any more.</summary>
    /// <param name="settings">How the agent is started.</param>
    /// <param name="cancellationToken">Asks for a stop that lets running commands end first.</param>
    /// <returns>An exit code: 0 after a clean stop, 2 for a bad configuration, 1 otherwise.</returns>
    public static async Task<int> RunAsync(CommandAgentSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        try
        {
            var config = AgentConfig.Load(settings.ConfigFile);
            var logs = settings.LoggerFactory ?? new WriterLoggerFactory(settings.Error);
            using var guardian = new CommandGuardian(logs.CreateLogger("ScheduleZero.HandlerAgent.Commands"));
            await using var agent = Build(config, settings, logs, guardian).Start();
            return await ServeAsync(agent, config, settings, cancellationToken);
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
        CancellationToken cancellationToken
    )
    {
        try
        {
            var bridge = await agent.WaitForWelcomeAsync(cancellationToken);
            await settings.Output.WriteLineAsync($"ready: agent {config.Handler} {bridge.OriginalString}");
            await settings.Output.FlushAsync(CancellationToken.None);
            await agent.Completion.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
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

    /// <summary>Reads what an agent with these settings would run with, and the methods that it would offer.</summary>
    /// <exception cref="ConfigException">The configuration file makes no sense.</exception>
    internal static (HandlerAgentOptions Options, IReadOnlyList<string> Methods) ReadOptions(
        CommandAgentSettings settings
    )
    {
        var config = settings.ConfigFile.Length == 0 ? AgentConfig.Empty : AgentConfig.Load(settings.ConfigFile);
        var options = new HandlerAgentOptions();
        Apply(config, settings, options);
        return (options, [.. config.Methods.Select(method => method.Name)]);
    }

    private static void Apply(AgentConfig config, CommandAgentSettings settings, HandlerAgentOptions options)
    {
        options.Handler = config.Handler;
        ChooseCredential(config, settings, options);
        options.Sealed = config.Sealed;
        options.OfflineFolder = config.OfflineFolder;
        options.Capacity = config.Capacity ?? options.Capacity;
        string[] bridges = settings.Bridges.Count > 0 ? [.. settings.Bridges] : [.. config.Bridges];
        foreach (var bridge in bridges.DefaultIfEmpty(DefaultBridge))
        {
            options.Bridges.Add(bridge);
        }

        ApplyTls(config, settings, options);
        var proxy = AgentProxySetting.Read(
            settings.Proxy ?? config.Proxy,
            settings.ProxyCredentialsFile ?? config.ProxyCredentialsFile
        );
        (options.Proxy, options.UseEnvironmentProxy) = (proxy.Proxy, proxy.UseEnvironment);
        options.StateFile = config.StateFile ?? settings.FindStateFile(config.Handler);
        options.CurveKeyFile = settings.CurveKeyFile ?? config.CurveKey;
        foreach (var key in settings.CurveServerKeys.Count > 0 ? settings.CurveServerKeys : config.CurveServerKeys)
        {
            options.CurveServerKeys.Add(key);
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

    private static void ApplyTls(AgentConfig config, CommandAgentSettings settings, HandlerAgentOptions options)
    {
        var given = new ClientTlsFiles(
            settings.CertificateAuthorityFile,
            settings.ClientCertificateFile,
            settings.ClientKeyFile,
            settings.ClientPasswordFile
        );
        var tls = ClientTlsFiles.FirstOf(given, config.Tls);
        options.CertificateAuthorityFile = tls.Authority;
        options.ClientCertificateFile = tls.Certificate;
        options.ClientKeyFile = tls.Key;
        options.ClientPasswordFile = tls.Password;
    }

    // The first credential wins that the settings, the file or an enrolment on this machine name. A credential that
    // is merely at hand comes last.
    private static void ChooseCredential(AgentConfig config, CommandAgentSettings settings, HandlerAgentOptions options)
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
