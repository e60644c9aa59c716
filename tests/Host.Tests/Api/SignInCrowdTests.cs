using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Contracts;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Many callers sign in while the Broker still checks the passwords of others.</summary>
[Parallelizable]
public sealed class SignInCrowdTests
{
    private const int LookedAtAtOnce = 2;
    private const int Waiting = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Test]
    public async Task The_33rd_who_waits_is_told_to_come_back_and_all_others_are_served()
    {
        using var hasher = new HeldHasher();
        await using var host = await ApiHost.StartAsync(services: services =>
            services.AddSingleton<IPasswordHasher<User>>(hasher)
        );
        // Two users, since each user may have at most twenty sessions.
        host.AddUser("ana");
        host.AddUser("ben");
        using var nobody = host.Client(null);
        var signIns = new List<Task<HttpResponseMessage>>();
        for (var first = 0; first < LookedAtAtOnce; first++)
        {
            signIns.Add(LoginAsync(nobody, "ana"));
            await hasher.SomebodyIsLookedAtAsync().WaitAsync(Patience);
        }

        signIns.AddRange(Enumerable.Range(0, Waiting + 1).Select(i => LoginAsync(nobody, i % 2 == 0 ? "ana" : "ben")));
        using var refused = await await Task.WhenAny(signIns).WaitAsync(Patience);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That((await refused.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.Unavailable));
        Assert.That(refused.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero));

        hasher.Open();
        var answers = await Task.WhenAll(signIns).WaitAsync(Patience);
        Assert.That(
            answers.Count(answer => answer.StatusCode == HttpStatusCode.OK),
            Is.EqualTo(LookedAtAtOnce + Waiting)
        );
        using var after = await LoginAsync(nobody, "ana");
        Assert.That(after.StatusCode, Is.EqualTo(HttpStatusCode.OK), "a user who comes back is served");
    }

    [Test]
    public async Task A_crowd_that_guesses_names_from_everywhere_keeps_no_user_out()
    {
        const int Crowd = 2_000;
        using var hasher = new HeldHasher();
        await using var host = await ApiHost.StartAsync(services: services =>
            services.AddSingleton<IPasswordHasher<User>>(hasher)
        );
        host.AddUser("ana");
        var passwords = host.Services.GetRequiredService<PasswordCheck>();
        Task<(User? User, string? Reason)> SignIn(string name, int place) =>
            passwords.CheckAsync(
                name,
                "any password at all",
                new IPAddress([10, 0, (byte)(place / 256), (byte)place]),
                CancellationToken.None
            );
        var crowd = new List<Task<(User? User, string? Reason)>>();
        for (var first = 0; first < LookedAtAtOnce; first++)
        {
            var name = $"nobody-{first}";
            crowd.Add(Task.Run(() => SignIn(name, 0)));
            await hasher.SomebodyIsLookedAtAsync().WaitAsync(Patience);
        }

        crowd.AddRange(Enumerable.Range(LookedAtAtOnce, Crowd).Select(i => SignIn($"nobody-{i}", i / 10)));
        var ana = SignIn("ana", 60_000);
        hasher.Open();
        Assert.That((await ana.WaitAsync(Patience)).User, Is.Not.Null);
        Assert.That(
            (await Task.WhenAll(crowd).WaitAsync(Patience)).Select(answer => answer.Reason),
            Is.All.EqualTo("unknown user")
        );
        Assert.That(
            hasher.Looks,
            Is.LessThanOrEqualTo(LookedAtAtOnce + PasswordCheck.IdleChecksMax + 1),
            "names that no password lets in share the checks"
        );
    }

    [TestCase(true, true)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(false, false)]
    public async Task One_address_and_one_name_have_so_many_places_whether_there_is_such_a_user_or_not(
        bool ofAddress,
        bool exists
    )
    {
        using var hasher = new HeldHasher();
        await using var host = await ApiHost.StartAsync(services: services =>
            services.AddSingleton<IPasswordHasher<User>>(hasher)
        );
        for (var i = 0; i < PasswordCheck.PlacesMax + 1; i++)
        {
            host.AddUser($"user-{i}");
        }

        var passwords = host.Services.GetRequiredService<PasswordCheck>();
        Task<(User? User, string? Reason)> SignIn(int i) =>
            passwords.CheckAsync(
                ofAddress ? $"{(exists ? "user" : "nobody")}-{i}"
                    : exists ? "USER-0"
                    : "nobody",
                "any password at all",
                ofAddress ? IPAddress.Loopback : new IPAddress([10, 0, 0, (byte)i]),
                CancellationToken.None
            );
        var held = new List<Task>();
        for (var first = 0; first < LookedAtAtOnce; first++)
        {
            var i = first;
            held.Add(Task.Run(() => SignIn(i)));
            await hasher.SomebodyIsLookedAtAsync().WaitAsync(Patience);
        }

        held.AddRange(Enumerable.Range(LookedAtAtOnce, Waiting).Select(SignIn));
        Assert.ThrowsAsync<TooManySignInsException>(() => SignIn(PasswordCheck.PlacesMax));
        var other = passwords.CheckAsync(
            "user-1",
            "any password at all",
            new IPAddress([10, 9, 9, 9]),
            CancellationToken.None
        );
        hasher.Open();
        await Task.WhenAll([.. held, other]).WaitAsync(Patience);
        Assert.That((await other).User, Is.Not.Null);
        await SignIn(0).WaitAsync(Patience); // The places are free again.
    }

    private static Task<HttpResponseMessage> LoginAsync(HttpClient nobody, string userName) =>
        nobody.PostTextAsync("/api/auth/login", $$"""{"userName":"{{userName}}","password":"any password at all"}""");

    /// <summary>A hasher that waits until the test lets it go, and then accepts every password.</summary>
    private sealed class HeldHasher : IPasswordHasher<User>, IDisposable
    {
        private readonly ManualResetEventSlim _gate = new();
        private readonly SemaphoreSlim _looking = new(0);
        private int _looks;

        public int Looks => _looks;

        public Task SomebodyIsLookedAtAsync() => _looking.WaitAsync();

        public void Open() => _gate.Set();

        public string HashPassword(User user, string password) => "hash";

        public PasswordVerificationResult VerifyHashedPassword(
            User user,
            string hashedPassword,
            string providedPassword
        )
        {
            Interlocked.Increment(ref _looks);
            _looking.Release();
            Assert.That(_gate.Wait(TimeSpan.FromMinutes(1)));
            return PasswordVerificationResult.Success;
        }

        public void Dispose()
        {
            _gate.Dispose();
            _looking.Dispose();
        }
    }
}
