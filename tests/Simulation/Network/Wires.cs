using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Simulation.Handlers;
using ScheduleZero.Simulation.Runs;
using ScheduleZero.Testing.Network;

namespace ScheduleZero.Simulation.Network;

/// <summary>The connections between handlers, Bridges and the Broker.</summary>
internal sealed class Wires(World world)
{
    /// <summary>How long one side goes on when it is not told that the other side has gone.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(15);

    private readonly List<Link> _links = [];

    public IReadOnlyList<Bridge> Bridges { get; } = [new Bridge(world, "north"), new Bridge(world, "south")];

    public IEnumerable<Link> Open => _links.Where(link => link.IsOpenHere);

    public Link? OpenOf(Member member) => _links.FindLast(link => link.IsOpenHere && link.Owner == member);

    /// <summary>Opens a connection; null when nobody accepts it.</summary>
    public Link? Connect(Member member, Bridge? via, IHandlerEnd end)
    {
        if (via is { IsUp: false } || (via is not null && world.Agenda.Now < member.CutUntil))
        {
            return null;
        }

        var link = new Link(member, via, end);
        _links.RemoveAll(old => !old.IsOpenHere && !old.IsOpenAtBridge);
        _links.Add(link);
        via?.Accept(link);
        return link;
    }

    /// <summary>Sends a message from the handler towards the Broker.</summary>
    public void Up(Link link, MessageKind kind, byte[] body)
    {
        if (world.Disturbance.ArrivalOf(link.Owner, link.Via is null) is not { } at)
        {
            world.Note(() => $"{link.Owner}: {kind} is lost on its way up");
            return;
        }

        link.LastUp = at > link.LastUp ? at : link.LastUp;
        world.Agenda.At(link.LastUp, () => ArriveUp(link, kind, body));
        if (link.Via is null && world.Disturbance.Repeats(link.Owner))
        {
            world.Agenda.At(link.LastUp, () => ArriveUp(link, kind, body));
        }
    }

    /// <summary>
    /// Sends a message from the Bridge, or from the Broker on a direct connection, towards the handler.
    /// </summary>
    public void Down(Link link, MessageKind kind, byte[] body)
    {
        if (world.Disturbance.ArrivalOf(link.Owner, link.Via is null) is not { } at)
        {
            world.Note(() => $"{link.Owner}: {kind} is lost on its way down");
            return;
        }

        link.LastDown = at > link.LastDown ? at : link.LastDown;
        world.Agenda.At(link.LastDown, () => ArriveDown(link, kind, body));
        if (link.Via is null && world.Disturbance.Repeats(link.Owner))
        {
            world.Agenda.At(link.LastDown, () => ArriveDown(link, kind, body));
        }
    }

    /// <summary>Closes the connection at the handler's end, or because the handler's process is gone.</summary>
    /// <param name="isTold">Whether the other side hears of it at once.</param>
    public void CloseHere(Link link, bool isTold)
    {
        if (!link.IsOpenHere)
        {
            return;
        }

        link.IsOpenHere = false;
        Action closed = link.Via is { } bridge ? () => bridge.Closed(link) : () => CloseStraight(link);
        // A ROUTER is not told that a peer has gone; it notices by silence.
        world.Agenda.In(isTold && link.Via is not null ? TimeSpan.FromMilliseconds(5) : SilenceMax, closed);
    }

    /// <summary>Ends the connection so that the handler notices.</summary>
    public void LoseHere(Link link, string reason)
    {
        if (link.IsOpenHere)
        {
            link.IsOpenHere = false;
            if (link.Via is null)
            {
                world.Agenda.In(SilenceMax, () => CloseStraight(link));
            }

            link.End.Lost(reason);
        }
    }

    public void Cut(Link link)
    {
        LoseHere(link, "cut");
        link.Via?.Closed(link);
    }

    /// <summary>
    /// Half closes a connection: one side takes it for closed, the other side goes on sending for a while.
    /// </summary>
    public void HalfOpen(Link link, bool handlerNotices)
    {
        if (handlerNotices)
        {
            LoseHere(link, "reset");
            world.Agenda.In(SilenceMax, () => link.Via?.Closed(link));
        }
        else if (link.Via is { } bridge)
        {
            bridge.Closed(link);
            world.Agenda.In(SilenceMax, () => LoseHere(link, "silent"));
        }
        else
        {
            CloseStraight(link);
        }
    }

    /// <summary>Sends a message towards the handler that does not come from the Broker, such as a Drain.</summary>
    public void Down(Link link, IMessage message) => Down(link, message.Kind, ProtocolJson.Write(message));

    private static void CloseStraight(Link link)
    {
        link.IsOpenAtBridge = false;
        var broker = link.KnownTo;
        broker?.WhenAwake(() => broker.CloseStraight(link));
    }

    private void ArriveUp(Link link, MessageKind kind, byte[] body)
    {
        if (link.Via is { } bridge)
        {
            bridge.FromHandler(link, kind, body);
        }
        else if (world.Broker is { IsListening: true } broker)
        {
            broker.WhenAwake(() => broker.HearStraight(link, kind, body));
        }
        else if (world.Chance.Next(2) == 0)
        {
            // The socket holds the message, and sends it when there is a Broker again.
            world.Agenda.In(TimeSpan.FromMilliseconds(500), () => ArriveUp(link, kind, body));
        }
    }

    private void ArriveDown(Link link, MessageKind kind, byte[] body)
    {
        if (!link.IsOpenHere)
        {
            return;
        }

        world.Note(() => $"{link.Owner} hears {kind} {System.Text.Encoding.UTF8.GetString(body)}");
        link.End.Hear(kind, body);
        if (kind == MessageKind.Close && link.Via is not null)
        {
            LoseHere(link, "closed");
        }
    }
}
