namespace ScheduleZero.Broker.Storage;

/// <summary>
/// Thrown when the store can no longer promise anything. The message says what an operator should do.
/// </summary>
public sealed class StoreFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Thrown when another process has the store.</summary>
public sealed class StoreTakenException(string message) : Exception(message);
