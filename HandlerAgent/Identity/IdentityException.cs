namespace ScheduleZero.HandlerAgent;

/// <summary>
/// Thrown when the identity of an agent cannot be made, read or used: the file is missing, open to others, in use or
/// damaged, or the Broker refused. The message says what to mend, and contains no secret.
/// </summary>
public sealed class IdentityException : Exception
{
    internal IdentityException(string message)
        : base(message) { }
}
