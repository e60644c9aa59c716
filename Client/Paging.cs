using System.Runtime.CompilerServices;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

internal static class Paging
{
    /// <summary>Reads every row, page after page. A page may be empty and still have a next one.</summary>
    /// <param name="read">Reads the page at a cursor.</param>
    /// <param name="cursor">Where the first page starts; null for the beginning.</param>
    public static async IAsyncEnumerable<T> AllAsync<T>(
        Func<string?, CancellationToken, Task<Page<T>>> read,
        string? cursor,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        do
        {
            var page = await read(cursor, cancellationToken);
            foreach (var row in page.Items)
            {
                yield return row;
            }

            cursor = page.NextCursor;
        } while (cursor is not null);
    }
}
