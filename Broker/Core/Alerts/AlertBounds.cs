namespace ScheduleZero.Broker.Core.Alerts;

/// <summary>How much an alert remembers.</summary>
public static class AlertBounds
{
    /// <summary>How many jobs an alert remembers.</summary>
    public const int SamplesMax = 5;

    /// <summary>How many characters of a text that a handler wrote an alert remembers.</summary>
    public const int TextMax = 300;
}
