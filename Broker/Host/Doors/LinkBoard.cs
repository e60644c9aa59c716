using System.Net;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Broker.Host.Doors;

/// <summary>
/// Which links the Broker has with Bridges and proxies, and what was wrong with those that it has not. Nothing is
/// decided by it. Connections of handlers alone are not listed. Safe from any thread.
/// </summary>
internal sealed class LinkBoard(TimeProvider time)
{
    /// <summary>How many links that are gone, and how many addresses that were refused, are remembered.</summary>
    private const int RememberedMax = 64;

    /// <summary>How long these are shown.</summary>
    private static readonly TimeSpan RememberedFor = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();

    /// <summary>The links that the Broker dials, in the order of the settings. Guarded by the gate.</summary>
    private readonly List<Dialled> _dialled = [];

    /// <summary>The connections that stand, by number. Guarded by the gate.</summary>
    private readonly Dictionary<ulong, LinkRow> _standing = [];

    /// <summary>
    /// Links that peers had dialled and that are gone, oldest first: a Bridge had proved its key on each. Guarded by
    /// the gate.
    /// </summary>
    private readonly List<LinkRow> _gone = [];

    /// <summary>
    /// Addresses whose tries were refused, one row for each, the last one at the end. Strangers can fill it, and no
    /// other list. Guarded by the gate.
    /// </summary>
    private readonly List<LinkRow> _refused = [];

    private DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Begins to watch an endpoint that the Broker dials.</summary>
    public Dialled Dial(string endpoint)
    {
        lock (_gate)
        {
            var dialled = new Dialled(this, new LinkRow(endpoint, LinkDialler.Broker, LinkState.Down, Now));
            _dialled.Add(dialled);
            return dialled;
        }
    }

    /// <summary>A connection stands.</summary>
    /// <param name="dialled">The endpoint that it is the connection to; null where the peer has dialled.</param>
    public void Connected(ulong number, IPEndPoint remote, Dialled? dialled)
    {
        lock (_gate)
        {
            var row = dialled?.Row ?? new LinkRow($"{remote}", LinkDialler.Peer, LinkState.Connected, Now);
            row.Enter(LinkState.Connected, Now);
            row.Number = number;
            _standing[number] = row;
        }
    }

    /// <summary>A connection has ended.</summary>
    /// <param name="reason">Why; null when this side has ended it.</param>
    public void Ended(ulong number, ZmtpException? reason)
    {
        lock (_gate)
        {
            if (!_standing.Remove(number, out var row) || row.Number != number)
            {
                return;
            }

            if (reason is not null)
            {
                row.LastError = ErrorOf(reason);
            }

            row.Enter(LinkState.Down, Now);
            if (row.DialledBy == LinkDialler.Peer && row.IsOfBridge)
            {
                Remember(_gone, row);
            }
        }
    }

    /// <summary>A Bridge has proved its key.</summary>
    /// <param name="number">The connection by which it came.</param>
    /// <param name="version">What the Bridge says it runs; empty when it does not say.</param>
    /// <param name="trouble">What had kept the Bridge from linking, as it says; null for nothing.</param>
    public void Linked(ulong number, string bridge, string version, LinkTrouble? trouble)
    {
        lock (_gate)
        {
            if (_standing.GetValueOrDefault(number) is not { } row)
            {
                return;
            }

            if (row.State != LinkState.Up)
            {
                row.Bridges.Clear();
                row.Versions.Clear();
                row.Enter(LinkState.Up, Now);
            }

            row.Bridges.Add(bridge);
            if (version.Length > 0)
            {
                row.Versions[bridge] = version;
            }

            row.Attempts = 0;
            if (trouble is not null)
            {
                row.LastError = new LinkError
                {
                    Reason = LinkErrorReason.Other,
                    Detail = $"{bridge} had failed {trouble.Attempts} times, at last: {trouble.Reason}",
                    At = Now,
                };
            }

            // The Bridge has come back, so nobody has to look for the link that it had, or for what kept it out.
            _gone.RemoveAll(gone => gone.Bridges.Contains(bridge));
            _refused.RemoveAll(refused => row.IsFromHostOf(refused));
        }
    }

    /// <summary>The link of a Bridge is over, and its connection may stand.</summary>
    public void Unlinked(ulong number, string bridge, string reason)
    {
        lock (_gate)
        {
            if (_standing.GetValueOrDefault(number) is { State: LinkState.Up } row)
            {
                row.LastError = new LinkError
                {
                    Reason = LinkErrorReason.Other,
                    Detail = $"{bridge}: {reason}",
                    At = Now,
                };
                if (row.Bridges.Count > 1)
                {
                    row.Bridges.Remove(bridge);
                    if (!row.Bridges.Contains(bridge))
                    {
                        row.Versions.Remove(bridge);
                    }
                }
                else
                {
                    row.Enter(LinkState.Connected, Now);
                }
            }
        }
    }

