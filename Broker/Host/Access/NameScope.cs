using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>The names that a caller's roles open; a caller without one sees them all.</summary>
internal sealed class NameScope(IReadOnlyList<string> patterns)
{
    private static readonly object ItemKey = new();

    public IReadOnlyList<string> Patterns { get; } = patterns;

    /// <summary>Null: all.</summary>
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
    /// <summary>Whether the name may be shown, or acted on, within the scope.</summary>
    public static bool Opens(this NameScope? scope, string name) => scope is null || scope.Holds(name);
}
