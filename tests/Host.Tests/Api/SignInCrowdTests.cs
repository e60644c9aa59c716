using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Contracts;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Many who sign in while the Broker is still looking at the passwords of others.</summary>
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
        await using var host = await ApiHost.StartAsync(services: services => services.AddSingleton<IPasswordHasher<User>>(hasher));
        // Two, since each may have twenty sessions.
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
        Assert.That(answers.Count(answer => answer.StatusCode == HttpStatusCode.OK), Is.EqualTo(LookedAtAtOnce + Waiting));
        using var after = await LoginAsync(nobody, "ana");
        Assert.That(after.StatusCode, Is.EqualTo(HttpStatusCode.OK), "and so is who comes back");
    }

    private static Task<HttpResponseMessage> LoginAsync(HttpClient nobody, string userName) =>
        nobody.PostTextAsync("/api/auth/login", $$"""{"userName":"{{userName}}","password":"any password at all"}""");

    /// <summary>Takes every password for right, once it is let.</summary>
    private sealed class HeldHasher : IPasswordHasher<User>, IDisposable
    {
        private readonly ManualResetEventSlim _gate = new();
        private readonly SemaphoreSlim _looking = new(0);

        public Task SomebodyIsLookedAtAsync() => _looking.WaitAsync();

        public void Open() => _gate.Set();

        public string HashPassword(User user, string password) => "hash";

        public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
        {
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
