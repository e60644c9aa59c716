using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>The names that a caller's roles are limited to. A caller without a scope sees all names.</summary>
internal sealed class NameScope(IReadOnlyList<string> patterns)
{
    private static readonly object ItemKey = new();

    public IReadOnlyList<string> Patterns { get; } = patterns;

    /// <summary>The scope of a request's caller; null when the caller is not limited to names.</summary>
    public static NameScope? Of(HttpContext http) =>
        http.Items.TryGetValue(ItemKey, out var scope) ? (NameScope?)scope : null;

    public bool Holds(string name)
    {
        foreach (var pattern in Patterns)
        {
            if (Names.Matches(pattern, name))
            {
                return true;
            }
        }

        return false;
    }

    public void PutOn(HttpContext http) => http.Items[ItemKey] = this;
}

internal static class NameScopes
{
    /// <summary>
    /// Whether the scope lets its caller see a name, or act on it. A scope that is null opens every name.
    /// </summary>
    public static bool Opens(this NameScope? scope, string name) => scope is null || scope.Holds(name);
}
