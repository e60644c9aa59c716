using ScheduleZero.Contracts.Ids;
using ScheduleZero.Dashboard.Live;

namespace ScheduleZero.Dashboard.Shell.Palette;

/// <summary>
/// What the command palette of one namespace finds: pages, namespaces, jobs by their id, and the schedules, handlers
/// and methods as read when the palette was opened.
/// </summary>
/// <param name="places">Pages and namespaces, which need no reading.</param>
/// <param name="names">Schedules, handlers and methods.</param>
internal sealed class PaletteReading(
    string ns,
    bool readsJobs,
    IReadOnlyList<PaletteEntry> places,
    IReadOnlyList<PaletteEntry> names
)
{
    /// <summary>How many entries are shown at once.</summary>
    public const int ShownMax = 12;

    /// <summary>Reads what is open to the user.</summary>
    public static async Task<PaletteReading> ReadAsync(
        PageSession session,
        string ns,
        CancellationToken cancellationToken
    )
    {
        var names = await KnownNames.ReadAsync(
            session,
            ns,
            NameSources.Schedules | NameSources.Handlers | NameSources.Methods,
            cancellationToken
        );
        return new PaletteReading(
            ns,
            session.May("jobs:read", ns),
            PlacesOf(session, ns),
            [
                .. names.Schedules.Select(name => new PaletteEntry("schedule", name, PathOf(ns, "schedules", name))),
                .. names.Handlers.Select(name => new PaletteEntry("handler", name, PathOf(ns, "handlers", name))),
                .. names.Methods.Select(name => new PaletteEntry("method", name, PathOf(ns, "methods", name))),
            ]
        );
    }

    /// <summary>
    /// What fits a text: entries that begin with it come first, then those with a word that does, then those that
    /// contain it.
    /// </summary>
    public IReadOnlyList<PaletteEntry> Find(string text)
    {
        text = text.Trim();
        if (text.Length == 0)
        {
            return [.. places.Take(ShownMax)];
        }

        List<PaletteEntry> found = [];
        if (readsJobs && JobId.TryParse(text, out var id))
        {
            found.Add(new PaletteEntry("job", id.ToString(), PathOf(ns, "jobs", id.ToString())));
        }

        found.AddRange(
            places
                .Concat(names)
                .Select(entry => (Entry: entry, Rank: RankOf(entry.Label, text)))
                .Where(ranked => ranked.Rank < int.MaxValue)
                .OrderBy(ranked => ranked.Rank)
                .Select(ranked => ranked.Entry)
                .Take(ShownMax - 1)
        );
        if (readsJobs && found is not [{ Kind: "job" }, ..])
        {
            found.Add(
                new PaletteEntry("search", $"Jobs with “{text}”", $"ns/{ns}/jobs?q={Uri.EscapeDataString(text)}")
            );
        }

        return found;
    }

    private static int RankOf(string label, string text)
    {
        if (label.StartsWith(text, StringComparison.OrdinalIgnoreCase))
        {
            return 0;
        }

        var rank = int.MaxValue;
        for (var at = 1; at <= label.Length - text.Length; at++)
        {
            if (string.Compare(label, at, text, 0, text.Length, StringComparison.OrdinalIgnoreCase) != 0)
            {
                continue;
            }

            if (!char.IsLetterOrDigit(label[at - 1]))
            {
                return 1;
            }

            rank = 2;
        }

        return rank;
    }

    private static List<PaletteEntry> PlacesOf(PageSession session, string ns)
    {
        List<PaletteEntry> found =
        [
            .. NavigationEntry
                .OpenTo(session, ns)
                .Select(entry => new PaletteEntry("page", entry.Label, entry.PathIn(ns))),
        ];
        found.AddRange(
            session
                .Namespaces.Where(other => other != ns)
                .Select(other => new PaletteEntry("namespace", other, $"ns/{other}"))
        );
        return found;
    }

    private static string PathOf(string ns, string kind, string name) => $"ns/{ns}/{kind}/{Uri.EscapeDataString(name)}";
}
