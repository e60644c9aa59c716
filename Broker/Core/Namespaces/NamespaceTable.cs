using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>
/// Holds the quota of every namespace that exists, or that a request or a job has named since the start of the Broker.
/// </summary>
internal sealed class NamespaceTable(BrokerQuota whole)
{
    private readonly Dictionary<string, NamespaceQuota> _quotas = new(StringComparer.Ordinal);

    public IEnumerable<NamespaceQuota> All => _quotas.Values;

    public NamespaceQuota Of(string ns)
    {
        if (!_quotas.TryGetValue(ns, out var quota))
        {
            _quotas[ns] = quota = new NamespaceQuota(ns, whole);
        }

        return quota;
    }

    /// <summary>The limits of a namespace; null for one that nothing has named.</summary>
    public NamespaceLimits? LimitsOf(string ns) => _quotas.GetValueOrDefault(ns)?.Limits;

    /// <summary>Forgets a namespace of which nothing is left.</summary>
    public void Forget(string ns) => _quotas.Remove(ns);

    /// <summary>Notes how full the disk of the store is.</summary>
    /// <param name="bytes">Free bytes above the reserve; null while there is plenty.</param>
    public void SetDisk(DiskLevel level, long? bytes) => whole.SetDisk(level, bytes);

    /// <summary>True while the disk is so full that no new work is accepted.</summary>
    public bool IsDiskLow => whole.IsDiskLow;

    /// <summary>The refusal of new work while the disk is nearly full; null while it has room.</summary>
    public Answer.Refused? RefusalOnLowDisk => whole.IsDiskLow ? Refusals.DiskFull : null;

    /// <summary>
    /// The refusal of work in a namespace that does not exist, or is being deleted; null for another namespace.
    /// </summary>
    public Answer.Refused? RefusalIfClosed(string ns) => IsOpen(ns) ? null : Refusals.NoSuchNamespace;

    public bool IsOpen(string ns) =>
        _quotas.TryGetValue(ns, out var quota) ? quota.IsOpen : ns == Names.DefaultNamespace;
}
