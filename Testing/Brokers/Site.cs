using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.Testing.Stories;
using ScheduleZero.Testing.Time;

namespace ScheduleZero.Testing.Brokers;

/// <summary>The parts of a simulation that outlive a start of the Broker: disk, clock, keys, timeline.</summary>
internal sealed class Site : IDisposable
{
    public const string Bridge = "simulation";
    public const string Address = "127.0.0.1";

    private readonly Random _seeds;

    public Site(SimulationOptions options)
    {
        _seeds = new Random(options.Seed);
        Logging = options.Logging ?? (static _ => { });
        Driver = new Driver(options.RealTimeLimit);
        Clock = new CodeClock(Driver.Agenda, static fire => fire(), options.StartAt);
        Timeline = new Timeline(Driver);
        Logs = LoggerFactory.Create(logging =>
        {
            Logging(logging);
            logging.AddFilter("Microsoft", LogLevel.Warning);
        });
    }

    public Driver Driver { get; }

    public CodeClock Clock { get; }

    public MemoryDisk Disk { get; } = new();

    public Timeline Timeline { get; }

    public Action<ILoggingBuilder> Logging { get; }

    public ILoggerFactory Logs { get; }

    public MemorySigner Signer { get; } = new();

    public IDataProtectionProvider Protection { get; } = new EphemeralDataProtectionProvider();

    /// <summary>A key that may do everything, everywhere.</summary>
    public ApiKey AdminKey { get; } = ApiKey.Generate();

    public int NextSeed() => _seeds.Next();

    public void Note(string what, string subject, string? detail = null) =>
        Timeline.Add(new TimelineEntry(Clock.GetUtcNow(), what, subject, Detail: detail));

    public void Dispose()
    {
        Driver.Dispose();
        Signer.Dispose();
        Logs.Dispose();
    }
}
