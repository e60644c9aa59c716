using ScheduleZero.Dashboard.Access;

namespace ScheduleZero.Dashboard.Live;

/// <summary>The feeds of broker events that open pages read, one for each user session and namespace.</summary>
internal sealed class EventFeeds(BrokerClients clients)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string SessionId, string Namespace), EventFeed> _feeds = [];

    /// <summary>Lets a page read the events of a namespace, until the subscription is disposed.</summary>
    public Subscription Subscribe(PageCaller caller, string ns, IEventReader reader)
    {
        var key = (caller.SessionId ?? "", ns);
        lock (_gate)
        {
            if (!_feeds.TryGetValue(key, out var feed))
            {
                feed = new EventFeed(clients.For(caller, ns));
                _feeds[key] = feed;
            }

            feed.Add(reader);
            return new Subscription(feed, () => Remove(key, feed, reader));
        }
    }

    private void Remove((string SessionId, string Namespace) key, EventFeed feed, IEventReader reader)
    {
        lock (_gate)
        {
            if (!feed.Remove(reader))
            {
                return;
            }

            _feeds.Remove(key);
        }

        feed.Dispose();
    }

    internal sealed class Subscription(EventFeed feed, Action remove) : IDisposable
    {
        private int _disposed;

        public bool IsLive => feed.IsLive;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                remove();
            }
        }
    }
}
