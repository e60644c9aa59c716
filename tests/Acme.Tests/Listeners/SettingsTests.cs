using System.Runtime.Versioning;
using ScheduleZero.Bridge;
using ScheduleZero.Broker.Host;
using ScheduleZero.Contracts;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Acme.Tests.Listeners;

/// <summary>The flags and variables of certificates by ACME, and what is refused before anything listens.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")]
public sealed class SettingsTests : AcmeFixture
{
    private const string Url = "https://127.0.0.1:0";

    private static readonly string[] Given = ["--urls", Url, "--acme", Name];

    [TestCase(Kind.Broker, "SCHEDULEZERO_")]
    [TestCase(Kind.Bridge, "SCHEDULEZERO_BRIDGE_")]
    public void All_settings_come_from_the_environment_too(Kind kind, string prefix)
    {
        var values = new Dictionary<string, string>
        {
            [$"{prefix}ACME"] = "one.example, two.example",
            [$"{prefix}ACME_DIRECTORY"] = "https://ca.example/dir",
            [$"{prefix}ACME_EMAIL"] = "ops@example.org",
            [$"{prefix}ACME_AGREE_TERMS"] = "yes",
            [$"{prefix}ACME_EAB_KEY_ID"] = "kid-1",
            [$"{prefix}ACME_EAB_KEY_FILE"] = "eab.key",
            [$"{prefix}ACME_FOLDER"] = "certificates",
            [$"{prefix}ACME_CHALLENGE"] = "tls-alpn-01",
            [$"{prefix}ACME_CA_FILE"] = "ca.pem",
        };
        RequireExpected(Read(kind, [], name => values.GetValueOrDefault(name)));
    }

    [Test]
    public void All_settings_come_from_flags([Values] Kind kind)
    {
        string[] flags =
        [
            "--acme",
            "one.example,two.example",
            "--acme-directory",
            "https://ca.example/dir",
            "--acme-email",
            "ops@example.org",
            "--acme-agree-terms",
            "--acme-eab-key-id",
            "kid-1",
            "--acme-eab-key-file",
            "eab.key",
            "--acme-folder",
            "certificates",
            "--acme-challenge",
            "tls-alpn-01",
            "--acme-ca-file",
            "ca.pem",
        ];
        RequireExpected(Read(kind, flags, _ => null));
    }

    [TestCase("no")]
    [TestCase("0")]
    [TestCase("maybe")]
    public void Terms_are_agreed_to_by_a_clear_word_only(string word) =>
        Assert.That(
            Read(
                Kind.Broker,
                [],
                name => name.EndsWith("AGREE_TERMS", StringComparison.Ordinal) ? word : null
            ).AgreesToTerms,
            Is.False
        );

    [Test]
    public void The_folder_lies_in_the_data_folder_and_that_of_a_bridge_elsewhere()
    {
        Assert.That(Read(Kind.Broker, ["--data", "/data"], _ => null).Folder, Is.EqualTo("/data/acme"));
        Assert.That(Read(Kind.Bridge, [], _ => null).Folder, Does.EndWith("/schedulezero-bridge/acme"));
    }

    [Test]
    public void A_name_is_enough([Values] Kind kind) => Assert.That(() => Validate(kind, Given), Throws.Nothing);

    [TestCase("needs a certificate", "--urls", Url)]
    [TestCase("need --acme,", "--acme-email", "ops@example.org")]
    [TestCase("need --acme,", "--acme-agree-terms")]
    [TestCase("without an https URL", "--urls", "http://127.0.0.1:0", "--acme", Name)]
    [TestCase("challenge in the DNS", "--urls", Url, "--acme", "*.example")]
    [TestCase("no host name in ASCII", "--urls", Url, "--acme", "one_example")]
    [TestCase("no host name in ASCII", "--urls", Url, "--acme", "bücher.example")]
    public void Settings_that_do_not_go_together_are_refused(string words, params string[] flags) =>
        Assert.That(Problem(flags), Does.Contain(words));

