namespace ScheduleZero.Broker.Host.Http;

/// <summary>Suggests the known name that an unknown name may have meant.</summary>
internal static class NearestName
{
    /// <summary>
    /// The most characters of an unknown name that an answer repeats, since the name may come from a stranger.
    /// </summary>
    private const int LengthMax = 64;

    /// <summary>The name as an answer may show it.</summary>
    public static string Shown(string name) => name.Length <= LengthMax ? name : $"{name[..LengthMax]}…";

    /// <summary>The sentence that tells a caller of an unknown name.</summary>
    /// <param name="what">The kind of the name, such as <c>field</c>.</param>
    /// <param name="given">The unknown name.</param>
    /// <param name="known">The names that would be accepted.</param>
    public static string Reason(string what, string given, IReadOnlyCollection<string> known) =>
        Find(given, known) is { } nearest ? $"There is no such {what} here. Is \"{nearest}\" meant?"
        : known.Count > 0
            ? $"There is no such {what} here. Known are {string.Join(", ", known.Order(StringComparer.Ordinal))}."
        : $"There is no such {what} here; none is taken.";

    /// <summary>The known name that differs from the given one by few slips; null when none is so near.</summary>
    public static string? Find(string given, IEnumerable<string> known)
    {
        if (given.Length is 0 or > LengthMax)
        {
            return null;
        }

        var lower = given.ToLowerInvariant();
        var slipsMax = Math.Max(1, given.Length / 3);
        return known
            .Select(name => (Name: name, Slips: Slips(lower, name.ToLowerInvariant())))
            .Where(candidate => candidate.Slips <= slipsMax)
            .OrderBy(candidate => candidate.Slips)
            .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .FirstOrDefault()
            .Name;
    }

    // Counts characters that were left out, added, changed or swapped with their neighbour.
    private static int Slips(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                var changed = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, changed);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }
}
