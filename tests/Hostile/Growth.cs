namespace ScheduleZero.Hostile;

/// <summary>Checks that memory is free again after hostile input.</summary>
internal sealed class Growth
{
    private const long Slack = 64L * 1024 * 1024;

    private readonly long _before = Measure();

    /// <param name="kept">The number of things that were accepted and are meant to stay.</param>
    /// <param name="bytesEach">The most bytes that one of these things may take.</param>
    public void Check(int kept, int bytesEach)
    {
        var grown = Measure() - _before;
        Assert.That(
            grown,
            Is.LessThan(Slack + ((long)kept * bytesEach)),
            $"{grown >> 20} MiB more than before, with {kept} things kept"
        );
    }

    private static long Measure()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
