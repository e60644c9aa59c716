using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.EndToEnd.Tests.Sealed;

/// <summary>What a captured Bridge sees of sealed sessions, and what comes of its meddling.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class SealedWayTests(bool isCurve) : SealedTest(isCurve)
{
    [Test]
    public async Task Nothing_of_a_secret_is_seen_on_the_way_once_sealing_is_switched_on()
    {
        const string Shown = "the launch code is 0000-of-all-things";
        await EnrolAsync();
        StartAgent();
        await RunAsync($"open: {Shown}");
        await UntilAsync(() => Task.FromResult(Bridge.HasSeen($"log of open: {Shown}")));
        Assert.That(Bridge.HasSeen(Shown), Is.True, "The search finds what is not sealed.");
        Assert.That((await SessionAsync())!.Sealed, Is.False);

        await SealAsync(Handler);
        await UntilSealedAsync();
        const string Hidden = "a thing that nobody between may know";
        var job = await RunAsync(Hidden);
        var failed = await EndedAsync(await Stage.Client.Jobs.EnqueueAsync(RequestOf($"fail {Hidden}")));
        await UntilAsync(async () => (await Stage.Client.Jobs.LogsAsync(job.Id)).Items.Count > 0);

        Assert.That(failed.Error!.Message, Is.EqualTo($"error of fail {Hidden}"));
        Assert.That(job.Result.To<string>(), Is.EqualTo(Hidden));
        Assert.That(Bridge.HasSeen(Hidden), Is.False);
        Assert.That(await RefusalsAsync(), Is.Empty);
    }

    [TestCase(true, "alter")]
    [TestCase(true, "drop")]
    [TestCase(true, "repeat")]
    [TestCase(true, "swap")]
    [TestCase(true, "strip")]
    [TestCase(false, "alter")]
    [TestCase(false, "drop")]
    [TestCase(false, "repeat")]
    [TestCase(false, "swap")]
    [TestCase(false, "strip")]
    public async Task A_message_that_was_meddled_with_ends_the_connection_and_the_job_goes_on(bool up, string how)
    {
        await StartSealedAsync();
        Gate = new TaskCompletionSource();
        var first = await BeginAsync("first");
        var welcomes = Count(MessageKind.Welcome);
        var meddler = new Meddler(up, up ? MessageKind.Report : MessageKind.Assign, how);
        Bridge.Meddle = meddler.Pass;
        var second = await Stage.Client.Jobs.EnqueueAsync(RequestOf("second"));
        await meddler.HasMeddled.WaitAsync(Deadline);
        await UntilAsync(() => Task.FromResult(Count(MessageKind.Welcome) > welcomes));
        Gate.SetResult();

        foreach (var job in new[] { await EndedAsync(first), await EndedAsync(second) })
        {
            Assert.That((job.State, job.Attempts), Is.EqualTo((JobState.Succeeded, 1)), job.ToString());
            Assert.That(job.Result, Is.EqualTo(job.Params));
        }

        Assert.That(Calls, Is.EquivalentTo(new[] { "first", "second" }));
        Assert.That((await RefusalsAsync()).Count, up ? Is.GreaterThan(0) : Is.Zero);
    }

    [Test]
    public async Task A_forged_result_does_not_count_and_a_forged_assignment_does_not_run()
    {
        await StartSealedAsync();
        var other = await StartOtherAsync("other-1");
        Gate = new TaskCompletionSource();
        var job = await BeginAsync("real");
        var attempt = new AttemptId(job.Id, 1);
        var result = new ReportEvent
        {
            Type = ReportEventTypes.Succeeded,
            AttemptId = attempt,
            FencingToken = 1,
            Result = RawJson.From("forged"),
        };
        await ForgeAsync(
            Carried.FromHandler(new Report([result])),
            Carried.ToHandler(new Assign([Forged()])),
            Carried.ToHandler(new Cancel([new CancelledAttempt(attempt, "forged", 0)])),
            Carried.ToHandler(new Ack([new AcknowledgedAttempt(attempt, "accepted")])),
            Carried.ToHandler(new Close(ErrorCodes.Revoked, "forged"))
        );
        Gate.SetResult();

        var ended = await EndedAsync(job);
        Assert.That((ended.State, ended.Attempts), Is.EqualTo((JobState.Succeeded, 1)));
        Assert.That(ended.Result.To<string>(), Is.EqualTo("real"));
        Assert.That(Calls, Is.EqualTo(new[] { "real" }));
        Assert.That((await RefusalsAsync()).Select(refused => refused.Reason), Has.Member("unsealed"));
        await RunAsync("second");
        await RunAsync("third", "other-1");
        Assert.That(await SessionIdOfAsync("other-1"), Is.EqualTo(other), "Nobody else was disturbed.");
    }

    [Test]
    public async Task What_was_said_in_one_session_does_not_count_in_the_next()
    {
        await StartSealedAsync();
        await RunAsync("first");
        var old = Bridge.Seen.Where(carried => carried.Kind is MessageKind.Report or MessageKind.Assign).ToList();
        await Stage.Client.Handlers.DisconnectAsync(Handler);
        await RunAsync("second");
        var calls = Calls.Count;
        await ForgeAsync([.. old.Take(6)]);

        await RunAsync("third");
        Assert.That(Calls, Has.Count.EqualTo(calls + 1));
        Assert.That((await RefusalsAsync()).Select(refused => refused.Reason), Has.Member("foreign"));
    }

    [Test]
    public async Task A_Broker_that_is_killed_goes_on_with_sealed_sessions_and_their_attempts()
    {
        await StartSealedAsync();
        Gate = new TaskCompletionSource();
        var job = await BeginAsync("over the restart");
        await Stage.Children.Last(child => child.Name == "broker").KillAsync();
        await StartBrokerAsync();
        await UntilSealedAsync();
        Gate.SetResult();

        var ended = await EndedAsync(job);
        Assert.That((ended.State, ended.Attempts), Is.EqualTo((JobState.Succeeded, 1)));
        Assert.That(Calls, Has.Count.EqualTo(1));
        Assert.That(Bridge.Seen.Where(carried => carried.Kind == MessageKind.Welcome).Select(IsSealed), Is.All.True);
    }

    private static bool IsSealed(Carried carried) => carried.Body[0] == (byte)'"';

    /// <summary>Forges messages one after the other, and waits for the new session that each one leads to.</summary>
    private async Task ForgeAsync(params Carried[] all)
    {
        foreach (var forged in all)
        {
            var welcomes = Count(MessageKind.Welcome);
            await Bridge.ForgeAsync(forged);
            await UntilAsync(() => Task.FromResult(Count(MessageKind.Welcome) > welcomes));
            await UntilSealedAsync();
        }
    }

    private static AssignedAttempt Forged()
    {
        var job = new JobId(Guid.CreateVersion7());
        return new AssignedAttempt
        {
            AttemptId = new AttemptId(job, 1),
            JobId = job,
            Method = Method,
            Params = RawJson.From("forged"),
            Attempt = 1,
            MaxAttempts = 1,
            FencingToken = 1,
            LeaseSeconds = 30,
            TimeoutSeconds = 60,
            EnqueuedAt = DateTimeOffset.UnixEpoch,
        };
    }
}
