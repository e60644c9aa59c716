using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>
/// The way back in for whoever owns the machine: makes an admin key in the store of a Broker that does not run.
/// </summary>
public static class AdminRecovery
{
    /// <summary>
    /// Makes a key that is an admin everywhere. Keys and users that are there already stay as they are.
    /// </summary>
    /// <param name="dataFolder">The folder of the store, as in <see cref="BrokerSettings.DataFolder"/>.</param>
    /// <param name="account">The account of this machine that asks; it stands in the audit log.</param>
    /// <returns>
    /// The key. Nothing else ever shows its secret; it is on the disk, with its audit event, when this returns.
    /// </returns>
    /// <exception cref="BrokerSettingsException">The folder holds no store.</exception>
    /// <exception cref="StoreTakenException">A Broker runs on the folder; the message names its process.</exception>
    /// <exception cref="StoreFailedException">The store cannot be read or written.</exception>
    public static async Task<ApiKey> NewKeyAsync(
        string dataFolder,
        string account,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        // Opening would make a store, which would hide that the folder is the wrong one.
        if (!LiteDbStore.IsIn(dataFolder))
        {
            throw new BrokerSettingsException(
                $"There is no Broker's store in {Path.GetFullPath(dataFolder)}. Name its folder with --data."
            );
        }

        var options = new LiteDbStoreOptions { Folder = dataFolder };
        await using var store = await LiteDbStore.OpenAsync(options, time, NullLogger.Instance, cancellationToken);
        var stored = await store.LoadAsync(cancellationToken);
        var key = ApiKey.Generate();
        var record = Bootstrap.AdminRecord(key, "recovery", time.GetUtcNow());
        var note = AuditNotes.OfSystem("keys:create", $"key:{record.Id}", record.Namespace) with
        {
            Reason = $"service: admin, made offline by account {account} of the Broker's machine",
        };

        // Only the audit log is restored: with jobs and schedules Core would also begin to act on them.
        var core = new BrokerCore(new CoreOptions());
        var now = new Moment(time.GetUtcNow(), TimeSpan.Zero);
        core.Restore(new StoredState { AuditTail = stored.AuditTail }, now);
        var decision = new Decision(now, new Random());
        // Nobody awaits the answer: the key's id is new, so the key is made.
        core.Apply(new BrokerInput.CreateKey(new PendingAnswer(), record) { Audit = note }, decision);
        core.Close(decision);
        // No cancellation: a key that is stored and not shown would be lost.
        await store.CommitAsync(decision.Changes, CancellationToken.None);
        return key;
    }
}
