using System.Globalization;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Broker.Host;

/// <summary>Makes settings from flags and environment variables. A flag wins over its variable.</summary>
public static class BrokerArguments
{
    // The largest number of hours that is read as it is, and that a larger one is read as: it is more than settings
    // allow, so that they refuse it, and small enough for a time span.
    private const int SessionHoursReadMax = 1_000_000;

    /// <summary>The options of the Broker's command line.</summary>
    public static IReadOnlyList<ServerOption> Options => BrokerOptions.Lines;

    /// <summary>The help of the Broker's own program.</summary>
    public static string Usage { get; } =
        ServerHelp.Write(
            "Usage: broker [--data DIR] [--urls URL…] [--router ENDPOINT…]",
            Options,
            $"{BrokerOptions.BootstrapKey} is the admin key of the first start, in place of one that is made and "
                + "printed once."
        );

    /// <summary>Reads settings from the arguments of the Broker's own program.</summary>
    /// <param name="environment">Looks up a variable; null or empty when the variable is not set.</param>
    /// <exception cref="BrokerSettingsException">A flag is unknown or has a wrong value.</exception>
    public static BrokerSettings Read(IReadOnlyList<string> arguments, Func<string, string?> environment)
    {
        CommandFlags flags;
        try
        {
            flags = new CommandFlags(
                arguments,
                Options.ToDictionary(option => option.Name, option => option.ValueCount)
            );
        }
        catch (FormatException e)
        {
            throw new BrokerSettingsException($"{e.Message}{Environment.NewLine}{Usage}");
        }

        return From(flags, environment);
    }

    /// <summary>Makes settings from flags that were read already.</summary>
    /// <exception cref="BrokerSettingsException">A value makes no sense.</exception>
    public static BrokerSettings From(CommandFlags flags, Func<string, string?> environment)
    {
        var given = new GivenOptions(flags, environment);
        var defaults = new BrokerSettings();
        var dataFolder = given.Text("--data") ?? defaults.DataFolder;
        return new BrokerSettings
        {
            DataFolder = dataFolder,
            Urls = given.List("--urls") ?? defaults.Urls,
            Router = given.List("--router") ?? defaults.Router,
            Curve = CurveFlags.Of(flags).ToSettings(environment),
            Tls = TlsFlags.Of(flags).ToSettings(environment, "SCHEDULEZERO_", BrokerOptions.AcmeFolder(dataFolder)),
            BootstrapKey = environment(BrokerOptions.BootstrapKey)?.Trim() ?? "",
            HistoryRetention = Days(given.Text("--history-days")) ?? defaults.HistoryRetention,
            AuditRetention = Days(given.Text("--audit-days")) ?? defaults.AuditRetention,
            RequestsPerMinute = Number(given.Text("--requests-per-minute")) ?? defaults.RequestsPerMinute,
            AnonymousRequestsPerMinute =
                Number(given.Text("--anonymous-requests-per-minute")) ?? defaults.AnonymousRequestsPerMinute,
            ConnectionsPerAddress = Number(given.Text("--connections-per-address")) ?? defaults.ConnectionsPerAddress,
            TrustedProxies = given.List("--trusted-proxies") ?? defaults.TrustedProxies,
            AllowFrom = given.List("--allow-from") ?? defaults.AllowFrom,
            CorsOrigins = given.List("--cors-origin") ?? defaults.CorsOrigins,
            SessionLifetime = Number(given.Text("--session-hours")) is { } hours
                ? TimeSpan.FromHours(Math.Min(hours, SessionHoursReadMax))
                : defaults.SessionLifetime,
            AllowInsecureRemote = given.Flag(EdgeFlags.Insecure),
            Dashboard = !given.Flag("--no-dashboard"),
            PathBase = given.Text("--path-base") ?? defaults.PathBase,
            PublicUrl = given.Text("--public-url") ?? defaults.PublicUrl,
            Alerts = new AlertSettings { Allow = given.List("--alert-allow") ?? [], Mail = Mail(given) },
            DiskReserveBytes = Number(given.Text("--disk-reserve-mib")) is { } mib
                ? mib * 1024L * 1024
                : defaults.DiskReserveBytes,
            Core = defaults.Core with
            {
                WaitingJobsMax = Number(given.Text("--max-waiting")),
                RunningJobsMax = Number(given.Text("--max-running")),
                NamespaceBytesMax = Number(given.Text("--namespace-gib")) is { } gib
                    ? gib * 1024L * 1024 * 1024
                    : defaults.Core.NamespaceBytesMax,
            },
            Sources = given.Sources,
        };
    }

    private static MailSettings Mail(GivenOptions given) =>
        new()
        {
            Server = given.Text("--smtp-server"),
            Security = given.Text("--smtp-security") ?? MailSettings.StartTls,
            User = given.Text("--smtp-user"),
            PasswordFile = given.Text("--smtp-password-file"),
            From = given.Text("--smtp-from"),
        };

    private static TimeSpan? Days(string? text)
    {
        if (SettingText.NullIfEmpty(text) is null)
        {
            return null;
        }

        return
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var days)
            && days is > 0 and <= 36_500
            ? TimeSpan.FromDays(days)
            : throw new BrokerSettingsException($"'{text}' is not a number of days.");
    }

    private static int? Number(string? text) =>
        SettingText.WholeNumber(text, message => new BrokerSettingsException(message));

    /// <summary>What was given for the options of <see cref="BrokerOptions"/>.</summary>
    /// <param name="environment">Looks up a variable; null or empty when the variable is not set.</param>
    private sealed class GivenOptions(CommandFlags flags, Func<string, string?> environment)
    {
        /// <summary>Where the value of each setting came from.</summary>
        public IReadOnlyDictionary<string, SettingSource> Sources =>
            BrokerOptions.All.ToDictionary(option => option.Line.Name, option => SourceOf(option.Line));

        /// <summary>The value of an option; null when it was not given.</summary>
        public string? Text(string name) => flags.Value(name) ?? Variable(Find(name));

        /// <summary>The values of an option; null when it was not given.</summary>
        public IReadOnlyList<string>? List(string name) =>
            flags.Values(name) ?? CommandFlags.Split(Variable(Find(name)));

        public bool Flag(string name) =>
            flags.Has(name) || (Find(name) is { FlagValue: { } value } option && Variable(option) == value);

        private SettingSource SourceOf(ServerOption option) =>
            flags.Has(option.Name) ? SettingSource.CommandLine
            : Variable(option) is null ? SettingSource.Default
            : SettingSource.Environment;

        private string? Variable(ServerOption option) =>
            option.Variable is { } name ? SettingText.NullIfEmpty(environment(name)) : null;

        private static ServerOption Find(string name) => BrokerOptions.Lines.First(option => option.Name == name);
    }
}
