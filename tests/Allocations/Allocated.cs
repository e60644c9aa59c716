namespace ScheduleZero.Allocations;

/// <summary>
/// Counts the bytes that code allocates. Unlike times they do not depend on the machine, so a test can bound them.
/// </summary>
internal static class Allocated
{
    private const int WarmUps = 200;
    private const int Rounds = 20;
    private const int OperationsOfRound = 50;

    /// <summary>
    /// The bytes of one operation on this thread: those of the round with the fewest, since now and then a table grows,
    /// or code is compiled anew.
    /// </summary>
    public static long BytesOf(Action operation)
    {
        for (var i = 0; i < WarmUps; i++)
        {
            operation();
        }

        var fewest = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < OperationsOfRound; i++)
            {
                operation();
            }

            fewest = Math.Min(fewest, (GC.GetAllocatedBytesForCurrentThread() - before) / OperationsOfRound);
        }

        return fewest;
    }

    /// <summary>
    /// Asserts how many bytes an operation allocates at most. Whoever makes the operation leaner lowers the bound.
    /// </summary>
    public static void AssertAtMost(long bytes, Action operation)
    {
        var allocated = BytesOf(operation);
        TestContext.Out.WriteLine($"{allocated} bytes an operation, at most {bytes}");
        Assert.That(allocated, Is.LessThanOrEqualTo(bytes), "bytes that one operation allocates");
    }
}