    /// <summary>A Bridge was refused although its connection stands: its key, or its proof, is wrong.</summary>
    public void BridgeRefused(ulong number, string reason)
    {
        lock (_gate)
        {
            if (_standing.GetValueOrDefault(number) is not { } row)
            {
                return;
            }

            var error = new LinkError
            {
                Reason = LinkErrorReason.Refused,
                Detail = $"A Bridge is refused: {reason}.",
                At = Now,
            };
            if (row.DialledBy == LinkDialler.Broker || row.IsOfBridge)
            {
                row.Attempts++;
                row.LastError = error;
            }
            else if (IPEndPoint.TryParse(row.Address, out var remote))
            {
                Refuse(remote, error);
            }
        }
    }

    /// <summary>A peer that has dialled was refused before its connection stood.</summary>
    public void PeerRefused(IPEndPoint remote, ZmtpException reason)
    {
        lock (_gate)
        {
            Refuse(remote, ErrorOf(reason));
        }
    }

    /// <summary>All links, those that the Broker dials first.</summary>
    public IReadOnlyList<LinkView> Read()
    {
        lock (_gate)
        {
            var oldest = Now - RememberedFor;
            _gone.RemoveAll(row => row.Since < oldest);
            _refused.RemoveAll(row => row.LastError!.At < oldest);
            return
            [
                .. _dialled
                    .Select(dialled => dialled.Row)
                    .Concat(_standing.Values.Where(row => row.DialledBy == LinkDialler.Peer && row.IsOfBridge))
                    .Concat(_gone)
                    .Concat(_refused)
                    .Select(row => row.ToView()),
            ];
        }
    }

    private void Refuse(IPEndPoint remote, LinkError error)
    {
        var address = remote.Address.IsIPv4MappedToIPv6 ? remote.Address.MapToIPv4() : remote.Address;
        var row =
            _refused.Find(known => known.Address == $"{address}")
            ?? new LinkRow($"{address}", LinkDialler.Peer, LinkState.Down, Now);
        _refused.Remove(row);
        row.Attempts++;
        row.LastError = error;
        Remember(_refused, row);
    }

    private static void Remember(List<LinkRow> rows, LinkRow row)
    {
        if (rows.Count >= RememberedMax)
        {
            rows.RemoveAt(0);
        }

        rows.Add(row);
    }

    private LinkError ErrorOf(ZmtpException reason) =>
        new()
        {
            Reason = LinkReasons.Of(reason.Failure),
            Detail = reason.Message,
            At = Now,
        };

    /// <summary>One endpoint that the Broker dials.</summary>
    internal sealed class Dialled(LinkBoard board, LinkRow row)
    {
        public LinkRow Row { get; } = row;

        /// <summary>A try has failed.</summary>
        public void Failed(ZmtpException reason)
        {
            lock (board._gate)
            {
                Row.Attempts++;
                Row.LastError = board.ErrorOf(reason);
            }
        }

        /// <summary>The next try is due after a wait.</summary>
        public void WillDial(TimeSpan wait)
        {
            lock (board._gate)
            {
                Row.NextTryAt = board.Now + wait;
            }
        }
    }
}

/// <summary>One row of the <see cref="LinkBoard"/>. Guarded by the board's gate.</summary>
internal sealed class LinkRow(string address, LinkDialler dialledBy, LinkState state, DateTimeOffset since)
{
    public string Address { get; } = address;

    public LinkDialler DialledBy { get; } = dialledBy;

    public LinkState State { get; private set; } = state;

    public DateTimeOffset Since { get; private set; } = since;

    /// <summary>The Bridges that have proved their keys, or had when the link went down.</summary>
    public List<string> Bridges { get; } = [];

    /// <summary>What these Bridges say they run, by name; not of those that say nothing.</summary>
    public Dictionary<string, string> Versions { get; } = new(StringComparer.Ordinal);

    /// <summary>The number of the newest connection; 0 before the first.</summary>
    public ulong Number { get; set; }

    public int Attempts { get; set; }

    public LinkError? LastError { get; set; }

    public DateTimeOffset? NextTryAt { get; set; }

    /// <summary>Whether a Bridge has proved its key on the connection.</summary>
    public bool IsOfBridge => Bridges.Count > 0;

    public void Enter(LinkState state, DateTimeOffset now)
    {
        if (state != LinkState.Down)
        {
            NextTryAt = null;
        }

        if (State != state)
        {
            (State, Since) = (state, now);
        }
    }

    /// <summary>Whether another row is of the same host.</summary>
    public bool IsFromHostOf(LinkRow refused) =>
        IPEndPoint.TryParse(Address, out var own) && $"{own.Address}" == refused.Address;

    public LinkView ToView() =>
        new()
        {
            Address = Address,
            DialledBy = DialledBy,
            State = State,
            Since = Since,
            Bridges = [.. Bridges],
            BridgeVersions = Versions.Count > 0 ? new Dictionary<string, string>(Versions) : null,
            Attempts = Attempts,
            LastError = LastError,
            NextTryAt = NextTryAt,
        };
}
