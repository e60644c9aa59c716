using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Core.Tests.Attempts;

/// <summary>Which lines of an attempt's log are saved, and how.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AttemptLogTests
{
    /// <summary>What each line counts beside its characters.</summary>
    private const int LineOverhead = 32;

    private readonly Stage _stage = new();
    private readonly Peer _peer;
    private readonly AttemptId _open;

    public AttemptLogTests()
    {
        _peer = _stage.Join(1, "h", 5, "m");
        _stage.Enqueue("m");
        _open = _peer.Assigned[0];
    }

    private IReadOnlyList<LogEntry> Lines => _stage.Kept.Lines;

    private void Log(string? level, string? message, int times = 1) =>
        _peer.Say([.. Enumerable.Repeat(EventOf(level, message), times)]);

    private ReportEvent EventOf(string? level, string? message) =>
        new()
        {
            Type = ReportEventTypes.Log,
            AttemptId = _open,
            Level = level,
            Message = message,
        };

    [TestCase("trace", "trace")]
    [TestCase("debug", "debug")]
    [TestCase("information", "information")]
    [TestCase("warning", "warning")]
    [TestCase("error", "error")]
    [TestCase("critical", "critical")]
    [TestCase("Error", "information")]
    [TestCase("", "information")]
    [TestCase(null, "information")]
    public void Line_has_its_level_if_that_is_known_and_is_information_otherwise(string? level, string saved)
    {
        Log(level, "hello");
        Assert.That(Lines.Single(), Has.Property("Level").EqualTo(saved).And.Property("Message").EqualTo("hello"));
    }

    [Test]
    public void Line_without_a_text_is_saved_empty_and_of_now()
    {
        _stage.Advance(3);
        Log("error", null);
        Assert.That(Lines.Single().Message, Is.Empty);
        Assert.That(Lines[0].At, Is.EqualTo(Stage.Noon.AddSeconds(3)));
    }

    [Test]
    public void Lines_are_numbered_by_the_microsecond_and_by_one_within_it()
    {
        var first = Stage.Noon.UtcTicks / TimeSpan.TicksPerMicrosecond;
        Log("error", "x", 2);
        _stage.Advance(1);
        Log("error", "x");
        Assert.That(
            Lines.Select(line => line.Sequence),
            Is.EqualTo(new[] { first, first + 1, first + TimeSpan.MicrosecondsPerSecond })
        );
    }

    [Test]
    public void Lines_after_a_restart_come_after_those_of_before_it()
    {
        Log("error", "x", 3);
        _stage.Restart(TimeSpan.FromMilliseconds(1));
        var back = _stage.Join(2, Stage.HelloOf("h", 5, ["m"], "i", new ResumedAttempt(_open, _open.Token)));
        back.Say(EventOf("error", "y"));
        Assert.That(Lines.Select(line => line.Sequence), Is.Unique.And.Ordered);
        Assert.That(Lines[^1].Message, Is.EqualTo("y"));
    }

    [Test]
    public void Lines_that_fill_the_limit_exactly_are_saved_and_one_more_says_that_the_rest_is_not()
    {
        const int characters = Limits.LogMessageLengthMax - LineOverhead;
        const int fitting = Limits.LogCharactersPerAttemptMax / (characters + LineOverhead);
        Log("error", new string('x', characters), fitting);
        Assert.That(Lines, Has.Count.EqualTo(fitting));
        Assert.That(Lines, Is.All.Property("Level").EqualTo("error"));

        Log("error", "y", 2);
        Assert.That(Lines, Has.Count.EqualTo(fitting + 1), "the limit is noted once");
        Assert.That(
            Lines[^1],
            Has.Property("Level")
                .EqualTo("warning")
                .And.Property("Message")
                .Contains($"{Limits.LogCharactersPerAttemptMax} characters")
        );
    }
}
