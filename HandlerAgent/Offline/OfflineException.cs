namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>The offline folder cannot be used; the message says what to mend.</summary>
internal sealed class OfflineException(string message) : Exception(message);
