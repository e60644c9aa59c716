using Microsoft.Extensions.Logging;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Attempts;
using ScheduleZero.HandlerAgent.Connection;

namespace ScheduleZero.Agent.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class ReportQueueTests
{
    private static ReportEvent Line(string text) =>
        ReportEvents.Log(Messages.AnAttempt().AttemptId, LogLevel.Information, text, DateTimeOffset.UnixEpoch);

    [Test]
    public void A_report_closes_at_its_target_size_but_takes_at_least_one_event()
    {
        var queue = new ReportQueue(1000);
        var large = ReportEvents.Succeeded(Messages.AnAttempt(), RawJson.From(new string('x', 100_000)));
        queue.Add(large);
        queue.Add(ReportEvents.Pong("a"));

        Assert.That(queue.Take(), Is.EqualTo(new[] { large }));
        Assert.That(queue.Take()!.Single().Nonce, Is.EqualTo("a"));
        Assert.That(queue.Take(), Is.Null);
    }

    [Test]
    public void Waiting_log_lines_are_bounded_and_room_comes_back_when_they_are_taken()
    {
        var queue = new ReportQueue(2);
        Assert.That(queue.TryAddLog(Line("1"), force: false), Is.True);
        Assert.That(queue.TryAddLog(Line("2"), force: false), Is.True);
        Assert.That(queue.TryAddLog(Line("3"), force: false), Is.False);
        queue.Take();
        Assert.That(queue.TryAddLog(Line("4"), force: false), Is.True);
    }

    [Test]
    public async Task Dropped_log_lines_are_counted_in_the_jobs_log()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(
            a =>
                a.Handle(
                    "talk",
                    (RawJson p, JobContext job) =>
                    {
                        for (var i = 0; i < 150; i++)
                        {
                            job.Log(LogLevel.Information, $"{i}");
                        }

                        return Task.CompletedTask;
                    }
                ),
            o => o.PendingLogLinesMax = 100
        );
        var connection = await broker.WelcomeAsync();
        connection.Gate = new TaskCompletionSource();
        var attempt = Messages.AnAttempt("talk");
        connection.Assign(attempt);
        connection.Gate.SetResult();

        var lines = new List<string>();
        for (var e = await connection.NextEventAsync(); e.Type != "succeeded"; e = await connection.NextEventAsync())
        {
            if (e.Type == "log")
            {
                lines.Add(e.Message!);
            }
        }

        connection.Acknowledge(attempt);
        var told = lines
            .Where(l => l.Contains("dropped", StringComparison.Ordinal))
            .Sum(l => int.Parse(l.Split(' ')[0]));
        Assert.That(lines.Count(l => !l.Contains("dropped", StringComparison.Ordinal)) + told, Is.EqualTo(150));
    }

    [TestCase("http://user:secret@proxy:3128 said 407", "http://…@proxy:3128 said 407")]
    [TestCase("key szk_0123456789ab_abcDEF-_1 refused", "key szk_0123456789ab_… refused")]
    [TestCase("http://user:hunter2@x@proxy:3128 said 407", "http://…@proxy:3128 said 407")]
    [TestCase("the password hunter2 was wrong", "the password … was wrong")]
    public void Credentials_are_taken_out_of_messages(string text, string expected) =>
        Assert.That(Redaction.Clean(text, ["hunter2"]), Is.EqualTo(expected));
}
