using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>A copy whose signature was checked, and what it says.</summary>
internal sealed record VerifiedCopy(SignedCopy Signed, KeptSchedule Schedule)
{
    /// <param name="keeper">Whose copy it must be.</param>
    /// <param name="problem">Why it is not good.</param>
    public static VerifiedCopy? TryRead(SignedCopy signed, Keeper keeper, out string problem)
    {
        problem = "";
        if (!CheckpointKeys.IsKey(signed.Key) || !OfflineProofs.TryRead(signed.Copy, signed.Key, out var schedule))
        {
            problem = "its signature is not valid";
            return null;
        }

        if (schedule.Handler != keeper.Handler || schedule.Store != keeper.Store)
        {
            problem = $"it was made for handler {schedule.Handler} and its store {schedule.Store}";
            return null;
        }

        return new VerifiedCopy(signed, schedule);
    }
}

/// <summary>A copy as it lies on the disk, with the key that signed it.</summary>
internal sealed record SignedCopy(AuditKey Key, KeptCopy Copy);

/// <summary>Who keeps copies: a handler, and the place in which it does.</summary>
internal readonly record struct Keeper(string Handler, string Store);
