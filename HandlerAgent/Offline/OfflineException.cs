namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>Thrown when the offline folder cannot be used; the message says what to mend.</summary>
internal sealed class OfflineException(string message) : Exception(message);
