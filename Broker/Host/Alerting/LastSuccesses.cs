using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Alerting;

/// <summary>
/// Answers whether a job of a method has succeeded since an instant, and remembers what the history has told. So a
/// method is searched for only while nothing succeeds, and only in what has ended since the last search. Not safe from
/// several threads.
/// </summary>
internal sealed class LastSuccesses(IHistoryReader history)
{
    private const int KnownMax = 20_000;

    /// <summary>How far a search looks back over the end of the last one: a job may be stored after its end.</summary>
    private static readonly TimeSpan _overlap = TimeSpan.FromMinutes(5);

    /// <summary>How long a history that is too long is left alone.</summary>
    private static readonly TimeSpan _rest = TimeSpan.FromMinutes(10);

    private readonly Dictionary<(string Namespace, string Method), Known> _known = [];
    private readonly Dictionary<(string Namespace, string Method), DateTimeOffset> _tooLong = [];

    /// <param name="Success">When a job succeeded; null where none did.</param>
    /// <param name="From">Since when nothing succeeded, as far as the search has seen.</param>
    /// <param name="To">Up to when the search has seen everything.</param>
    private sealed record Known(DateTimeOffset? Success, DateTimeOffset From, DateTimeOffset To);

    /// <returns>Null where the history is too long to say it in one look.</returns>
    public async Task<bool?> HasSucceededAsync(
        string ns,
        string method,
        DateTimeOffset from,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var known = _known.GetValueOrDefault((ns, method));
        if (known?.To > now)
        {
            known = null; // The clock was set back.
        }

        if (known?.Success >= from)
        {
            return true;
        }

        if (_tooLong.TryGetValue((ns, method), out var at) && now >= at && now - at < _rest)
        {
            return null;
        }

        var search = new FinishedSearch
        {
            Namespace = ns,
            Limit = 1,
            NewestFirst = true,
            From = known is not null && known.From <= from && known.To - _overlap > from ? known.To - _overlap : from,
            To = now + TimeSpan.FromMinutes(1),
            Method = method,
            Outcomes = new HashSet<AttemptOutcome> { AttemptOutcome.Succeeded },
        };
        return await SearchAsync(search, new Known(null, from, now), cancellationToken);
    }

    /// <summary>Follows the pages of a search, as many as one look may, and remembers what they say.</summary>
    /// <param name="none">What is known when the search finds nothing.</param>
    private async Task<bool?> SearchAsync(FinishedSearch search, Known none, CancellationToken cancellationToken)
    {
        var of = (search.Namespace, search.Method!);
        for (var pages = 0; pages < StateConditions.PagesMax; pages++)
        {
            var page = await history.SearchFinishedAsync(search, cancellationToken);
            if (page.Items.Count > 0 || page.NextCursor is null)
            {
                Remember(of, none with { Success = page.Items is [var newest, ..] ? newest.Job.FinishedAt : null });
                return page.Items.Count > 0;
            }

            search = search with { Cursor = page.NextCursor };
        }

        if (_tooLong.Count >= KnownMax)
        {
            _tooLong.Clear();
        }

        _tooLong[of] = none.To;
        return null;
    }

    private void Remember((string Namespace, string Method) of, Known known)
    {
        if (_known.Count >= KnownMax)
        {
            _known.Clear();
        }

        _tooLong.Remove(of);
        _known[of] = known;
    }
}
