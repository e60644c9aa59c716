using System.Globalization;
using CsCheck;

namespace ScheduleZero.Hostile;

/// <summary>
/// Generates many cases from one seed. <c>SZ_FUZZ</c> is their number (1,000 by default); <c>SZ_SEED</c> repeats a run.
/// </summary>
internal sealed class FuzzRun
{
    private const int CasesDefault = 1_000;

    private FuzzRun(int cases, ulong seed)
    {
        Cases = cases;
        Seed = seed;
    }

    public int Cases { get; }

    public ulong Seed { get; }

    public static async Task<FuzzRun> StartAsync(string surface)
    {
        var run = new FuzzRun(
            Number("SZ_FUZZ") is { } cases ? (int)cases : CasesDefault,
            Number("SZ_SEED") ?? BitConverter.ToUInt64(Guid.NewGuid().ToByteArray()) >> 1
        );
        await TestContext.Progress.WriteLineAsync(
            $"{surface}: {run.Cases} cases; to repeat them: SZ_SEED={run.Seed} SZ_FUZZ={run.Cases}"
        );
        return run;
    }

    /// <summary>
    /// The case with this number. It depends on the seed and the number alone, not on the other cases.
    /// </summary>
    public T Case<T>(Gen<T> gen, int number) => gen.Generate(new PCG((uint)number, Seed), null, out _);

    public string Describe(int number) => $"case {number} of SZ_SEED={Seed}";

    private static ulong? Number(string variable) =>
        ulong.TryParse(
            Environment.GetEnvironmentVariable(variable),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : null;
}
