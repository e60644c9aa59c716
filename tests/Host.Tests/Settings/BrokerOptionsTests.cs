using System.Reflection;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Host.Tests.Settings;

/// <summary>
/// Tests of the list of options, of which the command lines, their help and the shown settings are made.
/// </summary>
[Parallelizable]
public sealed class BrokerOptionsTests
{
    /// <summary>A value for each option that is not its default; none for a flag.</summary>
    private static readonly Dictionary<string, string[]> Samples = new()
    {
        ["--data"] = ["/srv/store"],
        ["--urls"] = ["http://127.0.0.1:1", "http://127.0.0.1:2"],
        ["--tls-cert"] = ["chain.pem", "other.pfx"],
        ["--tls-key"] = ["key.pem"],
        ["--tls-password-file"] = ["password"],
        ["--redirect-http"] = ["http://0.0.0.0:80"],
        ["--acme"] = ["one.example", "two.example"],
        ["--acme-directory"] = ["https://ca.example/directory"],
        ["--acme-email"] = ["ops@example.org"],
        ["--acme-agree-terms"] = [],
        ["--acme-eab-key-id"] = ["kid-1"],
        ["--acme-eab-key-file"] = ["eab.key"],
        ["--acme-folder"] = ["/srv/acme"],
        ["--acme-challenge"] = ["http-01"],
        ["--acme-ca-file"] = ["ca.pem"],
        ["--router"] = ["tcp://127.0.0.1:3", ">tcp://bridge.dmz:4243"],
        ["--curve-key"] = ["new.curve", "old.curve"],
        ["--curve-server"] = ["bridge.public"],
        ["--curve-allow"] = ["any"],
        ["--history-days"] = ["0.5"],
        ["--audit-days"] = ["7"],
        ["--requests-per-minute"] = ["101"],
        ["--anonymous-requests-per-minute"] = ["11"],
        ["--connections-per-address"] = ["12"],
        ["--trusted-proxies"] = ["10.0.0.0/8", "::1"],
        ["--allow-from"] = ["192.0.2.0/24"],
        ["--cors-origin"] = ["https://app.example.org"],
        ["--max-waiting"] = ["13"],
        ["--max-running"] = ["14"],
        ["--disk-reserve-mib"] = ["0"],
        ["--namespace-gib"] = ["15"],
        ["--no-dashboard"] = [],
        ["--path-base"] = ["/schedulezero"],
        ["--public-url"] = ["https://jobs.example.org"],
        ["--alert-allow"] = ["10.0.0.0/8", "::1"],
        ["--smtp-server"] = ["mail.example.org:587"],
        ["--smtp-security"] = ["tls"],
        ["--smtp-user"] = ["ana"],
        ["--smtp-password-file"] = ["mail.password"],
        ["--smtp-from"] = ["jobs@example.org"],
        ["--session-hours"] = ["16"],
        ["--insecure-allow-remote-plaintext"] = [],
    };

    private static IEnumerable<string> Names => BrokerOptions.Lines.Select(option => option.Name);

    [Test]
    public void Every_option_has_a_sample_here() => Assert.That(Samples.Keys, Is.EquivalentTo(Names));

    [TestCaseSource(nameof(Names))]
    public void A_value_of_the_command_line_is_in_force_and_shown(string name)
    {
        var shown = Show(BrokerArguments.Read([name, .. Samples[name]], _ => null), name);
        Assert.That(shown.Values, Is.EqualTo(Samples[name] is [] ? ["yes"] : Samples[name]));
        Assert.That(shown.Values, Is.Not.EqualTo(shown.DefaultValues));
        Assert.That((shown.Source, shown.IsSet), Is.EqualTo((SettingSource.CommandLine, true)));
    }

