using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>A user on the way through Identity's manager, which changes users in place.</summary>
internal sealed class User(UserRecord record)
{
    /// <summary>What stands so far; its version is the one that was read.</summary>
    public UserRecord Record { get; set; } = record;

    /// <summary>What the audit log is to say of the next write; that alone.</summary>
    public AuditNote? Audit { get; set; }
}
