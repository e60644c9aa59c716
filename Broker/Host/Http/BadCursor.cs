namespace ScheduleZero.Broker.Host.Http;

/// <summary>A store refuses a cursor that it did not make with <see cref="FormatException"/>.</summary>
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
