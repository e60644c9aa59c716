using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Identity;

namespace ScheduleZero.Agent.Tests;

public sealed class IdentityTests
{
    private ECDsa _key = null!;
    private string _folder = null!;

    private string IdentityPath => Path.Combine(_folder, "office-7.json");

    [SetUp]
    public void MakeIdentity()
    {
        _folder = Directory.CreateTempSubdirectory("schedulezero-identity-").FullName;
        _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        new IdentityFile
        {
            KeyId = "0123456789ab",
            BrokerId = "broker-1",
            Namespace = "default",
            Handler = "office-7",
            Generation = 7,
            PrivateKey = _key.ExportPkcs8PrivateKey(),
        }.Write(IdentityPath);
    }

    [TearDown]
    public void RemoveIdentity()
    {
        _key.Dispose();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private RunningAgent Start(FakeBroker broker, Action<HandlerAgentOptions>? configure = null) =>
        broker.Start(
            agent => agent.Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p)),
            options =>
            {
                options.ApiKey = null;
                options.IdentityFile = IdentityPath;
                configure?.Invoke(options);
            }
        );

    private static async Task<(FakeConnection Connection, Hello Hello)> HearHelloAsync(
        FakeBroker broker,
        string nonce = "n1",
        string brokerId = "broker-1"
    )
    {
        var connection = await broker.NextConnectionAsync();
        connection.Challenged(new Nonce(nonce, brokerId));
        return (connection, await connection.NextHelloAsync());
    }

    private bool IsProved(Hello hello) =>
        KeyProofs.IsSignedBy(
            _key.ExportSubjectPublicKeyInfo(),
            KeyProofs.TextOfHello("broker-1", hello, hello.Proof!),
            hello.Proof!.Signature
        );

    private long Kept => IdentityFile.Read(IdentityPath).Generation;

    [Test]
    public async Task Hello_proves_the_key_over_the_nonce_of_its_connection()
    {
        var broker = new FakeBroker();
        await using var agent = Start(broker);
        var (first, hello) = await HearHelloAsync(broker);
        first.Answer(Messages.AWelcome() with { Generation = 8 });
        await first.EventsUntilPongAsync();
        first.Cut();
        var (second, again) = await HearHelloAsync(broker, "n2");

        Assert.That(
            (hello.Proof!.KeyId, hello.Proof.Nonce, hello.Proof.Generation),
            Is.EqualTo(("0123456789ab", "n1", 7L))
        );
        Assert.That((again.Proof!.Nonce, again.Proof.Generation), Is.EqualTo(("n2", 8L)));
        Assert.That(IsProved(hello) && IsProved(again), Is.True);
        second.Answer(Messages.AWelcome());
    }

    [Test]
    public async Task The_generation_is_on_the_disk_before_the_session_is_used()
    {
        var broker = new FakeBroker();
        await using var agent = Start(broker);
        var (connection, _) = await HearHelloAsync(broker);
        connection.Answer(Messages.AWelcome() with { Generation = 8 });
        await connection.EventsUntilPongAsync();
        Assert.That(Kept, Is.EqualTo(8));
    }

    [Test]
    public async Task A_session_whose_generation_cannot_be_kept_is_not_used_and_the_old_one_is_shown_again()
    {
        var broker = new FakeBroker();
        await using var agent = Start(broker);
        var (first, _) = await HearHelloAsync(broker);
        var moved = $"{_folder}-away";
        Directory.Move(_folder, moved);
        first.Answer(Messages.AWelcome() with { Generation = 8 });
        var (second, hello) = await HearHelloAsync(broker, "n2");
        Directory.Move(moved, _folder);

        Assert.That(hello.Proof!.Generation, Is.EqualTo(7));
        Assert.That(first.Reports, Is.Empty);
        second.Answer(Messages.AWelcome() with { Generation = 9 });
        await second.EventsUntilPongAsync();
        Assert.That(Kept, Is.EqualTo(9));
    }

    [Test]
    public async Task Nothing_is_signed_for_another_Broker()
    {
        var broker = new FakeBroker();
        await using var agent = Start(broker);
        var other = await broker.NextConnectionAsync();
        other.Challenged(new Nonce("n1", "broker-2"));
        var (connection, hello) = await HearHelloAsync(broker, "n2");

        Assert.That(hello.Proof!.Nonce, Is.EqualTo("n2"));
        Assert.That(other.HasHello, Is.False);
        connection.Answer(Messages.AWelcome());
    }

    [Test]
    public async Task A_key_that_the_Broker_does_not_know_ends_the_agent()
    {
        var broker = new FakeBroker();
        await using var agent = Start(broker);
        (await broker.NextConnectionAsync()).Challenged(
            new Refused(ErrorCodes.Unauthenticated, "There is no such enrolled key.")
        );
        Assert.That(
            async () => await agent.Completion.WaitAsync(FakeBroker.Patience),
            Throws.TypeOf<AgentStoppedException>()
        );
    }

    [Test]
    public async Task One_agent_at_a_time_uses_an_identity()
    {
        await using (Start(new FakeBroker()))
        {
            Assert.That(
                () => Start(new FakeBroker()),
                Throws.TypeOf<OptionsValidationException>().With.Message.Contains("in use by another agent")
            );
        }

        Assert.That(async () => await Start(new FakeBroker()).DisposeAsync(), Throws.Nothing, "It is free again.");
    }

    [TestCase(UnixFileMode.GroupWrite)]
    [TestCase(UnixFileMode.OtherWrite)]
    [Platform(Include = "Linux,MacOsX")]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void An_identity_that_others_may_replace_is_refused(UnixFileMode mode)
    {
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | mode);
        Assert.That(
            () => Start(new FakeBroker()),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains($"chmod go-w {_folder}")
        );
    }

    [TestCase(UnixFileMode.GroupRead)]
    [TestCase(UnixFileMode.OtherRead)]
    [TestCase(UnixFileMode.OtherWrite)]
    [Platform(Exclude = "Win")]
    public void An_identity_that_others_may_read_is_refused(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.SetUnixFileMode(IdentityPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | mode);
        Assert.That(
            () => Start(new FakeBroker()),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains($"chmod 600 {IdentityPath}")
        );
    }

    private static readonly string[] NoIdentities =
    [
        "",
        "null",
        "{}",
        "[]",
        "szk_0123456789ab_secret",
        """{"keyId":"k"}""",
    ];

    [TestCaseSource(nameof(NoIdentities))]
    public void What_is_no_identity_is_refused_without_being_shown(string text)
    {
        var kept = JsonNode.Parse(File.ReadAllText(IdentityPath))!;
        File.WriteAllText(IdentityPath, text);
        Assert.That(
            () => Start(new FakeBroker()),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains("is no identity file")
        );
        kept["privateKey"] = "AAAA";
        File.WriteAllText(IdentityPath, kept.ToJsonString());
        Assert.That(
            () => Start(new FakeBroker()),
            Throws
                .TypeOf<OptionsValidationException>()
                .With.Message.Contains("is no identity file")
                .And.Message.Not.Contains("AAAA")
        );
    }

    [Test]
    public void A_rotation_that_was_cut_short_goes_on_with_the_same_key()
    {
        string begun;
        using (var identity = AgentIdentity.Open(IdentityPath))
        {
            using var next = identity.StoreNextKey();
            begun = KeyProofs.Encode(next.ExportSubjectPublicKeyInfo());
        }

        using var again = AgentIdentity.Open(IdentityPath);
        using var same = again.StoreNextKey();
        var rotate = again.Succeed(same, new Nonce("n", "broker-1"));
        Assert.That(rotate.PublicKey, Is.EqualTo(begun));
        Assert.That(KeyProofs.TryReadPublicKey(rotate.PublicKey, out var publicKey), Is.True);
        var text = KeyProofs.TextOfRotate("broker-1", rotate);
        Assert.That(
            KeyProofs.IsSignedBy(publicKey!, text, rotate.NewProof)
                && KeyProofs.IsSignedBy(_key.ExportSubjectPublicKeyInfo(), text, rotate.Proof),
            Is.True
        );

        again.Become(new Rotated("abcdef012345", 70, DateTimeOffset.UnixEpoch), same);
        var kept = IdentityFile.Read(IdentityPath);
        Assert.That(
            (kept.KeyId, kept.Generation, kept.NextPrivateKey),
            Is.EqualTo(("abcdef012345", 70L, (byte[]?)null))
        );
        using var key = kept.OpenKey();
        Assert.That(KeyProofs.Encode(key.ExportSubjectPublicKeyInfo()), Is.EqualTo(begun));
    }

    [Test]
    public void The_identity_is_that_of_the_handler() =>
        Assert.That(
            () => Start(new FakeBroker(), options => options.Handler = "office-8"),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains("that of handler \"office-7\"")
        );

    [Test]
    public void An_agent_has_one_credential() =>
        Assert.That(
            () => Start(new FakeBroker(), options => options.ApiKey = ApiKey.Generate().Reveal()),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains("exactly one of the three")
        );

    [Test]
    public void A_file_is_written_whole_and_nothing_else_is_left()
    {
        var kept = IdentityFile.Read(IdentityPath);
        (kept with { Generation = 9_000_000_000 }).Write(IdentityPath);
        Assert.That(Kept, Is.EqualTo(9_000_000_000));
        Assert.That(IdentityFile.Read(IdentityPath).NextPrivateKey, Is.Null);
        Assert.That(Directory.GetFiles(_folder).Select(Path.GetFileName), Is.EqualTo(new[] { "office-7.json" }));
        Assert.That(
            JsonDocument
                .Parse(File.ReadAllText(IdentityPath))
                .RootElement.EnumerateObject()
                .Select(field => field.Name),
            Does.Contain("privateKey")
        );
    }
}
