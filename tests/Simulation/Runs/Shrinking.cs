using System.Text;
using ScheduleZero.Simulation.Bugs;

namespace ScheduleZero.Simulation.Runs;

/// <summary>A run that broke a promise, with the fewest acts that still break the same promise.</summary>
/// <param name="ActsBefore">The number of acts of the whole run.</param>
internal sealed record Failure(
    int Seed,
    BrokenException Broken,
    IReadOnlyList<Act> Acts,
    int ActsBefore,
    IReadOnlyList<string> Trace
)
{
    private const int TraceLinesMax = 60;
    private const int LineLengthMax = 400;

    public string Describe()
    {
        var text = new StringBuilder();
        text.AppendLine($"{Broken.Message}")
            .AppendLine($"Replay with SZ_SEED={Seed}. {Acts.Count} of its {ActsBefore} acts are enough:");
        foreach (var act in Acts)
        {
            text.AppendLine($"  {act}");
        }

        text.AppendLine("What came last:");
        foreach (var line in Trace.TakeLast(TraceLinesMax))
        {
            text.AppendLine("  " + (line.Length > LineLengthMax ? line[..LineLengthMax] : line));
        }

        // Whoever sees only the end of a long output needs these lines most, so they stand there too.
        text.AppendLine(Broken.Message).AppendLine($"Replay with SZ_SEED={Seed}.");
        return text.ToString();
    }
}

/// <summary>Delta debugging over the acts of a run.</summary>
internal static class Shrinking
{
    private const int TriesMax = 400;

    public static Failure Shorten(int seed, Func<PlantedBug?> bug)
    {
        var acts = Plan.Of(seed);
        var before = acts.Count;
        var broken =
            Campaign.Broken(seed, acts, bug())
            ?? throw new InvalidOperationException($"Seed {seed} broke a promise once, and not again.");
        var tries = 0;
        for (var size = Math.Max(1, acts.Count / 2); size >= 1 && tries < TriesMax; size /= 2)
        {
            for (var from = 0; from < acts.Count && tries < TriesMax; tries++)
            {
                Act[] fewer = [.. acts.Take(from), .. acts.Skip(from + size)];
                if (Campaign.Broken(seed, fewer, bug()) is { } same && same.Invariant == broken.Invariant)
                {
                    (acts, broken) = (fewer, same);
                }
                else
                {
                    from += size;
                }
            }
        }

        var trace = new List<string>();
        Campaign.Broken(seed, acts, bug(), trace);
        return new Failure(seed, broken, acts, before, trace);
    }
}
