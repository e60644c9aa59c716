using System.Collections.Concurrent;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Alerting;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Alerting;

/// <summary>Which notices are sent when, and what Core is told of it.</summary>
public sealed class NoticeDeliveryTests
{
    private static readonly DateTimeOffset _noon = ApiHost.Noon;

    private readonly ChannelSecrets _secrets = new(new EphemeralDataProtectionProvider());
    private AlertBoard _board = null!;
    private FakeAlertSender _sender = null!;
    private FakeTimeProvider _time = null!;
    private Loop _loop = null!;
    private NoticeDelivery _delivery = null!;

    [SetUp]
    public async Task SetUp()
    {
        (_board, _sender, _time) = (new AlertBoard(), new FakeAlertSender(), new FakeTimeProvider(_noon));
        _loop = new Loop(_board);
        _delivery = new NoticeDelivery(_board, _secrets, _sender, _loop, _time, NullLogger<NoticeDelivery>.Instance);
        await _delivery.StartAsync(CancellationToken.None);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _delivery.StopAsync(CancellationToken.None);
        _delivery.Dispose();
    }

    [Test]
    public async Task A_notice_is_sent_at_once_and_core_is_told()
    {
        PutChannel("ops");
        var notice = PutNotice("ops");
        var tried = await _loop.TakeAsync();
        Assert.That((tried.Id, tried.Problem), Is.EqualTo((notice.Notice.Id, (string?)null)));
        Assert.That(_sender.Sent.Single().Target, Is.TypeOf<AlertTarget.Mail>());
    }

    [Test]
    public async Task A_channel_gets_its_notices_one_after_the_other_and_a_slow_one_holds_up_no_other()
    {
        var release = new TaskCompletionSource<SendResult>();
        _sender.Outcome = (_, notice) => notice.Channel == "slow" ? release.Task : Task.FromResult(SendResult.Sent);
        PutChannel("slow");
        PutChannel("ops");
        var first = PutNotice("slow");
        var second = PutNotice("slow", _noon.AddTicks(1));
        PutNotice("ops");
        Assert.That((await _loop.TakeAsync()).Id, Is.Not.EqualTo(first.Notice.Id));
        Assert.That(_sender.Sent.Count(sent => sent.Notice.Channel == "slow"), Is.EqualTo(1));
        release.SetResult(SendResult.Sent);
        Assert.That((await _loop.TakeAsync()).Id, Is.EqualTo(first.Notice.Id));
        Assert.That((await _loop.TakeAsync()).Id, Is.EqualTo(second.Notice.Id));
    }

    [Test]
    public async Task A_notice_that_was_not_taken_is_sent_again_when_core_says_and_not_before()
    {
        _sender.Outcome = (_, _) => Task.FromResult(SendResult.Failed("down", TimeSpan.FromMinutes(1)));
        PutChannel("ops");
        _loop.Decide = waiting => waiting with { Attempts = 1, NextAt = _noon.AddSeconds(90) };
        PutNotice("ops");
        var tried = await _loop.TakeAsync();
        Assert.That(
            (tried.Problem, tried.RetryAfter, tried.IsFinal),
            Is.EqualTo(("down", TimeSpan.FromMinutes(1), false))
        );
        Assert.That(_sender.Sent, Has.Count.EqualTo(1));
        _sender.Outcome = (_, _) => Task.FromResult(SendResult.Sent);
        _loop.Decide = null;
        // The delivery looks at least once a minute, so the clock is moved until it has looked late enough.
        for (var looks = 0; !_loop.HasMore; looks++)
        {
            Assert.That(looks, Is.LessThan(3_000), "the notice is sent again");
            _time.Advance(TimeSpan.FromSeconds(30));
            await Task.Delay(10);
        }

        Assert.That((await _loop.TakeAsync()).Problem, Is.Null);
        Assert.That(_time.GetUtcNow(), Is.GreaterThanOrEqualTo(_noon.AddSeconds(90)));
    }

    [Test]
    public async Task A_channel_that_is_switched_off_gets_its_notices_when_it_is_switched_on()
    {
        PutChannel("ops", isDisabled: true);
        PutChannel("other");
        var notice = PutNotice("ops");
        PutNotice("other");
        await _loop.TakeAsync();
        Assert.That(_sender.Sent.Select(sent => sent.Notice.Channel), Is.EqualTo(new[] { "other" }));
        PutChannel("ops");
        Assert.That((await _loop.TakeAsync()).Id, Is.EqualTo(notice.Notice.Id));
    }

