using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>Every namespace that is, or was spoken of, with what is in use there.</summary>
internal sealed class NamespaceTable(BrokerQuota whole)
{
    private readonly Dictionary<string, NamespaceQuota> _uses = new(StringComparer.Ordinal);

    public IEnumerable<NamespaceQuota> All => _uses.Values;

    public NamespaceQuota Of(string ns)
    {
        if (!_uses.TryGetValue(ns, out var use))
        {
            _uses[ns] = use = new NamespaceQuota(ns, whole);
        }

        return use;
    }

    /// <summary>Nothing is left of it, and nobody counts there any more.</summary>
    public void Forget(string ns) => _uses.Remove(ns);

    /// <summary>Notes how full the disk of the store is.</summary>
    /// <param name="bytes">Free bytes above the reserve; null while there is plenty.</param>
    public void SeeDisk(DiskLevel level, long? bytes) => whole.Seen(level, bytes);

    /// <summary>True while the disk is so full that nothing new is taken.</summary>
    public bool IsDiskLow => whole.IsDiskLow;

    /// <summary>The refusal of new work while the disk is nearly full; null while it has room.</summary>
    public Answer.Refused? RefusalOnLowDisk => whole.IsDiskLow ? Refusals.DiskFull : null;

    /// <summary>
    /// The refusal of work in a namespace that does not exist, or not any more; null for one that does.
    /// </summary>
    public Answer.Refused? RefusalIfClosed(string ns) => IsOpen(ns) ? null : Refusals.NoSuchNamespace;

    public bool IsOpen(string ns) => _uses.TryGetValue(ns, out var use) ? use.IsOpen : ns == Names.DefaultNamespace;
}