    [TestCaseSource(nameof(Names))]
    public void A_value_of_the_environment_is_in_force_and_shown_and_the_command_line_wins(string name)
    {
        var option = BrokerOptions.Lines.Single(option => option.Name == name);
        if (option.Variable is null)
        {
            Assert.That(name, Is.EqualTo(EdgeFlags.Insecure), "only this option has no variable");
            return;
        }

        var value = option.FlagValue ?? string.Join(", ", Samples[name]);
        var shown = Show(BrokerArguments.Read([], Environment), name);
        Assert.That(shown.Variable, Is.EqualTo(option.Variable));
        Assert.That(shown.Values, Is.EqualTo(Samples[name] is [] ? ["yes"] : Samples[name]));
        Assert.That(shown.Source, Is.EqualTo(SettingSource.Environment));
        Assert.That(
            Show(BrokerArguments.Read([name, .. Samples[name]], Environment), name).Source,
            Is.EqualTo(SettingSource.CommandLine)
        );

        string? Environment(string variable) => variable == option.Variable ? value : null;
    }

    [Test]
    public void What_nobody_sets_is_shown_with_its_default_and_what_no_value_means()
    {
        var shown = BrokerOptions.ViewsOf(BrokerArguments.Read([], _ => ""));
        Assert.That(shown.Select(setting => setting.Source), Is.All.EqualTo(SettingSource.Default));
        foreach (var setting in shown.Where(setting => !setting.IsSecret))
        {
            Assert.That(setting.Values, Is.EqualTo(setting.DefaultValues), setting.Name);
        }

        Assert.That(Of("--history-days"), Is.EqualTo(("30", (string?)null, "days")));
        Assert.That(Of("--max-running"), Is.EqualTo(("", "no limit", "jobs")));
        Assert.That(Of("--no-dashboard"), Is.EqualTo(("no", (string?)null, (string?)null)));
        Assert.That(Of("--acme-folder").Item1, Does.EndWith("acme"));

        (string, string?, string?) Of(string name)
        {
            var setting = shown.Single(setting => setting.Name == name);
            return (string.Join(' ', setting.Values!), setting.EmptyMeans, setting.Unit);
        }
    }

    [Test]
    public void The_folder_of_certificates_follows_the_data_folder_also_as_a_default()
    {
        var shown = Show(BrokerArguments.Read(["--data", "/srv/store"], _ => null), "--acme-folder");
        Assert.That(shown.Values, Is.EqualTo(new[] { Path.Combine("/srv/store", "acme") }));
        Assert.That((shown.Source, shown.DefaultValues), Is.EqualTo((SettingSource.Default, shown.Values)));
    }

    /// <summary>
    /// Each property of the settings is changed by an option, so that none is in force without being shown.
    /// </summary>
    [TestCase(typeof(BrokerSettings))]
    [TestCase(typeof(TlsSettings), nameof(TlsSettings.ClientAuthorityFile))]
    [TestCase(typeof(TlsAcmeSettings))]
    [TestCase(typeof(CurveSettings))]
    [TestCase(typeof(AlertSettings))]
    [TestCase(typeof(MailSettings))]
    public void Every_setting_has_an_option(Type type, params string[] ofBridges)
    {
        var untouched = Read([]);
        var changed = Samples
            .Select(sample => Read([sample.Key, .. sample.Value]))
            .Append(BrokerArguments.Read([], name => name == BrokerOptions.BootstrapKey ? "x" : null));
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(one => one.CanWrite);
        foreach (var property in properties.Where(property => !ofBridges.Contains(property.Name)))
        {
            Assert.That(
                changed.Any(settings => Text(property, settings) != Text(property, untouched)),
                $"No option changes {type.Name}.{property.Name}."
            );
        }

        string Text(PropertyInfo property, BrokerSettings settings)
        {
            object part =
                type == typeof(TlsSettings) ? settings.Tls
                : type == typeof(TlsAcmeSettings) ? settings.Tls.Acme
                : type == typeof(CurveSettings) ? settings.Curve
                : type == typeof(AlertSettings) ? settings.Alerts
                : type == typeof(MailSettings) ? settings.Alerts.Mail
                : settings;
            return property.GetValue(part) switch
            {
                IEnumerable<string> values => string.Join('\n', values),
                TlsSettings tls => $"{string.Join('\n', tls.CertificateFiles)} {tls.RedirectUrl} {tls.Acme.Email}",
                CurveSettings curve => string.Join('\n', curve.KeyFiles),
                AlertSettings alerts => string.Join('\n', alerts.Allow),
                var value => $"{value}",
            };
        }
    }

