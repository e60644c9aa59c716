using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Network;

/// <summary>
/// A Bridge that follows the protocol. It announces each connection on its link to the Broker, which counts the
/// messages. When a message is missing, or either side is gone, the link and all its connections begin again.
/// </summary>
internal sealed class Bridge(World world, string name)
{
    private readonly List<Link> _links = [];
    private int _term;
    private bool _misses;
    private TimeSpan _lastUp;
    private TimeSpan _lastDown;

    public string Name => name;

    public bool IsUp { get; private set; } = true;

    public BrokerProcess? LinkedTo { get; private set; }

    /// <summary>Starts to check every second whether there is a Broker to link to.</summary>
    public void Begin()
    {
        TryLink();
        world.Agenda.In(TimeSpan.FromSeconds(1), Begin);
    }

    public void Accept(Link link)
    {
        _links.Add(link);
        if (LinkedTo is not null)
        {
            ToBroker(broker => broker.OpenFromBridge(this, link));
        }
    }

    public void FromHandler(Link link, MessageKind kind, byte[] body)
    {
        if (!link.IsOpenAtBridge)
        {
            return;
        }

        link.SaidHello |= kind == MessageKind.Hello;
        if (LinkedTo is not null)
        {
            ToBroker(broker => broker.HearFromBridge(link, kind, body));
        }
        else if (kind == MessageKind.Hello)
        {
            world.Wires.Down(link, new Refused(ErrorCodes.Unavailable, "The Broker is out of reach of this Bridge."));
        }
    }

    /// <summary>Called when a handler's connection is gone.</summary>
    public void Closed(Link link)
    {
        if (link.IsOpenAtBridge)
        {
            link.IsOpenAtBridge = false;
            _links.Remove(link);
            if (LinkedTo is not null)
            {
                ToBroker(broker => broker.CloseFromBridge(link));
            }
        }
    }

    /// <summary>Called when the Broker sends a message to one of the connections.</summary>
    public void FromBroker(BrokerProcess broker, Link link, MessageKind kind, byte[] body)
    {
        var term = _term;
        if (TakeMiss())
        {
            BreakSoon(term);
            return;
        }

        _lastDown = Later(_lastDown);
        world.Agenda.At(
            _lastDown,
            () =>
            {
                if (term == _term && LinkedTo == broker && link.IsOpenAtBridge)
                {
                    world.Wires.Down(link, kind, body);
                    if (kind == MessageKind.Close)
                    {
                        link.IsOpenAtBridge = false;
                        _links.Remove(link);
                    }
                }
            }
        );
    }

    /// <summary>Loses the next message on the link.</summary>
    public void MissOne() => _misses = true;

    /// <summary>Ends the process; another one starts after the time.</summary>
    public void Restart(TimeSpan down)
    {
        var (links, broker) = (_links.ToList(), LinkedTo);
        _links.Clear();
        _term++;
        LinkedTo = null;
        IsUp = false;
        foreach (var link in links)
        {
            link.IsOpenAtBridge = false;
            world.Wires.LoseHere(link, "the bridge is gone");
        }

        // The Broker notices by silence, or when the next process links.
        world.Agenda.In(TimeSpan.FromSeconds(10), () => broker?.ForgetBridge(links));
        world.Agenda.In(
            down,
            () =>
            {
                IsUp = true;
                TryLink();
            }
        );
    }

    /// <summary>Called when the Broker is gone, or refuses the link.</summary>
    public void LoseLink(int term)
    {
        if (term != _term || LinkedTo is null)
        {
            return;
        }

        _term++;
        LinkedTo = null;
        foreach (var link in _links.Where(link => link.SaidHello))
        {
            world.Wires.Down(link, new Hold("The Broker is out of reach."));
        }
    }

    /// <summary>
    /// Called when the Broker's process has ended. The Bridge notices by silence, or earlier at the next message.
    /// </summary>
    public void BrokerEnded(BrokerProcess broker)
    {
        if (LinkedTo == broker)
        {
            var term = _term;
            world.Agenda.In(TimeSpan.FromMilliseconds(world.Chance.Next(10, 10_000)), () => LoseLink(term));
        }
    }

    private void TryLink()
    {
        if (!IsUp || world.Broker is not { IsListening: true } broker || LinkedTo == broker)
        {
            return;
        }

        if (LinkedTo is not null)
        {
            LoseLink(_term);
        }

        _term++;
        LinkedTo = broker;
        var links = _links.ToList();
        broker.BeginLink(this);
        foreach (var link in links)
        {
            ToBroker(heard => heard.OpenFromBridge(this, link));
            if (link.SaidHello)
            {
                world.Wires.Down(link, new Greet("The Broker is back."));
            }
        }
    }

    private void ToBroker(Action<BrokerProcess> says)
    {
        var (term, broker) = (_term, LinkedTo!);
        if (TakeMiss())
        {
            BreakSoon(term);
            return;
        }

        _lastUp = Later(_lastUp);
        world.Agenda.At(
            _lastUp,
            () =>
                broker.WhenAwake(() =>
                {
                    if (term == _term)
                    {
                        says(broker);
                    }
                })
        );
    }

    private bool TakeMiss()
    {
        var misses = _misses;
        _misses = false;
        return misses;
    }

    // The message after the lost one shows the gap. Both sides then begin again.
    private void BreakSoon(int term) =>
        world.Agenda.In(
            TimeSpan.FromMilliseconds(world.Chance.Next(20, 2_000)),
            () =>
            {
                if (term == _term && LinkedTo is { } broker)
                {
                    broker.BeginLink(this);
                    LoseLink(term);
                }
            }
        );

    private TimeSpan Later(TimeSpan last)
    {
        var at = world.Agenda.Now + TimeSpan.FromMilliseconds(world.Chance.Next(1, 10));
        return at > last ? at : last;
    }
}
