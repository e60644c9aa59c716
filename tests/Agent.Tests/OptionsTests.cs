using System.Runtime.Versioning;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Agent.Tests;

/// <summary>Options that are bound from a configuration, and the complaints about bad ones.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class OptionsTests
{
    /// <summary>The public key of the test vectors of RFC 26.</summary>
    private const string ServerKey = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";

    private static readonly string Key = ApiKey.Generate().Reveal();

    private static IConfiguration Section(params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["HandlerAgent:Handler"] = "office-7",
            ["HandlerAgent:ApiKey"] = Key,
            ["HandlerAgent:Bridges:0"] = "https://bridge.example",
        };
        foreach (var (key, value) in settings)
        {
            all[$"HandlerAgent:{key}"] = value;
        }

        return new ConfigurationBuilder().AddInMemoryCollection(all).Build().GetSection("HandlerAgent");
    }

    private static HandlerAgentOptions Read(IConfiguration section, Action<HandlerAgentOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddHandlerAgent(section, configure);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<HandlerAgentOptions>>().Value;
    }

    [Test]
    public void Every_option_that_a_text_can_give_is_bound_from_a_section()
    {
        var options = Read(
            Section(
                ("Instance", "copy-1"),
                ("Bridges:1", "tcp://broker.example:4242"),
                ("Capacity", "4"),
                ("Groups:0", "emea"),
                ("Labels:os", "linux"),
                ("DrainTimeout", "00:01:00"),
                ("SettleTimeout", "00:00:02"),
                ("ConnectTimeout", "00:00:03"),
                ("KeepAliveInterval", "00:00:04"),
                ("HubProtocol", "json"),
                ("Proxy:Address", "http://proxy.corp:3128"),
                ("Proxy:User", "ana"),
                ("Proxy:Password", "secret"),
                ("CurveServerKeys:0", ServerKey),
                ("CurveServerKeys:1", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"),
                ("PendingLogLinesMax", "100"),
                ("OfflineFolder", "offline"),
                ("OfflineBytesMax", "1048576"),
                ("StopHostOnFailure", "false")
            )
        );
        Assert.That(options.Bridges, Is.EqualTo(new[] { "https://bridge.example", "tcp://broker.example:4242" }));
        Assert.That((options.Handler, options.ApiKey, options.Instance), Is.EqualTo(("office-7", Key, "copy-1")));
        Assert.That(options.Groups, Is.EqualTo(new[] { "emea" }));
        Assert.That(options.Labels["os"], Is.EqualTo("linux"));
        Assert.That(
            (options.DrainTimeout, options.SettleTimeout, options.ConnectTimeout, options.KeepAliveInterval),
            Is.EqualTo(
                (TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4))
            )
        );
        Assert.That($"{options.HubProtocol} {options.Proxy}", Is.EqualTo("Json http://proxy.corp:3128/ as ana"));
        Assert.That(options.Proxy!.Password, Is.EqualTo("secret"));
        Assert.That(
            (options.Capacity, options.PendingLogLinesMax, options.OfflineFolder, options.OfflineBytesMax),
            Is.EqualTo((4, 100, "offline", 1_048_576L))
        );
        Assert.That(options.CurveServerKeys, Has.Count.EqualTo(2).And.Member(ServerKey));
        Assert.That(options.StopHostOnFailure, Is.False);
    }

    [Test]
    public void What_code_sets_comes_after_what_the_section_says()
    {
        Assert.That(Read(Section(("Capacity", "4")), options => options.Capacity++).Capacity, Is.EqualTo(5));
    }

    [TestCase("Handler", "-bad-", "Handler: a name is expected")]
    [TestCase("Instance", "", "Instance: a name is expected")]
    [TestCase("Capacity", "0", "Capacity: 1 to 2500 is expected, not 0.")]
    [TestCase("DrainTimeout", "02:00:00", "DrainTimeout: 00:00:00 to 01:00:00 is expected, not 02:00:00.")]
    [TestCase("KeepAliveInterval", "00:00:00", "KeepAliveInterval: 00:00:01 to 00:01:00 is expected, not 00:00:00.")]
    [TestCase("PendingLogLinesMax", "99", "PendingLogLinesMax: 100 to 1000000 is expected, not 99.")]
    [TestCase("OfflineBytesMax", "1", "OfflineBytesMax: 1048576 to 17179869184 is expected, not 1.")]
    [TestCase("Bridges:0", "bridge.example", "Bridges: \"bridge.example\" is not an http://")]
    [TestCase("Groups:0", "no group", "Groups: a name is expected")]
    [TestCase("Proxy:User", "ana", "Proxy.Address: an http:// or https:// address")]
    [TestCase(
        "CertificateAuthorityFile",
        "/nowhere.pem",
        "CertificateAuthorityFile, ClientCertificateFile: Could not find file '/nowhere.pem'"
    )]
    [TestCase("Bridges:0", "tcp://broker.example", "Bridges: \"tcp://broker.example\" has no port; tcp://host:port")]
    [TestCase("CurveServerKeys:0", "no-key", "CurveServerKeys: \"no-key\" is neither a public CURVE key (40")]
    [TestCase("CurveServerKeys:0", "/dev/null", "CurveServerKeys: /dev/null holds no public CURVE key.")]
    [TestCase("CurveKeyFile", "/nowhere.key", "CurveServerKeys: beside CurveKeyFile the server's public key is needed")]
    [TestCase("CurveKeyFile", "/nowhere.key", "CurveKeyFile: Could not find file '/nowhere.key'")]
    [TestCase("CurveKeyFile", "/dev/null", "CurveKeyFile: ")]
    [TestCase("ApiKeyFile", "office-7.key", "ApiKey, ApiKeyFile, IdentityFile: exactly one of the three is needed.")]
    public void A_bad_setting_is_refused_by_its_name_with_its_bounds(string key, string value, string complaint)
    {
        Assert.That(
            () => Read(Section((key, value))),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains(complaint)
        );
    }

    [TestCase(false, "Others may read the secret CURVE key in")]
    [TestCase(true, null)]
    [Platform(Include = "Linux,MacOsX")]
    [UnsupportedOSPlatform("windows")]
    public void A_file_with_the_agents_own_CURVE_key_is_for_its_owner_only(bool isForOwner, string? complaint)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "own.key");
        CurveKeyFile.Create(file, CurveKeyPair.Generate(), DateTimeOffset.UnixEpoch);
        if (!isForOwner)
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        }

        var section = Section(("CurveKeyFile", file), ("CurveServerKeys:0", ServerKey));
        Assert.That(
            () => Read(section),
            complaint is null
                ? Throws.Nothing
                : Throws.TypeOf<OptionsValidationException>().With.Message.Contains($"CurveKeyFile: {complaint}")
        );
    }

    [TestCase("Capcity", "4", "Capcity")]
    [TestCase("Capacity", "many", "HandlerAgent:Capacity")]
    [TestCase("DrainTimeout", "soon", "HandlerAgent:DrainTimeout")]
    public void A_key_that_is_no_setting_and_a_value_of_the_wrong_kind_are_refused_by_name(
        string key,
        string value,
        string named
    )
    {
        Assert.That(() => Read(Section((key, value))), Throws.InvalidOperationException.With.Message.Contains(named));
    }

    [Test]
    public void Secrets_are_not_repeated_in_complaints()
    {
        Assert.That(
            () => Read(Section(("ApiKey", "szk_wrong"), ("Bridges:0", "https://ana:secret@bridge.example"))),
            Throws
                .TypeOf<OptionsValidationException>()
                .With.Message.Contains("ApiKey: this is not a whole API key")
                .And.Message.Not.Contains("szk_wrong")
                .And.Message.Not.Contains("secret")
        );
    }
}
