using ScheduleZero.Simulation.Bugs;

namespace ScheduleZero.Simulation.Runs;

/// <summary>Many runs over all cores. Each run has a thread and a world of its own.</summary>
internal static class Campaign
{
    /// <summary>The failure with the lowest seed, with its acts shortened; null when no run fails.</summary>
    /// <param name="bug">Makes a planted bug for each run; null plants none.</param>
    public static Failure? FirstFailure(IReadOnlyList<int> seeds, Func<PlantedBug?> bug)
    {
        var first = long.MaxValue;
        Parallel.For(
            0,
            seeds.Count,
            (i, loop) =>
            {
                if (Broken(seeds[i], Plan.Of(seeds[i]), bug()) is not null)
                {
                    InterlockedMin(ref first, i);
                    loop.Break();
                }
            }
        );
        return first == long.MaxValue ? null : Shrinking.Shorten(seeds[(int)first], bug);
    }

    /// <summary>The promise that a run breaks; null when it breaks none.</summary>
    public static BrokenException? Broken(
        int seed,
        IReadOnlyList<Act> acts,
        PlantedBug? bug,
        List<string>? trace = null
    )
    {
        try
        {
            new World(seed, acts, bug, trace).Run();
            return null;
        }
        catch (BrokenException e)
        {
            return e;
        }
#pragma warning disable CA1031 // Any exception of a run breaks a promise.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new BrokenException("NothingThrows", e.ToString());
        }
    }

    public static IReadOnlyList<string> Trace(int seed)
    {
        var trace = new List<string>();
        Broken(seed, Plan.Of(seed), null, trace);
        return trace;
    }

    private static void InterlockedMin(ref long target, long value)
    {
        long seen;
        while (value < (seen = Interlocked.Read(ref target)))
        {
            Interlocked.CompareExchange(ref target, value, seen);
        }
    }
}
