using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.Testing.Time;

namespace ScheduleZero.Testing.Network;

/// <summary>
/// The line between one handler and the Broker, as over a Bridge of its own: both sides notice a cut, a lost message is
/// noticed within a second, and the handler's connection stays while the Broker is away. Only on the driver's thread.
/// </summary>
internal sealed class Line(Agenda agenda, KeyClaim claim)
{
    /// <summary>The time for which a lost message stays unnoticed: the next message shows the gap.</summary>
    private static readonly TimeSpan GapNoticedAfter = TimeSpan.FromSeconds(1);

    /// <summary>The Broker at the other end; null while none runs.</summary>
    private IBrokerEnd? _broker;

    /// <summary>The open connection; null without one.</summary>
    private Link? _link;

    /// <summary>
    /// When the last message to the Broker arrives, in steady time; a later message arrives no earlier.
    /// </summary>
    private TimeSpan _upUntil;

    /// <summary>
    /// When the last message to the handler arrives, in steady time; a later message arrives no earlier.
    /// </summary>
    private TimeSpan _downUntil;

    /// <summary>How many further messages are to be lost.</summary>
    private int _losses;

    /// <summary>The number of cuts, by which the end of an older cut is ignored.</summary>
    private int _cuts;

    public bool IsCut { get; private set; }

    /// <summary>How long each message is on its way, in either direction.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Whether the line is healthy, so that the messages of an idle session may be spared.</summary>
    public bool IsHealthy => !IsCut && _losses == 0 && Latency == TimeSpan.Zero;

    /// <summary>Follows a Broker that has started; null when it has ended.</summary>
    public void Follow(IBrokerEnd? broker)
    {
        _broker = broker;
        if (_link is { } link)
        {
            link.Number = 0;
            if (broker is null)
            {
                Down(link, new Hold("The Broker is out of reach."));
            }
            else
            {
                Greet(link);
            }
        }
    }

    /// <summary>Opens a connection.</summary>
    /// <exception cref="CarrierException">The line is cut.</exception>
    public Link Open(IHandlerEnd end)
    {
        if (IsCut)
        {
            throw new CarrierException("The simulated connection is cut.");
        }

        Close(_link, "another connection took its place");
        _link = new Link(end);
        Announce(_link);
        return _link;
    }

    /// <summary>Sends a message of the handler.</summary>
    /// <exception cref="CarrierException">The connection is lost.</exception>
    public void Up(Link link, MessageKind kind, byte[] body)
    {
        if (!link.IsOpen)
        {
            throw new CarrierException("The connection is lost.");
        }

        link.SaidHello |= kind == MessageKind.Hello;
        Carry(
            link,
            ref _upUntil,
            () =>
            {
                if (_broker is { } broker && link.Number != 0)
                {
                    broker.Hear(link.Number, kind, body);
                }
                else if (kind == MessageKind.Hello)
                {
                    Down(link, new Refused(ErrorCodes.Unavailable, "The simulated Broker does not run."));
                }
            }
        );
    }

    /// <summary>Sends a message of the Broker on the connection that the Broker knows by this number.</summary>
    public void Down(long number, MessageKind kind, byte[] body)
    {
        if (_link is { } link && link.Number == number)
        {
            Down(link, kind, body);
        }
    }

    /// <summary>Ends a connection, as one of its two sides does.</summary>
    public void Close(Link? link, string reason)
    {
        if (link is not { IsOpen: true })
        {
            return;
        }

        link.IsOpen = false;
        _link = _link == link ? null : _link;
        Forget(link, reason);
    }

    /// <summary>Cuts the line.</summary>
    /// <param name="lasts">How long the cut lasts; null until the line is mended.</param>
    public void Cut(TimeSpan? lasts)
    {
        IsCut = true;
        var cut = ++_cuts;
        if (lasts is { } time)
        {
            agenda.In(time, () => IsCut &= cut != _cuts);
        }

        if (_link is { } link)
        {
            Close(link, "cut");
            link.End.Lost("The simulated connection was cut.");
        }
    }

    /// <summary>Ends the connection because the handler's process has ended.</summary>
    public void Hangup() => Close(_link, "reset");

    public void Mend() => IsCut = false;

    public void Lose(int messages) => _losses = messages;

    private void Down(Link link, IMessage message) => Down(link, message.Kind, ProtocolJson.Write(message));

    private void Down(Link link, MessageKind kind, byte[] body) =>
        Carry(
            link,
            ref _downUntil,
            () =>
            {
                link.End.Hear(kind, body);
                if (kind == MessageKind.Close)
                {
                    Close(link, "closed");
                    link.End.Lost("closed");
                }
            }
        );

    // Delivers messages in their order, also when the line becomes faster meanwhile.
    private void Carry(Link link, ref TimeSpan until, Action arrive)
    {
        if (_losses > 0)
        {
            _losses--;
            agenda.In(GapNoticedAfter, () => BeginAnew(link));
            return;
        }

        var at = agenda.Now + Latency;
        until = at > until ? at : until;
        agenda.At(
            until,
            () =>
            {
                if (link.IsOpen)
                {
                    arrive();
                }
            }
        );
    }

    private void BeginAnew(Link link)
    {
        if (link.IsOpen && _broker is not null)
        {
            Down(link, new Hold("A message was lost."));
            Forget(link, "a message was lost");
            Greet(link);
        }
    }

    private void Greet(Link link)
    {
        Announce(link);
        if (link.SaidHello)
        {
            Down(link, new Greet("The Broker is there."));
        }
    }

    private void Announce(Link link) => link.Number = _broker?.Open(this, claim) ?? 0;

    private void Forget(Link link, string reason)
    {
        if (link.Number != 0)
        {
            _broker?.Closed(link.Number, reason);
            link.Number = 0;
        }
    }
}

/// <summary>One connection on a line.</summary>
internal sealed class Link(IHandlerEnd end)
{
    public IHandlerEnd End => end;

    public bool IsOpen { get; set; } = true;

    public bool SaidHello { get; set; }

    /// <summary>The connection's number at the running Broker; 0 when the Broker does not know it.</summary>
    public long Number { get; set; }
}
