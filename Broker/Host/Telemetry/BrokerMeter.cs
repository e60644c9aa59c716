namespace ScheduleZero.Broker.Host.Telemetry;

/// <summary>The meter that the Broker's own metrics belong to.</summary>
internal static class BrokerMeter
{
    public const string Name = "ScheduleZero.Broker";
}
