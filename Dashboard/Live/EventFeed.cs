using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Live;

/// <summary>
/// Reads the broker events of a namespace for the pages that one user session has open there: once, however many pages
/// there are.
/// </summary>
internal sealed class EventFeed : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<IEventReader> _readers = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly ScheduleZeroClient _client;

    /// <param name="client">A client of the session and the namespace, disposed with the feed.</param>
    public EventFeed(ScheduleZeroClient client)
    {
        _client = client;
        _ = Task.Run(ReadAsync);
    }

    /// <summary>Whether events come in. False at first, and once REST has refused them.</summary>
    public bool IsLive { get; private set; }

    public void Add(IEventReader reader)
    {
        lock (_gate)
        {
            _readers.Add(reader);
        }
    }

    /// <summary>Removes a reader.</summary>
    /// <returns>Whether nobody reads any more.</returns>
    public bool Remove(IEventReader reader)
    {
        lock (_gate)
        {
            _readers.Remove(reader);
            return _readers.Count == 0;
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _client.Dispose();
    }

    private async Task ReadAsync()
    {
        var stop = _stop.Token;
        try
        {
            await foreach (var happened in _client.EventsAsync(null, () => SetLive(true), stop))
            {
                foreach (var reader in Readers())
                {
                    reader.Read(happened);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
        catch (ScheduleZeroException)
        {
            // REST refuses the events: the role does not open them, or the session has ended. Pages then read at
            // intervals, and each page shows what its own reads are told.
        }

        SetLive(false);
    }

    private void SetLive(bool isLive)
    {
        IsLive = isLive;
        foreach (var reader in Readers())
        {
            reader.LiveChanged();
        }
    }

    private IEventReader[] Readers()
    {
        lock (_gate)
        {
            return [.. _readers];
        }
    }
}

/// <summary>A page that wants to know of broker events. Called on any thread; must not wait.</summary>
internal interface IEventReader
{
    void Read(BrokerEvent happened);

    void LiveChanged();
}
