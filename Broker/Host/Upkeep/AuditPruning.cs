using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Host.Upkeep;

/// <summary>
/// Deletes events of the audit log that have passed their retention. An event of the log itself says so first, with the
/// hash of the last deleted event, so that a verifier can tell pruning from events that somebody cut off.
/// </summary>
internal static class AuditPruning
{
    public static async Task RunAsync(
        IStoreUpkeep store,
        IBrokerInputs inputs,
        DateTimeOffset before,
        ILoggerFactory logs,
        CancellationToken cancellationToken
    )
    {
        if (await store.FindAuditCutAsync(before, cancellationToken) is not { } cut)
        {
            return;
        }

        var note = AuditNotes.OfSystem(AuditChain.PruneAction, $"audit:{cut.Before}") with
        {
            Reason = "retention",
            Detail = new AuditDetail { Before = cut.Before, PreviousHash = Convert.ToHexStringLower(cut.PreviousHash) },
        };
        try
        {
            await inputs.AskAsync(ticket => new BrokerInput.NoteDown(ticket) { Audit = note }, cancellationToken);
        }
        catch (BrokerBusyException)
        {
            return; // Nothing was deleted; the next round comes within the hour.
        }

        var events = await store.PruneAuditAsync(cut.Before, cancellationToken);
        logs.CreateLogger(typeof(AuditPruning)).AuditPruned(cut.Before, events);
    }
}
