using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace ScheduleZero.Dashboard.Access;

/// <summary>
/// The pages that are open in browsers: bounded for each user and in all, and closed when their user session ends.
/// </summary>
internal sealed class OpenPages(DashboardOptions options, IUserSessions sessions, TimeProvider time) : BackgroundService
{
    /// <summary>How often the user sessions of open pages are looked up: a page closes within a second.</summary>
    private static readonly TimeSpan LookupInterval = TimeSpan.FromMilliseconds(400);

    /// <summary>How long a page has to go away by itself, before its connection is cut.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _countsOfUsers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<OpenPage, bool> _pages = new();
    private readonly ConcurrentDictionary<PageConnection, bool> _connections = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether the user may open one more page.</summary>
    public bool HasRoomFor(string userName)
    {
        lock (_gate)
        {
            return _count < options.OpenPagesMax
                && _countsOfUsers.GetValueOrDefault(userName) < options.OpenPagesPerUserMax;
        }
    }

    /// <summary>Adds a page; false when there is no room for it.</summary>
    public bool TryAdd(OpenPage page)
    {
        lock (_gate)
        {
            var ofUser = _countsOfUsers.GetValueOrDefault(page.UserName);
            if (_count >= options.OpenPagesMax || ofUser >= options.OpenPagesPerUserMax)
            {
                return false;
            }

            _count++;
            _countsOfUsers[page.UserName] = ofUser + 1;
        }

        _pages[page] = true;
        return true;
    }

    public void Remove(OpenPage page)
    {
        if (!_pages.TryRemove(page, out _))
        {
            return;
        }

        lock (_gate)
        {
            _count--;
            var left = _countsOfUsers[page.UserName] - 1;
            if (left == 0)
            {
                _countsOfUsers.Remove(page.UserName);
            }
            else
            {
                _countsOfUsers[page.UserName] = left;
            }
        }
    }

    public void Add(PageConnection connection) => _connections[connection] = true;

    public void Remove(PageConnection connection) => _connections.TryRemove(connection, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookupInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await CloseEndedAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The Broker stops; the server cuts the connections itself.
        }
    }

    private async Task CloseEndedAsync(CancellationToken cancellationToken)
    {
        var hasEnded = false;
        foreach (var (page, _) in _pages)
        {
            if (sessions.Find(page.SessionId) is null)
            {
                page.End();
                hasEnded = true;
            }
        }

        if (hasEnded)
        {
            await Task.Delay(Grace, time, cancellationToken);
        }

        foreach (var (connection, _) in _connections)
        {
            if (sessions.Find(connection.SessionId) is null)
            {
                connection.Cut();
            }
        }
    }
}

/// <summary>A page that is open in a browser.</summary>
internal sealed class OpenPage(string sessionId, string userName)
{
    private int _ended;

    public string SessionId { get; } = sessionId;

    public string UserName { get; } = userName;

    /// <summary>Called once, on any thread, when the user session has ended.</summary>
    public event Action? Ended;

    public void End()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            Ended?.Invoke();
        }
    }
}

/// <summary>A connection of an open page.</summary>
internal sealed record PageConnection(string SessionId, Action Cut);
