using System.Runtime.CompilerServices;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

internal static class Paging
{
    /// <summary>Every row, page after page; empty pages on the way are passed over.</summary>
    /// <param name="read">Reads the page at a cursor.</param>
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