    [TestCase("address of a CA's directory", "--acme-directory", "http://ca.example/dir")]
    [TestCase("address of a CA's directory", "--acme-directory", "ca.example")]
    [TestCase("is neither http-01 nor tls-alpn-01", "--acme-challenge", "dns-01")]
    [TestCase("--redirect-http", "--acme-challenge", "http-01")]
    [TestCase("not one address", "--acme-email", "ops")]
    [TestCase("not one address", "--acme-email", "a@example.org,b@example.org")]
    [TestCase("not one address", "--acme-email", "a@example.org?subject=b")]
    [TestCase("not one address", "--acme-email", "@example.org")]
    [TestCase("needs both", "--acme-eab-key-id", "kid-1")]
    [TestCase("needs both", "--acme-eab-key-file", "/nowhere")]
    [TestCase("is not there", "--acme-eab-key-id", "kid-1", "--acme-eab-key-file", "/nowhere")]
    [TestCase("/nowhere", "--acme-ca-file", "/nowhere")]
    public void A_setting_that_makes_no_sense_is_refused(string words, params string[] flags) =>
        Assert.That(Problem([.. Given, .. flags]), Does.Contain(words));

    [TestCase("no base64!", UnixFileMode.None, "base64url")]
    [TestCase("", UnixFileMode.None, "the key that the CA shows")]
    [TestCase("zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W", UnixFileMode.OtherRead, "chmod 600")]
    public void An_external_key_that_is_none_or_no_secret_is_refused(string text, UnixFileMode others, string words)
    {
        var file = Path.Combine(Folder, "eab.key");
        File.WriteAllText(file, text);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        Assert.That(
            Problem([.. Given, "--acme-eab-key-id", "kid-1", "--acme-eab-key-file", file]),
            Does.Contain(words)
        );
    }

    [TestCase("")]
    [TestCase("-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n")]
    public void Authorities_that_are_none_are_refused(string text)
    {
        var file = Path.Combine(Folder, "ca.pem");
        File.WriteAllText(file, text);
        Assert.That(Problem([.. Given, "--acme-ca-file", file]), Does.Contain(file).And.Contain("--acme-ca-file"));
    }

    [TestCase(null, null, "tls-alpn-01")]
    [TestCase(null, "http://127.0.0.1:0", "http-01")]
    [TestCase("tls-alpn-01", "http://127.0.0.1:0", "tls-alpn-01")]
    public void The_CA_looks_where_a_listener_answers(string? given, string? redirect, string expected)
    {
        var kind = new TlsAcmeSettings { Names = [Name], Challenge = given }.KindOf(redirect is not null);
        Assert.That(kind == ChallengeKind.Http01 ? "http-01" : "tls-alpn-01", Is.EqualTo(expected));
    }

    private static TlsAcmeSettings Expected { get; } =
        new()
        {
            Names = ["one.example", "two.example"],
            Directory = "https://ca.example/dir",
            Email = "ops@example.org",
            AgreesToTerms = true,
            ExternalKeyId = "kid-1",
            ExternalKeyFile = "eab.key",
            Folder = "certificates",
            Challenge = "tls-alpn-01",
            CaFile = "ca.pem",
        };

    private static void RequireExpected(TlsAcmeSettings settings)
    {
        Assert.That(settings.Names, Is.EqualTo(Expected.Names));
        // Records compare lists by reference.
        Assert.That(settings with { Names = Expected.Names }, Is.EqualTo(Expected));
    }

    private static TlsAcmeSettings Read(Kind kind, string[] flags, Func<string, string?> environment) =>
        kind == Kind.Broker
            ? BrokerArguments.Read(flags, environment).Tls.Acme
            : BridgeArguments.Read(flags, environment).Tls.Acme;

    private static void Validate(Kind kind, string[] flags)
    {
        if (kind == Kind.Broker)
        {
            BrokerArguments.Read(flags, _ => null).Validate();
        }
        else
        {
            var key = ApiKey.Generate().Reveal();
            BridgeArguments.Read(flags, name => name == BridgeArguments.KeyVariable ? key : null).Validate();
        }
    }

    private static string Problem(string[] flags) =>
        Assert.Throws<BrokerSettingsException>(() => Validate(Kind.Broker, flags))!.Message;
}
