namespace ScheduleZero.Bridge;

/// <summary>Thrown when the Bridge cannot start as configured. The message tells the operator what to mend.</summary>
public sealed class BridgeSettingsException(string message) : Exception(message);
