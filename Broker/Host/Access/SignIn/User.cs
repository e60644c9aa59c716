using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>A user while Identity's manager works on it, since the manager changes users in place.</summary>
internal sealed class User(UserRecord record)
{
    /// <summary>
    /// The user's record with the changes so far. The version of the record is the one that was read from the store.
    /// </summary>
    public UserRecord Record { get; set; } = record;

    /// <summary>The note for the audit log that goes with the next write, and with that alone; null for none.</summary>
    public AuditNote? Audit { get; set; }
}
