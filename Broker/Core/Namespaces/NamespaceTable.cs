using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>Every namespace that is, or was spoken of, with what is in use there.</summary>
internal sealed class NamespaceTable(WholeUse whole)
{
    private readonly Dictionary<string, NamespaceUse> _uses = new(StringComparer.Ordinal);

    public IEnumerable<NamespaceUse> All => _uses.Values;

    public NamespaceUse Of(string ns)
    {
        if (!_uses.TryGetValue(ns, out var use))
        {
            _uses[ns] = use = new NamespaceUse(ns, whole);
        }

        return use;
    }

    /// <summary>Nothing is left of it, and nobody counts there any more.</summary>
    public void Forget(string ns) => _uses.Remove(ns);

    public bool IsOpen(string ns) => _uses.TryGetValue(ns, out var use) ? use.IsOpen : ns == Names.DefaultNamespace;
}