    [Test]
    public void A_secret_is_said_to_be_set_and_never_shown()
    {
        var key = ApiKey.Generate().Reveal();
        var settings = BrokerArguments.Read([], name => name == BrokerOptions.BootstrapKey ? key : null);
        Assert.That(settings.BootstrapKey, Is.EqualTo(key));
        var shown = Show(settings, BrokerOptions.BootstrapKey);
        Assert.That(
            (shown.IsSecret, shown.IsSet, shown.Values, shown.DefaultValues, shown.Source),
            Is.EqualTo((true, true, (object?)null, (object?)null, SettingSource.Environment))
        );
        Assert.That(Show(Read([]), BrokerOptions.BootstrapKey).IsSet, Is.False);
    }

    [TestCase("https://ana:pass@ca.example/directory", "https://***@ca.example/directory")]
    [TestCase("https://ana:pa@ss@ca.example?a=b@c", "https://***@ca.example?a=b@c")]
    [TestCase("https://ana@ca.example", "https://***@ca.example")]
    [TestCase("https://", "https://")]
    [TestCase("https://@", "https://***@")]
    [TestCase("https://ca.example/@directory", "https://ca.example/@directory")]
    public void A_password_in_a_url_is_not_shown(string given, string shown) =>
        Assert.That(Show(Read(["--acme-directory", given]), "--acme-directory").Values, Is.EqualTo(new[] { shown }));

    [Test]
    public void A_value_that_a_program_sets_within_itself_is_shown_as_that()
    {
        var settings = new BrokerSettings { DataFolder = "/tmp/x", HistoryRetention = TimeSpan.FromHours(36) };
        Assert.That(Show(settings, "--history-days").Values, Is.EqualTo(new[] { "1.5" }));
        Assert.That(
            BrokerOptions
                .ViewsOf(settings)
                .Where(setting => setting.Source != SettingSource.Default)
                .Select(setting => (setting.Name, setting.Source)),
            Is.EqualTo(new[] { ("--data", SettingSource.Program), ("--history-days", SettingSource.Program) })
        );
    }

    [Test]
    public void Help_names_every_option_its_variable_and_its_default_in_lines_that_fit()
    {
        foreach (var option in BrokerArguments.Options)
        {
            Assert.That(BrokerArguments.Usage, Does.Contain($"  {option.Name}"));
            Assert.That(BrokerArguments.Usage, Does.Contain(option.Variable ?? option.Name));
        }

        Assert.That(BrokerArguments.Usage, Does.Contain("(SCHEDULEZERO_HISTORY_DAYS); 30"));
        Assert.That(BrokerArguments.Usage, Does.Contain("(SCHEDULEZERO_DASHBOARD=no)"));
        Assert.That(BrokerArguments.Usage.Split(Environment.NewLine).Select(line => line.Length), Is.All.AtMost(120));
    }

    [Test]
    public void An_option_that_nobody_knows_is_refused_with_the_help()
    {
        var refusal = Assert.Throws<BrokerSettingsException>(() => Read(["--hystory-days", "3"]))!;
        Assert.That(refusal.Message, Does.Contain("'--hystory-days' is not known").And.Contain("--history-days DAYS"));
        Assert.Throws<BrokerSettingsException>(() => Read(["--history-days"]));
        Assert.Throws<BrokerSettingsException>(() => Read(["--history-days", "1", "2"]));
        Assert.Throws<BrokerSettingsException>(() => Read([BrokerOptions.BootstrapKey, "x"]));
    }

    private static BrokerSettings Read(string[] arguments) => BrokerArguments.Read(arguments, _ => null);

    private static SettingView Show(BrokerSettings settings, string name) =>
        BrokerOptions.ViewsOf(settings).Single(setting => setting.Name == name);
}
