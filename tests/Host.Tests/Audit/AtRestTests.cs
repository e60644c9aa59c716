using System.Buffers.Text;
using System.Text;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Host.Tests.Audit;

/// <summary>The data folder of a Broker that was used and stopped: its secrets and its file modes.</summary>
public sealed class AtRestTests
{
    private const string Canary = "canary-7f3a9c-in-params";
    private const string UserName = "wilhelmina";
    private const string NewPassword = "quite another set of words";

    private readonly Dictionary<string, string> _secrets = [];
    private string _root = null!;
    private string _data = null!;

    [OneTimeSetUp]
    public async Task UseABrokerAsync()
    {
        _root = Directory.CreateTempSubdirectory("schedulezero-at-rest-").FullName;
        _data = Path.Combine(_root, "data");
        var admin = Note("bootstrap key", ApiKey.Generate().Reveal());
        // The Broker runs twice, since the second start may write what the first run left.
        foreach (
            var use in new Func<RunningBroker, ScheduleZeroClient, Task>[]
            {
                UseAsync,
                (_, client) => client.StatsAsync(),
            }
        )
        {
            await using var broker = await BrokerServer.StartAsync(
                new BrokerSettings
                {
                    DataFolder = _data,
                    Urls = ["http://127.0.0.1:0"],
                    Router = ["tcp://127.0.0.1:0"],
                    BootstrapKey = admin,
                    AnonymousRequestsPerMinute = 1000,
                },
                logging: null,
                CancellationToken.None
            );
            using var client = new ScheduleZeroClient(
                new ScheduleZeroClientOptions { Server = new Uri(broker.Urls[0]), ApiKey = admin }
            );
            await use(broker, client);
        }
    }

    [OneTimeTearDown]
    public void Delete() => Directory.Delete(_root, recursive: true);

    [Test]
    public void No_secret_is_in_any_file()
    {
        Assert.That(_secrets, Has.Count.GreaterThan(20));
        var found =
            from file in Files()
            let bytes = File.ReadAllBytes(file)
            from secret in _secrets
            where FormsOf(secret.Value).Any(form => bytes.AsSpan().IndexOf(form) >= 0)
            select $"{secret.Key} in {Path.GetRelativePath(_data, file)}";
        Assert.That(found, Is.Empty);
    }

    [TestCase(Canary)]
    [TestCase(UserName)]
    public void What_is_kept_in_the_clear_is_found_by_the_same_search(string text) =>
        Assert.That(
            Files().Where(file => FormsOf(text).Any(form => File.ReadAllBytes(file).AsSpan().IndexOf(form) >= 0)),
            Is.Not.Empty
        );

