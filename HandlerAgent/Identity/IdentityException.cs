namespace ScheduleZero.HandlerAgent;

/// <summary>
/// An agent's identity file is missing, open to others, in use, or not what it should be; the message says what to
/// mend, and holds no secret.
/// </summary>
public sealed class IdentityException(string message) : Exception(message);
