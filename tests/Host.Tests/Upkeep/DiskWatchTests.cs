using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Upkeep;

namespace ScheduleZero.Host.Tests.Upkeep;

public sealed class DiskWatchTests
{
    private const long Mib = 1024 * 1024;
    private const long Reserve = 256 * Mib;

    [Test]
    public void Loop_is_told_of_every_look_while_there_is_not_plenty_and_of_levels_with_some_play()
    {
        (long? FreeMib, BrokerInput.DiskSeen? Told)[] looks =
        [
            (9_000, null),
            (1_000, new(DiskLevel.Enough, 744 * Mib)),
            (1_000, new(DiskLevel.Enough, 744 * Mib)),
            (255, new(DiskLevel.Low, -1 * Mib)),
            (300, new(DiskLevel.Low, 44 * Mib)), // Less than a quarter above the reserve.
            (null, null),
            (63, new(DiskLevel.VeryLow, -193 * Mib)),
            (64, new(DiskLevel.Low, -192 * Mib)),
            (321, new(DiskLevel.Enough, 65 * Mib)),
            (9_000, new(DiskLevel.Enough, null)),
            (9_000, null),
        ];
        var (edge, log, at) = (new Edge(), new Lines(), 0);
        using var watch = new DiskWatch(() => looks[at].FreeMib * Mib, Reserve, "/data", TimeProvider.System, log);
        for (; at < looks.Length; at++)
        {
            edge.Inputs.Clear();
            watch.MeasureOnce(edge);
            Assert.That(
                edge.Inputs,
                Is.EqualTo(looks[at].Told is { } told ? new BrokerInput[] { told } : []),
                $"look {at}"
            );
        }

        Assert.That(log.Events, Is.EqualTo(new[] { 1051, 1052, 1051, 1053 }), "each change is logged once");
        Assert.That((watch.Level, watch.FreeBytes), Is.EqualTo((DiskLevel.Enough, 9_000 * Mib)));
    }

    [Test]
    public void Without_a_reserve_nothing_is_ever_low()
    {
        var edge = new Edge();
        using var watch = new DiskWatch(() => 0, 0, "/data", TimeProvider.System, new Lines());
        watch.MeasureOnce(edge);
        Assert.That(edge.Inputs, Is.Empty);
        Assert.That(watch.Level, Is.EqualTo(DiskLevel.Enough));
    }

    private sealed class Edge : IBrokerEdge
    {
        public List<BrokerInput> Inputs { get; } = [];

        public bool IsBusy => false;

        public void Put(BrokerInput input) => Inputs.Add(input);
    }

    private sealed class Lines : ILogger<DiskWatch>
    {
        public List<int> Events { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Events.Add(eventId.Id);
    }
}
