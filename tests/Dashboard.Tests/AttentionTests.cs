using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Home;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>What the first page says needs a person.</summary>
public sealed class AttentionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Nothing_needs_anybody_where_all_is_well() =>
        Assert.That(
            Find(new HomeReading { Now = Noon, Handlers = [Handler("office-1", online: true, "mail.send")] }),
            Is.Empty
        );

    [Test]
    public void Failed_jobs_of_one_method_are_one_sentence()
    {
        var found = Find(
            new HomeReading { Now = Noon, Failed = [Failed("office-7"), Failed("office-7"), Failed("office-7")] }
        );
        Assert.Multiple(() =>
        {
            Assert.That(found, Has.Count.EqualTo(1));
            Assert.That(found[0].Title, Is.EqualTo("3 jobs of reports.render failed for good, the last at 11:00:00"));
            Assert.That(found[0].Words, Is.EqualTo("All on office-7: “disk quota exceeded”"));
            Assert.That(found[0].Href, Is.EqualTo("jobs?state=failed&method=reports.render"));
        });
    }

    [TestCase(JobState.Succeeded, false)]
    [TestCase(JobState.Running, false)]
    [TestCase(JobState.Ready, false)]
    [TestCase(JobState.Scheduled, false)]
    [TestCase(JobState.Failed, true)]
    [TestCase(JobState.Cancelled, true)]
    [TestCase(JobState.Expired, true)]
    public void A_failed_job_needs_nobody_once_its_replay_succeeded_or_goes_on(JobState state, bool isNeeded)
    {
        var (one, other) = (Failed("office-7"), Failed("office-7"));
        var replay = Job(state, one.Method) with { ReplayOf = one.Id };
        var left = Replayed.Without([one, other], [replay]);
        Assert.That(left, Is.EqualTo(isNeeded ? [one, other] : new[] { other }));
    }

    [TestCase(JobState.Succeeded, 0)]
    [TestCase(JobState.Failed, 2)]
    public void A_replay_that_failed_and_was_replayed_settles_both(JobState last, int needed)
    {
        var first = Failed("office-7");
        var second = Failed("office-7") with { ReplayOf = first.Id, EnqueuedAt = Noon };
        var third = Job(last, first.Method) with { ReplayOf = second.Id, EnqueuedAt = Noon.AddMinutes(1) };
        Assert.That(Replayed.Without([second, first], [third, second]), Has.Count.EqualTo(needed));
    }

    [Test]
    public void Jobs_that_no_connected_handler_can_run_are_stuck()
    {
        var found = Find(
            new HomeReading
            {
                Now = Noon,
                Ready = [Job(JobState.Ready, "films.encode"), Job(JobState.Ready, "mail.send")],
                Handlers = [Handler("office-1", online: true, "mail.send")],
            }
        );
        Assert.That(found.Select(item => item.Title), Is.EqualTo(new[] { "1 job of films.encode can run nowhere" }));
    }

    [Test]
    public void Jobs_of_a_paused_method_wait_and_are_not_stuck()
    {
        var found = Find(
            new HomeReading
            {
                Now = Noon,
                Ready = [Job(JobState.Ready, "films.encode"), Job(JobState.Ready, "films.encode")],
                Handlers = [],
                Paused = new Dictionary<string, PauseView>
                {
                    ["films.encode"] = new()
                    {
                        Reason = "The disk is replaced",
                        By = "user:ana",
                        At = Noon,
                    },
                },
            }
        );
        Assert.That(
            found.Select(item => item.Title),
            Is.EqualTo(new[] { "2 jobs wait, since films.encode is paused" })
        );
        Assert.That(found[0].Words, Is.EqualTo("Paused by user:ana: “The disk is replaced”"));
        Assert.That(found[0].Href, Is.EqualTo("methods/films.encode"));
    }

    [Test]
    public void A_handler_whose_key_was_copied_is_named_until_it_has_another()
    {
        var copied = HandlerKey("office-1") with { RevokedAt = Noon, RevokedReason = "cloned" };
        var found = Find(new HomeReading { Now = Noon, Keys = [copied, HandlerKey("office-2")] });
        Assert.That(found.Select(item => item.Href), Is.EqualTo(new[] { "handlers/office-1" }));
        Assert.That(Find(new HomeReading { Now = Noon, Keys = [copied, HandlerKey("office-1")] }), Is.Empty);
    }

    [Test]
    public void A_channel_that_takes_no_notices_needs_somebody()
    {
        var channel = new AlertChannelView
        {
            Name = "ops",
            Namespace = "default",
            Version = 1,
            Kind = AlertChannelKind.Slack,
            Enabled = true,
            Problem = "The server answered 404.",
            ProblemAt = Noon,
            Waiting = 1,
            Dropped = 3,
            CreatedAt = Noon,
            ChangedAt = Noon,
            CreatedBy = "user:ana",
            ChangedBy = "user:ana",
        };
        var found = Find(new HomeReading { Now = Noon, FailingChannels = [channel] });
        Assert.That(
            found.Select(item => item.Title),
            Is.EqualTo(new[] { "The channel ops does not take notices, the last time at 12:00:00" })
        );
        Assert.That(found[0].Words, Is.EqualTo("The server answered 404. 3 notices were dropped."));
        Assert.That(found[0].Href, Is.EqualTo("alerts/channels/ops"));
    }

    [Test]
    public void An_audit_log_that_is_not_signed_needs_somebody()
    {
        var chain = new AuditChainView
        {
            Events = 7,
            Hash = "00",
            KeyId = "k",
            SignedThrough = 6,
        };
        Assert.That(Find(new HomeReading { Now = Noon, Chain = chain }), Is.Empty);
        var found = Find(new HomeReading { Now = Noon, Chain = chain with { Problem = "The key is gone." } });
        Assert.That(found.Select(item => item.Words), Is.EqualTo(new[] { "The key is gone." }));
    }

    [Test]
    public void A_handler_that_is_away_is_named_unless_somebody_drained_it()
    {
        var found = Find(
            new HomeReading
            {
                Now = Noon,
                Handlers =
                [
                    Handler("office-1", online: false),
                    Handler("office-2", online: false) with
                    {
                        Drained = true,
                    },
                ],
            }
        );
        Assert.That(found.Select(item => item.Title), Is.EqualTo(new[] { "office-1 is not connected since 11:59:00" }));
    }

    [Test]
    public void A_key_is_named_two_weeks_before_it_expires()
    {
        var found = Find(
            new HomeReading { Now = Noon, Keys = [Key(TimeSpan.FromDays(13)), Key(TimeSpan.FromDays(15))] }
        );
        Assert.That(found.Select(item => item.Title), Is.EqualTo(new[] { "The key of office-7 expires in 13 d" }));
    }

    [Test]
    public void A_full_disk_comes_first()
    {
        var stats = new BrokerStats
        {
            Version = "1",
            StartedAt = Noon,
            Scheduled = 0,
            Ready = 0,
            Running = 0,
            Schedules = 0,
            HandlersOnline = 0,
            Sessions = 0,
            Bridges = 0,
            Enqueued = 0,
            Finished = 0,
            Commits = 0,
            Disk = DiskState.Low,
            DiskFreeBytes = 100L << 20,
        };
        var found = Find(
            new HomeReading
            {
                Now = Noon,
                Stats = stats,
                Failed = [Failed("office-7")],
            }
        );
        Assert.That(found.Select(item => item.Kind), Is.EqualTo(new[] { "Disk", "Failed" }));
    }

    private static KeyView HandlerKey(string handler) =>
        new()
        {
            Id = "0123456789ab",
            Kind = KeyKind.Handler,
            Namespace = "default",
            Handler = handler,
            CreatedAt = Noon,
            CreatedBy = "user:ada",
        };

    private static IReadOnlyList<Attention> Find(HomeReading home) =>
        Attention.Find(home, new TimeText(TimeZoneInfo.Utc, Noon));

    private static JobView Failed(string handler) =>
        Job(JobState.Failed, "reports.render") with
        {
            Handler = handler,
            FinishedAt = Noon.AddHours(-1),
            Error = new AttemptError { Type = "disk", Message = "disk quota exceeded" },
        };

    private static JobView Job(JobState state, string method) =>
        new()
        {
            Id = new JobId(Guid.CreateVersion7(Noon)),
            Namespace = "default",
            State = state,
            Attempts = 1,
            Method = method,
            EnqueuedAt = Noon.AddHours(-2),
            RunAt = Noon.AddHours(-2),
            Retry = new RetryOptions(),
            CreatedBy = "user:ana",
        };

    private static HandlerView Handler(string name, bool online, params string[] methods) =>
        new()
        {
            Name = name,
            Online = online,
            Drained = false,
            Methods = methods,
            Groups = [],
            Sessions = [],
            LastSeenAt = Noon.AddMinutes(-1),
        };

    private static KeyView Key(TimeSpan left) =>
        new()
        {
            Id = "1a2b3c4d5e6f",
            Kind = KeyKind.Handler,
            Namespace = "default",
            Handler = "office-7",
            CreatedAt = Noon,
            CreatedBy = "user:ana",
            ExpiresAt = Noon + left,
        };
}