    [Test]
    public async Task A_sender_that_throws_is_a_problem_of_that_notice_only()
    {
        _sender.Outcome = (_, notice) =>
            notice.Channel == "odd" ? throw new InvalidOperationException("no") : Task.FromResult(SendResult.Sent);
        PutChannel("odd");
        PutChannel("ops");
        PutNotice("odd");
        Assert.That((await _loop.TakeAsync()).Problem, Does.Contain("log"));
        PutNotice("ops");
        Assert.That((await _loop.TakeAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task A_secret_that_other_keys_encrypted_is_a_problem_that_says_what_to_do()
    {
        var other = new ChannelSecrets(new EphemeralDataProtectionProvider());
        _board.Put(
            Channel("ops") with
            {
                Form = AlertChannelKind.Slack,
                To = [],
                ProtectedUrl = other.Protect("https://hooks.example.org/"),
            },
            isGone: false
        );
        PutNotice("ops");
        Assert.That((await _loop.TakeAsync()).Problem, Does.Contain("save the channel again"));
        Assert.That(_sender.Sent, Is.Empty);
    }

    [Test]
    public async Task A_channel_whose_row_makes_no_sense_is_a_problem_of_that_channel_and_holds_no_place()
    {
        for (var i = 0; i < 10; i++)
        {
            _board.Put(Channel($"odd{i}") with { Form = AlertChannelKind.Slack, ProtectedUrl = null }, isGone: false);
            PutNotice($"odd{i}");
            Assert.That((await _loop.TakeAsync()).Problem, Does.Contain("log"));
        }

        PutChannel("ops");
        PutNotice("ops");
        Assert.That((await _loop.TakeAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task A_sender_that_gives_up_by_itself_is_tried_again()
    {
        _sender.Outcome = (_, _) => throw new OperationCanceledException();
        PutChannel("ops");
        PutNotice("ops");
        Assert.That((await _loop.TakeAsync()).Problem, Does.Contain("log"));
    }

    [Test]
    public async Task A_notice_from_before_the_clock_was_set_back_is_sent_now()
    {
        PutChannel("ops");
        var notice = PutNotice("ops", _noon.AddDays(1), _noon.AddDays(1));
        Assert.That((await _loop.TakeAsync()).Id, Is.EqualTo(notice.Notice.Id));
    }

    private void PutChannel(string name, bool isDisabled = false) =>
        _board.Put(Channel(name) with { Disabled = isDisabled }, isGone: false);

    private AlertNoticeRecord PutNotice(string channel, DateTimeOffset? at = null, DateTimeOffset? due = null)
    {
        var notice = new AlertNoticeRecord
        {
            Namespace = "default",
            Notice = new AlertNotice
            {
                Id = Guid.NewGuid(),
                Namespace = "default",
                Channel = channel,
                Rule = "failures",
                Condition = AlertCondition.JobFailed,
                Phase = AlertPhase.Firing,
                Subject = "m",
                Since = _noon,
                At = at ?? _noon,
            },
            NextAt = due ?? _noon,
        };
        _board.Put(notice, isGone: false);
        return notice;
    }

    private static AlertChannelRecord Channel(string name) =>
        new()
        {
            Namespace = "default",
            Name = name,
            Form = AlertChannelKind.Mail,
            To = ["ops@example.org"],
            CreatedAt = _noon,
            ChangedAt = _noon,
            CreatedBy = "test",
            ChangedBy = "test",
        };

    /// <summary>A loop that decides about notices as a test says; a notice that was tried is gone otherwise.</summary>
    private sealed class Loop(AlertBoard board) : IBrokerInputs
    {
        private readonly BlockingCollection<BrokerInput.NoticeTried> _tried = [];

        public Func<AlertNoticeRecord, AlertNoticeRecord>? Decide { get; set; }

        public bool HasMore => _tried.Count > 0;

        public Task<BrokerInput.NoticeTried> TakeAsync() =>
            Task.Run(() =>
                _tried.TryTake(out var tried, TimeSpan.FromSeconds(30))
                    ? tried
                    : throw new TimeoutException("No notice was tried.")
            );

        public bool TryPut(BrokerInput input)
        {
            // The next notice is on its way once the board has changed, so it must wait for its turn here.
            lock (_tried)
            {
                Decided((BrokerInput.NoticeTried)input);
            }

            return true;
        }

        private void Decided(BrokerInput.NoticeTried tried)
        {
            var before = board
                .Waiting.SelectMany(channel => channel.Notices)
                .Single(notice => notice.Notice.Id == tried.Id);
            if (Decide?.Invoke(before) is { } next)
            {
                board.Put(next, isGone: false);
            }
            else
            {
                board.Put(before, isGone: true);
            }

            _tried.Add(tried);
        }

        public Task<Answer> AskAsync(Func<Ticket, BrokerInput.Request> input, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<T> ReadAsync<T>(Func<BrokerState, T> read, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
