using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Telemetry;
using ScheduleZero.Edges;
using ScheduleZero.Hostile;

namespace ScheduleZero.Host.Tests.Telemetry;

public sealed class HandlerLinesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LineLog _log = new();

    [TestCase("handler.online", "dmz-1", "Handler office-7 of namespace default came by Bridge dmz-1")]
    [TestCase("handler.online", null, "Handler office-7 of namespace default came by a direct connection")]
    [TestCase("handler.offline", "silent for 30 s", "Handler office-7 of namespace default left: silent for 30 s")]
    [TestCase("handler.refused", "a copy", "Handler office-7 of namespace default was refused: a copy")]
    [TestCase("handler.rejecting", "full", "Handler office-7 of namespace default takes no work: full")]
    public void What_happens_to_a_handler_is_a_line(string type, string? detail, string line)
    {
        using var lines = new StrangerLines(_time, _log);
        new HandlerLines(lines, _log).Observe(Event(type, detail));
        Assert.That(_log.Lines.Last().Words, Is.EqualTo(line));
    }

    [Test]
    public void A_thousand_handlers_that_come_at_once_have_a_few_lines_and_their_number()
    {
        var before = _log.Lines.Count;
        using (var lines = new StrangerLines(_time, _log))
        {
            var handlers = new HandlerLines(lines, _log);
            for (var i = 0; i < 1_000; i++)
            {
                handlers.Observe(Event("handler.online", "dmz-1"));
            }

            handlers.Observe(Event("handler.offline", "gone"));
        }

        var written = _log.Lines.Skip(before).ToArray();
        Assert.That(written.Count(line => line.Id == 1087), Is.EqualTo(StrangerLines.PerMinute));
        Assert.That(written.Count(line => line.Id == 1088), Is.EqualTo(1), "another kind of line");
        Assert.That(written.Last().Words, Does.StartWith("940 more lines about handlers that came"));
    }

    private static Happened Event(string type, string? detail) =>
        new(type, "default", "office-7", DateTimeOffset.UnixEpoch, Handler: "office-7", Detail: detail);
}
