using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host;

/// <summary>Starts a Broker inside this process. The Broker reads no configuration but the given settings.</summary>
public static class BrokerServer
{
    internal static string Version { get; } = typeof(BrokerServer).Assembly.GetName().Version!.ToString(3);

    /// <summary>Starts a Broker, which serves when this returns.</summary>
    /// <param name="logging">Adds the log's destinations; null for none.</param>
    /// <exception cref="BrokerSettingsException">The settings are wrong.</exception>
    /// <exception cref="Storage.StoreTakenException">Another process holds the store.</exception>
    /// <exception cref="IOException">A URL is taken.</exception>
    /// <exception cref="NetMQ.NetMQException">An endpoint of the ROUTER is taken.</exception>
    public static async Task<RunningBroker> StartAsync(
        BrokerSettings settings,
        Action<ILoggingBuilder>? logging,
        CancellationToken cancellationToken
    )
    {
        settings.Validate();
        var time = TimeProvider.System;
        var logs = MakeLog(logging);
        var store = await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions { Folder = settings.DataFolder },
            time,
            logs.CreateLogger<LiteDbStore>(),
            cancellationToken
        );
        RunningBroker broker;
        try
        {
            broker = new RunningBroker(settings, new BrokerParts(settings, store, logs, time));
        }
        catch
        {
            await store.DisposeAsync();
            logs.Dispose();
            throw;
        }

        try
        {
            await broker.StartAsync(cancellationToken);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    private static ILoggerFactory MakeLog(Action<ILoggingBuilder>? logging) =>
        LoggerFactory.Create(builder =>
            builder
                .AddServerLog(logging)
                // This logger is quieter, since it writes a line for every wrong credential, under the name of our
                // class: whoever tries keys would fill a disk.
                .AddFilter(typeof(BearerAuthentication).FullName, LogLevel.Warning)
                // This logger is quieter, since it warns at each start that its keys lie in files. The folder is closed
                // to others, and the docs say so.
                .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
        );
}
