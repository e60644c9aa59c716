using System.Net;
using Microsoft.Extensions.Logging;

namespace ScheduleZero.Edges;

/// <summary>
/// Bounds the lines of a log that anybody can cause without proving who they are, and those that many machines cause at
/// once: so many a minute for each address, and so many in all. Lines beyond are counted, and their count is one line
/// when the minute is over. Each kind of line is counted by itself, so that a flood of one kind hides no other.
/// </summary>
internal sealed class StrangerLines(TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>How many lines of one kind one address may cause in a minute.</summary>
    public const int PerAddressPerMinute = 10;

    /// <summary>How many lines of one kind all addresses together may cause in a minute.</summary>
    public const int PerMinute = 60;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Window> _windows = new(StringComparer.Ordinal);
    private ITimer? _timer;
    private bool _isDisposed;

    /// <summary>Asks whether one line may be written.</summary>
    /// <param name="kind">The subject of the lines, in the plural. The text is a constant: kinds are never
    /// forgotten.</param>
    /// <param name="address">The address that caused the line; null where that is not known, and then only the bound of
    /// all holds.</param>
    /// <returns>Whether the line may be written. A line that may not has been counted.</returns>
    public bool MayWrite(string kind, IPAddress? address)
    {
        lock (_gate)
        {
            if (!_windows.TryGetValue(kind, out var window))
            {
                _windows[kind] = window = new Window();
            }

            if (window.Taken == 0 || time.GetElapsedTime(window.Since) >= Minute)
            {
                TellMissed(kind, window);
                window.Begin(time.GetTimestamp());
            }

            if (window.TryAdd(address is null ? null : ClientNetwork.Of(address)))
            {
                return true;
            }

            Arm();
            return false;
        }
    }

    /// <summary>Writes the counts of lines that were not written. Later lines are only counted.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
            foreach (var (kind, window) in _windows)
            {
                TellMissed(kind, window);
            }
        }
    }

    private void Arm()
    {
        if (_timer is null && !_isDisposed)
        {
            _timer = time.CreateTimer(
                static lines => ((StrangerLines)lines!).OnMinuteOver(),
                this,
                Minute,
                Timeout.InfiniteTimeSpan
            );
        }
    }

    private void OnMinuteOver()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
            foreach (var (kind, window) in _windows)
            {
                TellMissed(kind, window);
            }
        }
    }

    private void TellMissed(string kind, Window window)
    {
        if (window.TakeMissed(out var newest) is not (> 0 and var missed))
        {
            return;
        }

        if (newest is null)
        {
            logger.LinesLeftOutOfAll(missed, kind);
        }
        else
        {
            logger.LinesLeftOut(missed, kind, newest);
        }
    }

    /// <summary>The minute of one kind of lines, which begins with the first line of the kind.</summary>
    private sealed class Window
    {
        /// <summary>
        /// The number of lines written in this minute, by address. There are never more than <see cref="PerMinute"/> of
        /// them.
        /// </summary>
        private readonly Dictionary<IPAddress, int> _byAddress = [];

        /// <summary>The number of lines that were not written in this minute.</summary>
        private long _missed;

        /// <summary>
        /// The address that caused the newest line which was not written; null where it is not known.
        /// </summary>
        private IPAddress? _newestMissed;

        public long Since { get; private set; }

        public int Taken { get; private set; }

        public void Begin(long now)
        {
            Since = now;
            Taken = 0;
            _byAddress.Clear();
        }

        public bool TryAdd(IPAddress? network)
        {
            var ofAddress = network is null ? 0 : _byAddress.GetValueOrDefault(network);
            if (Taken >= PerMinute || ofAddress >= PerAddressPerMinute)
            {
                _missed++;
                _newestMissed = network;
                return false;
            }

            Taken++;
            if (network is not null)
            {
                _byAddress[network] = ofAddress + 1;
            }

            return true;
        }

        public long TakeMissed(out IPAddress? newest)
        {
            newest = _newestMissed;
            var missed = _missed;
            _missed = 0;
            return missed;
        }
    }
}
