using ScheduleZero.Broker.Core.Access;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>A user on the way through Identity's manager, which changes users in place.</summary>
internal sealed class User(UserRecord record)
{
    /// <summary>What stands so far; its version is the one that was read.</summary>
    public UserRecord Record { get; set; } = record;
}
