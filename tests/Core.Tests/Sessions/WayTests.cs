using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Sessions;

/// <summary>What operators see of the network between a handler and the Broker.</summary>
public sealed class WayTests
{
    private static readonly Hello Plain = Stage.HelloOf("h", 4, ["m"]);

    private static readonly HelloWay Way = new()
    {
        Proxy = "http://proxy:3128",
        KeepAliveSeconds = 2,
        SilenceSeconds = 5.5,
    };

    [Test]
    public void The_way_is_shown_as_Bridge_and_handler_say_it_and_the_round_trip_as_it_was_measured()
    {
        var stage = new Stage();
        Open(stage, "longPolling", "1.1 nginx");
        stage.Hello(1, Plain with { Way = Way });
        Assert.That(ViewOf(stage).RoundTripMs, Is.Null);
        stage.Advance(0.25);
        new Peer(stage, 1).Pong();

        var view = ViewOf(stage);
        Assert.That((view.Transport, view.Via, view.Proxy), Is.EqualTo(("longPolling", "1.1 nginx", Way.Proxy)));
        Assert.That((view.KeepAliveSeconds, view.SilenceSeconds), Is.EqualTo((2.0, 5.5)));
        Assert.That(view.RoundTripMs, Is.EqualTo(250));
    }

    [Test]
    public void A_heartbeat_changes_the_way_and_one_that_says_nothing_does_not()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Plain with { Way = Way });
        stage.Do(new BrokerInput.HeartbeatSaid(1, new Heartbeat(4, []) { Way = Way with { KeepAliveSeconds = 5 } }));
        peer.Heartbeat(4);
        Assert.That(ViewOf(stage).KeepAliveSeconds, Is.EqualTo(5));
    }

    [Test]
    public void Peers_of_earlier_versions_say_nothing_and_are_served()
    {
        var stage = new Stage();
        Open(stage, null, null);
        stage.Join(1, Plain);
        var view = ViewOf(stage);
        Assert.That(
            (view.Transport, view.Via, view.Proxy, view.KeepAliveSeconds),
            Is.EqualTo(((string?)null, (string?)null, (string?)null, (double?)null))
        );
        Assert.That(view.State, Is.EqualTo("ready"));
    }

    [Test]
    public void A_direct_connection_is_shown_as_one_of_ZeroMQ()
    {
        var stage = new Stage();
        stage.Join(1, Plain);
        Assert.That(ViewOf(stage).Transport, Is.EqualTo("zeroMQ"));
    }

    [TestCase("\u001b[2J", -1)]
    [TestCase("", 1e9)]
    [TestCase("xxx", double.NaN)]
    public void What_makes_no_sense_is_left_out(string text, double seconds)
    {
        var stage = new Stage();
        var words = text == "xxx" ? new string('x', 257) : text;
        Open(stage, words, words);
        stage.Hello(
            1,
            Plain with
            {
                Way = new HelloWay
                {
                    Proxy = words,
                    KeepAliveSeconds = seconds,
                    SilenceSeconds = seconds,
                },
            }
        );
        var view = ViewOf(stage);
        Assert.That(view.Transport ?? view.Via ?? view.Proxy, Is.Null);
        Assert.That(view.KeepAliveSeconds ?? view.SilenceSeconds, Is.Null);
    }

    private static void Open(Stage stage, string? transport, string? via)
    {
        stage.Save(Stage.KeyOf("h"));
        stage.Do(
            new BrokerInput.Opened(1, "b", "203.0.113.7", new KeyClaim("default/h", [1, 2, 3]), null)
            {
                Transport = transport,
                Via = via,
            }
        );
    }

    private static SessionView ViewOf(Stage stage) =>
        stage.Look(state => state.Handlers("default").Single().Sessions.Single());
}
