using System.Net;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>Rights that are taken away while they are in use, with real processes.</summary>
public sealed class AccessRaceTests : StageTest
{
    private const string Password = "words that only ana knows";

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_handler_whose_key_is_revoked_during_a_job_is_fenced_and_another_runs_it(bool overBridge)
    {
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        var address = overBridge ? Stage.BridgeUrl() : Stage.Router;
        var key = await Stage.CreateHandlerKeyAsync("first");
        var agent = await StartAgentAsync("first", key.Key, Path.Combine(Stage.Folder, "first.journal"), 1, address);
        var job = await Stage.Client.Jobs.EnqueueAsync(
            Work(120_000) with
            {
                Retry = new RetryOptions { FirstDelay = TimeSpan.Zero },
            }
        );
        await UntilAsync(async () => (await Stage.Client.Jobs.GetAsync(job.Id)).StartedAt is not null);

        await Stage.Client.Keys.RevokeAsync(key.Id);
        Assert.That(await agent.ExitAsync(Deadline), Is.EqualTo(1));
        await UntilAsync(async () => (await Stage.Client.Jobs.AttemptsAsync(job.Id))[0].Outcome is not null);
        var lost = (await Stage.Client.Jobs.AttemptsAsync(job.Id)).Single();
        Assert.That(lost.Outcome, Is.EqualTo(AttemptOutcome.Lost));

        await StartAgentAsync("second", address);
        await UntilAsync(async () => (await Stage.Client.Jobs.AttemptsAsync(job.Id)).Count == 2);
        var again = (await Stage.Client.Jobs.AttemptsAsync(job.Id))[1];
        Assert.That((again.Handler, again.FencingToken), Is.EqualTo(("second", lost.FencingToken + 1)));
    }

    [TestCase("role")]
    [TestCase("user")]
    [TestCase("session")]
    public async Task A_stream_and_a_waiting_request_end_with_the_right_to_them(string what)
    {
        await Stage.StartBrokerAsync();
        var (ana, session) = await SignInAsync();
        using (ana)
        {
            var opened = new TaskCompletionSource();
            var stream = FollowAsync(ana, () => opened.TrySetResult());
            await opened.Task.WaitAsync(Deadline);
            var waiting = ana.Jobs.EnqueueAndWaitAsync(
                new JobRequest { Method = "nobody.offers" },
                TimeSpan.FromMinutes(4)
            );
            await UntilAsync(async () => (await Stage.Client.Jobs.ListAsync()).Items.Count == 1);

            await (
                what switch
                {
                    "role" => Stage.Client.Users.PatchAsync("ana", new UserPatch { Roles = [] }),
                    "user" => Stage.Client.Users.PatchAsync("ana", new UserPatch { Disabled = true }),
                    _ => Stage.Client.Users.EndSessionAsync("ana", session),
                }
            );
            Assert.That(
                async () => await stream.WaitAsync(Deadline),
                Throws.TypeOf<ScheduleZeroException>(),
                "the stream ends, and cannot be opened again"
            );
            Assert.That(
                Assert.ThrowsAsync<ScheduleZeroException>(() => ana.Jobs.ListAsync())!.Status,
                Is.EqualTo(what == "role" ? HttpStatusCode.NotFound : HttpStatusCode.Unauthorized)
            );

            // The job ends, and a caller who waits for it without the right is not told how it ended.
            await Stage.Client.Jobs.CancelAsync((await Stage.Client.Jobs.ListAsync()).Items[0].Id);
            Assert.That(
                Assert.ThrowsAsync<ScheduleZeroException>(async () => await waiting)!.Status,
                Is.EqualTo(HttpStatusCode.Unauthorized)
            );
        }
    }

    [Test]
    public async Task A_session_survives_a_broker_that_is_killed_and_what_was_ended_stays_ended()
    {
        var broker = await Stage.StartBrokerAsync();
        var (ana, session) = await SignInAsync();
        var (other, _) = await SignInAsync();
        using (ana)
        using (other)
        {
            await Stage.Client.Users.EndSessionAsync("ana", session);
            await broker.KillAsync();
            await Stage.StartBrokerAsync();
            Assert.That((await other.Auth.MeAsync()).Name, Is.EqualTo("user:ana"));
            Assert.That(
                Assert.ThrowsAsync<ScheduleZeroException>(() => ana.Auth.MeAsync())!.Status,
                Is.EqualTo(HttpStatusCode.Unauthorized)
            );
        }
    }

    [Test]
    public async Task A_users_requests_beyond_a_hundred_a_minute_are_refused_with_when_to_come_again()
    {
        await Stage.StartBrokerAsync();
        var (ana, _) = await SignInAsync(requestsPerMinute: 100);
        using (ana)
        {
            ScheduleZeroException? refused = null;
            for (var i = 0; i < 200 && refused is null; i++)
            {
                try
                {
                    await ana.Auth.MeAsync();
                }
                catch (ScheduleZeroException e)
                {
                    refused = e;
                }
            }

            Assert.That(refused!.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
            Assert.That(refused.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
        }
    }

    private async Task<(ScheduleZeroClient Client, string SessionId)> SignInAsync(int? requestsPerMinute = null)
    {
        if ((await Stage.Client.Users.ListAsync()).Items.Count == 0)
        {
            await Stage.Client.Users.CreateAsync(
                new UserRequest
                {
                    UserName = "ana",
                    Password = Password,
                    Roles = [new RoleGrant(Roles.Operator, "default")],
                    MustChangePassword = false,
                    RequestsPerMinute = requestsPerMinute,
                }
            );
        }

        using var nobody = new ScheduleZeroClient(new ScheduleZeroClientOptions { Server = Stage.Rest });
        var tokens = await nobody.Auth.LoginAsync(new LoginRequest { UserName = "ana", Password = Password });
        var client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = Stage.Rest, AccessToken = tokens.AccessToken }
        );
        return (client, (await client.Auth.MeAsync()).SessionId!);
    }

    private static async Task FollowAsync(ScheduleZeroClient client, Action opened)
    {
        using var limit = new CancellationTokenSource(Deadline);
        await foreach (var _ in client.EventsAsync(opened: opened, cancellationToken: limit.Token)) { }
    }
}
