namespace ScheduleZero.Bridge;

/// <summary>The Bridge cannot start as configured. The message says what to mend, for the operator.</summary>
public sealed class BridgeSettingsException(string message) : Exception(message);
