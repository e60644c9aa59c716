using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>A signed copy of a schedule whose signature was checked, and the schedule in it.</summary>
internal sealed record VerifiedCopy(SignedCopy Signed, KeptSchedule Schedule)
{
    /// <summary>Checks the signature of a copy and reads the schedule.</summary>
    /// <param name="custodian">The handler and the folder that the copy must have been made for.</param>
    /// <param name="problem">Why the copy is not valid; empty when it is.</param>
    /// <returns>Null when the copy is not valid.</returns>
    public static VerifiedCopy? TryRead(SignedCopy signed, CustodianId custodian, out string problem)
    {
        problem = "";
        if (!CheckpointKeys.IsKey(signed.Key) || !OfflineProofs.TryRead(signed.Copy, signed.Key, out var schedule))
        {
            problem = "its signature is not valid";
            return null;
        }

        if (schedule.Handler != custodian.Handler || schedule.Store != custodian.Store)
        {
            problem = $"it was made for handler {schedule.Handler} and its store {schedule.Store}";
            return null;
        }

        return new VerifiedCopy(signed, schedule);
    }
}

/// <summary>A copy as its file has it, with the key that signed it.</summary>
internal sealed record SignedCopy(AuditKey Key, KeptCopy Copy);

/// <summary>A custodian of schedules: a handler, and the id of its offline folder.</summary>
internal readonly record struct CustodianId(string Handler, string Store);
