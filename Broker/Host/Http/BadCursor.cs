namespace ScheduleZero.Broker.Host.Http;

/// <summary>
/// Answers 400 to a cursor that the store did not make. The store throws <see cref="FormatException"/> for one.
/// </summary>
internal static class BadCursor
{
    public static async Task<IResult> GuardAsync(Func<Task<IResult>> search)
    {
        try
        {
            return await search();
        }
        catch (FormatException)
        {
            return Problems.Invalid("cursor", "This cursor is none that a page gave.");
        }
    }
}
