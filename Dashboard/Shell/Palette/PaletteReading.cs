using ScheduleZero.Client;
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

    /// <summary>
    /// How many schedules, handlers and methods are searched, of each. A longer list has a page with a search.
    /// </summary>
    private const int NamesMax = 500;

    /// <summary>Reads what is open to the user. What the Broker refuses is left out.</summary>
    public static async Task<PaletteReading> ReadAsync(
        PageSession session,
        string ns,
        CancellationToken cancellationToken
    )
    {
        var client = session.Client(ns);
        List<PaletteEntry> names = [];
        if (session.May("schedules:read", ns))
        {
            await AddAsync(
                names,
                async () =>
                    (
                        await client.Schedules.ListAsync(
                            new ScheduleFilter { Limit = NamesMax },
                            null,
                            cancellationToken
                        )
                    ).Items,
                schedule => new PaletteEntry("schedule", schedule.Name, PathOf(ns, "schedules", schedule.Name))
            );
        }

        if (session.May("handlers:read", ns))
        {
            await AddAsync(
                names,
                async () => (await client.Handlers.ListAsync(NamesMax, null, cancellationToken)).Items,
                handler => new PaletteEntry("handler", handler.Name, PathOf(ns, "handlers", handler.Name))
            );
            await AddAsync(
                names,
                async () => (await client.Methods.ListAsync(all: true, null, NamesMax, null, cancellationToken)).Items,
                method => new PaletteEntry("method", method.Name, PathOf(ns, "methods", method.Name))
            );
        }

        return new PaletteReading(ns, session.May("jobs:read", ns), PlacesOf(session, ns), names);
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

    private static async Task AddAsync<TView>(
        List<PaletteEntry> names,
        Func<Task<IReadOnlyList<TView>>> read,
        Func<TView, PaletteEntry> make
    )
    {
        try
        {
            names.AddRange((await read()).Select(make));
        }
        catch (ScheduleZeroException)
        {
            // The palette leads to pages all the same, and their pages say what the Broker refused.
        }
    }

    private static string PathOf(string ns, string kind, string name) => $"ns/{ns}/{kind}/{Uri.EscapeDataString(name)}";
}