    [Test]
    public void Every_file_and_folder_is_for_its_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no modes; there the folder's own ACL counts.");
            return;
        }

        const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var folders = Directory.GetDirectories(_data, "*", SearchOption.AllDirectories).Append(_data).ToList();
        Assert.That(folders, Has.Count.GreaterThan(1), "the data folder has more than one folder");
        var wrong = new List<string>();
        foreach (
            var (path, expected) in folders
                .Select(folder => (folder, OwnFile | UnixFileMode.UserExecute))
                .Concat(Files().Select(file => (file, OwnFile)))
        )
        {
            if (File.GetUnixFileMode(path) is var mode && mode != expected)
            {
                wrong.Add($"{path}: {mode}");
            }
        }

        Assert.That(wrong, Is.Empty);
    }

    private string[] Files() => Directory.GetFiles(_data, "*", SearchOption.AllDirectories);

    private async Task UseAsync(RunningBroker broker, ScheduleZeroClient admin)
    {
        await admin.Jobs.EnqueueAsync(new JobRequest { Method = "a", Params = RawJson.Parse($"\"{Canary}\"") });
        await UseKeysAsync(broker, admin);
        var created = await admin.Users.CreateAsync(
            new UserRequest { UserName = UserName, Roles = [new RoleGrant("admin", "*")] }
        );
        await UseSessionsAsync(broker, Note("given password", created.Password!));
        Note("reset password", (await admin.Users.ResetPasswordAsync(UserName, new PasswordReset())).Password!);
    }

    private async Task UseKeysAsync(RunningBroker broker, ScheduleZeroClient admin)
    {
        foreach (var kind in Enum.GetValues<KeyKind>())
        {
            var key = await admin.Keys.CreateAsync(
                new KeyRequest
                {
                    Kind = kind,
                    Name = kind == KeyKind.Handler ? null : "k",
                    Handler = kind == KeyKind.Handler ? "office-7" : null,
                    Roles = kind == KeyKind.Service ? ["viewer"] : null,
                }
            );
            Note($"{kind} key", key.Key);
            Note($"{kind} key after it was rotated", (await admin.Keys.RotateAsync(key.Id)).Key);
        }

        using var caller = new ScheduleZeroClient(admin.Options with { ApiKey = _secrets["Service key"] });
        await caller.Jobs.ListAsync();
        await using (var agent = AgentOf("office-7", _secrets["Handler key"], broker).Start())
        {
            await agent.WaitForWelcomeAsync();
        }

        var token = Note(
            "enrolment token",
            (await admin.Enrolments.CreateAsync(new EnrolmentRequest { Handler = "office-8" })).Token
        );
        await AgentEnrolment.EnrolAsync(new Uri(broker.Router[0]), token, null, new IdentityPlace(_root));
        Note(
            "unused enrolment token",
            (await admin.Enrolments.CreateAsync(new EnrolmentRequest { Handler = "office-9" })).Token
        );
    }

    private async Task UseSessionsAsync(RunningBroker broker, string password)
    {
        using var nobody = new ScheduleZeroClient(new ScheduleZeroClientOptions { Server = new Uri(broker.Urls[0]) });
        await Assert.ThatAsync(
            () =>
                nobody.Auth.LoginAsync(
                    new LoginRequest
                    {
                        UserName = UserName,
                        Password = Note("wrong password", "a wrong but telling password"),
                    }
                ),
            Throws.Exception
        );
        var first = Note(
            "first session",
            await nobody.Auth.LoginAsync(new LoginRequest { UserName = UserName, Password = password })
        );
        using var user = new ScheduleZeroClient(nobody.Options with { AccessToken = first.AccessToken });
        var second = Note(
            "second session",
            await user.Auth.ChangePasswordAsync(
                new PasswordChange { CurrentPassword = password, NewPassword = Note("new password", NewPassword) }
            )
        );
        var third = Note(
            "refreshed session",
            await nobody.Auth.RefreshAsync(new RefreshRequest { RefreshToken = second.RefreshToken })
        );

        using var later = new ScheduleZeroClient(nobody.Options with { AccessToken = third.AccessToken });
        var secret = (await later.Auth.BeginTotpAsync(new PasswordProof { Password = NewPassword })).Secret;
        var raw = Totp.FromBase32(Note("authenticator secret", secret));
        Note("authenticator secret, hex", Convert.ToHexString(raw));
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30;
        var codes = (await later.Auth.ConfirmTotpAsync(new TotpProof { Code = Totp.CodeOf(raw, now) })).Codes;
        foreach (var (i, code) in codes.Index())
        {
            Note($"recovery code {i}", code);
        }

        Note(
            "session by recovery code",
            await nobody.Auth.LoginAsync(
                new LoginRequest
                {
                    UserName = UserName,
                    Password = NewPassword,
                    Totp = codes[0],
                }
            )
        );
    }

    private static AgentBuilder AgentOf(string handler, string key, RunningBroker broker) =>
        AgentBuilder
            .Create(options =>
            {
                options.Handler = handler;
                options.ApiKey = key;
                options.Bridges.Add(broker.Router[0]);
            })
            .Handle("b", (RawJson said, JobContext _) => Task.FromResult(said));

    private string Note(string what, string secret)
    {
        _secrets[what] = secret;
        return secret;
    }

    private TokenAnswer Note(string what, TokenAnswer tokens)
    {
        Note($"access token of the {what}", tokens.AccessToken);
        Note($"refresh token of the {what}", tokens.RefreshToken!);
        return tokens;
    }

    // The forms of a secret: as text in two encodings, as base64 at each offset, and the random bytes of a key as such
    // and in hex.
    private static IEnumerable<byte[]> FormsOf(string secret)
    {
        var part =
            secret.StartsWith("szk_", StringComparison.Ordinal) || secret.StartsWith("sze_", StringComparison.Ordinal)
                ? secret[17..]
                : secret;
        var utf8 = Encoding.UTF8.GetBytes(part);
        yield return utf8;
        yield return Encoding.Unicode.GetBytes(part);
        for (var shift = 0; shift < 3; shift++)
        {
            // The first and the last character of base64 also depend on the neighbouring bytes.
            var text = Convert.ToBase64String([.. new byte[shift], .. utf8]);
            yield return Encoding.ASCII.GetBytes(text.TrimEnd('=')[(shift == 0 ? 0 : shift + 1)..^1]);
        }

        if (part.Length == 43 && Base64Url.IsValid(part))
        {
            var random = Base64Url.DecodeFromChars(part);
            yield return random;
            yield return Encoding.ASCII.GetBytes(Convert.ToHexString(random));
            yield return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(random));
        }
    }
}
