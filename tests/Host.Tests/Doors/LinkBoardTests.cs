using System.Net;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Host.Doors;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Host.Tests.Doors;

/// <summary>The list of links, as the door and the transport tell it what happens.</summary>
internal sealed class LinkBoardTests
{
    private const string WrongKey = "its key is unknown, revoked, expired, or not a bridge's";
    private static readonly IPEndPoint Remote = new(IPAddress.Parse("192.0.2.7"), 40_000);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 10, 1, 12, 0, 0, TimeSpan.Zero));
    private LinkBoard _board = null!;

    [SetUp]
    public void MakeBoard() => _board = new LinkBoard(_time);

    private LinkView Only => _board.Read().Single();

    [TestCase(ZmtpFailure.Unreachable, LinkErrorReason.Unreachable)]
    [TestCase(ZmtpFailure.UnknownHost, LinkErrorReason.Unreachable)]
    [TestCase(ZmtpFailure.ConnectionRefused, LinkErrorReason.Refused)]
    [TestCase(ZmtpFailure.WrongServerKey, LinkErrorReason.WrongServerKey)]
    [TestCase(ZmtpFailure.KeyNotAllowed, LinkErrorReason.KeyNotAllowed)]
    [TestCase(ZmtpFailure.PlaintextPeer, LinkErrorReason.PlaintextPeer)]
    [TestCase(ZmtpFailure.Silent, LinkErrorReason.Other)]
    public void An_endpoint_that_is_dialled_says_why_it_is_down_and_when_it_is_tried_again(
        object failure,
        LinkErrorReason reason
    )
    {
        var dialled = _board.Dial("tcp://dmz:4242");
        var start = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromMinutes(1));
        dialled.Failed(new ZmtpException((ZmtpFailure)failure, "as it is"));
        dialled.Failed(new ZmtpException((ZmtpFailure)failure, "as it is"));
        dialled.WillDial(TimeSpan.FromSeconds(2));

        Assert.That(
            (Only.Address, Only.DialledBy, Only.State, Only.Since, Only.Attempts),
            Is.EqualTo(("tcp://dmz:4242", LinkDialler.Broker, LinkState.Down, start, 2))
        );
        Assert.That(
            (Only.LastError!.Reason, Only.LastError.Detail, Only.LastError.At),
            Is.EqualTo((reason, "as it is", _time.GetUtcNow()))
        );
        Assert.That(Only.NextTryAt, Is.EqualTo(_time.GetUtcNow() + TimeSpan.FromSeconds(2)));
    }

    [Test]
    public void An_endpoint_that_is_dialled_goes_up_with_its_first_bridge_and_down_with_its_connection()
    {
        var dialled = _board.Dial("tcp://dmz:4242");
        dialled.Failed(new ZmtpException(ZmtpFailure.ConnectionRefused, "Nobody listens."));
        dialled.WillDial(TimeSpan.FromSeconds(2));
        _board.Connected(1, Remote, dialled);
        Assert.That((Only.State, Only.NextTryAt), Is.EqualTo((LinkState.Connected, (DateTimeOffset?)null)));

        _time.Advance(TimeSpan.FromSeconds(1));
        _board.Linked(1, "dmz-1", "1.2.3", null);
        _board.Linked(1, "dmz-2", "1.2.3", null);
        Assert.That((Only.State, Only.Since, Only.Attempts), Is.EqualTo((LinkState.Up, _time.GetUtcNow(), 0)));
        Assert.That(Only.Bridges, Is.EqualTo(new[] { "dmz-1", "dmz-2" }));

        _board.Unlinked(1, "dmz-1", "silent for 10 s");
        Assert.That((Only.State, string.Join(' ', Only.Bridges)), Is.EqualTo((LinkState.Up, "dmz-2")));
        _board.Unlinked(1, "dmz-2", "silent for 10 s");
        Assert.That((Only.State, Only.LastError!.Detail), Is.EqualTo((LinkState.Connected, "dmz-2: silent for 10 s")));

        _board.Ended(1, new ZmtpException(ZmtpFailure.Closed, "The peer closed the connection."));
        Assert.That(
            (Only.State, Only.LastError!.Detail),
            Is.EqualTo((LinkState.Down, "The peer closed the connection."))
        );
    }

    [Test]
    public void Bridges_are_shown_with_the_version_that_each_says()
    {
        _board.Connected(1, Remote, null);
        _board.Linked(1, "dmz-1", "0.2.0", null);
        _board.Linked(1, "dmz-2", "0.3.0-beta", null);
        _board.Linked(1, "dmz-3", "", null);
        Assert.That(
            Only.BridgeVersions,
            Is.EquivalentTo(new Dictionary<string, string> { ["dmz-1"] = "0.2.0", ["dmz-2"] = "0.3.0-beta" })
        );

        _board.Unlinked(1, "dmz-1", "silent for 10 s");
        Assert.That(Only.BridgeVersions!.Keys, Is.EqualTo(new[] { "dmz-2" }));

        _board.Connected(2, Remote, null);
        _board.Linked(2, "dmz-4", "", null);
        Assert.That(_board.Read().Single(link => link.Bridges.Contains("dmz-4")).BridgeVersions, Is.Null);
    }

    [Test]
    public void A_late_end_of_an_old_connection_does_not_bring_the_new_one_down()
    {
        var dialled = _board.Dial("tcp://dmz:4242");
        _board.Connected(1, Remote, dialled);
        _board.Connected(2, Remote, dialled);
        _board.Ended(1, null);
        Assert.That(Only.State, Is.EqualTo(LinkState.Connected));
    }

    [Test]
    public void A_bridge_that_dials_is_listed_and_one_that_is_gone_until_it_returns()
    {
        _board.Connected(1, Remote, null);
        Assert.That(_board.Read(), Is.Empty, "it may be a handler");
        _board.Linked(1, "dmz-1", "1.2.3", new LinkTrouble(3, "Nobody listens at tcp://broker:4242."));
        Assert.That(
            (Only.Address, Only.DialledBy, Only.State),
            Is.EqualTo(("192.0.2.7:40000", LinkDialler.Peer, LinkState.Up))
        );
        Assert.That(Only.LastError!.Detail, Does.Contain("failed 3 times, at last: Nobody listens"));

        _board.Ended(1, new ZmtpException(ZmtpFailure.Closed, "The connection was cut."));
        Assert.That((Only.State, Only.Bridges.Single()), Is.EqualTo((LinkState.Down, "dmz-1")));

        _board.Connected(2, Remote, null);
        _board.Linked(2, "dmz-1", "1.2.3", null);
        Assert.That(Only.State, Is.EqualTo(LinkState.Up));
    }

    [Test]
    public void What_is_gone_or_was_refused_is_shown_for_an_hour_and_64_of_each_at_most()
    {
        for (ulong i = 1; i <= 100; i++)
        {
            var remote = new IPEndPoint(new IPAddress(new byte[] { 192, 0, 2, (byte)i }), 1);
            _board.Connected(i, remote, null);
            _board.Linked(i, $"b{i}", "1.2.3", null);
            _board.Ended(i, null);
            _board.PeerRefused(remote, new ZmtpException(ZmtpFailure.KeyNotAllowed, "no"));
            _board.PeerRefused(remote, new ZmtpException(ZmtpFailure.PlaintextPeer, "no"));
        }

        var rows = _board.Read();
        Assert.That(rows, Has.Count.EqualTo(128));
        Assert.That(rows.Count(row => row.LastError?.Reason == LinkErrorReason.PlaintextPeer), Is.EqualTo(64));
        Assert.That(rows[^1].Attempts, Is.EqualTo(2));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.That(_board.Read(), Is.Empty);
    }

    [Test]
    public void A_bridge_whose_key_is_refused_is_shown_until_it_is_linked()
    {
        _board.Connected(1, Remote, null);
        _board.BridgeRefused(1, WrongKey);
        Assert.That(
            (Only.Address, Only.State, Only.LastError!.Reason, Only.Attempts),
            Is.EqualTo(("192.0.2.7", LinkState.Down, LinkErrorReason.Refused, 1))
        );
        _board.Linked(1, "dmz-1", "1.2.3", null);
        Assert.That((Only.State, Only.Attempts), Is.EqualTo((LinkState.Up, 0)));
    }

    [Test]
    public void Refused_bridges_have_one_row_for_each_address_and_push_no_lost_bridge_off_the_list()
    {
        _board.Connected(1, Remote, null);
        _board.Linked(1, "dmz-1", "1.2.3", null);
        _board.Ended(1, new ZmtpException(ZmtpFailure.Closed, "The connection was cut."));
        for (ulong i = 2; i <= 1_000; i++)
        {
            var remote = new IPEndPoint(new IPAddress(new byte[] { 198, 51, 100, (byte)(i % 100) }), (int)i);
            _board.Connected(i, remote, null);
            _board.BridgeRefused(i, WrongKey);
            _board.BridgeRefused(i, WrongKey);
        }

        Assert.That(_board.Read(), Has.Count.EqualTo(65), "while the connections stand");
        for (ulong i = 2; i <= 1_000; i++)
        {
            _board.Ended(i, new ZmtpException(ZmtpFailure.Closed, "The peer closed the connection."));
        }

        var rows = _board.Read();
        Assert.That(rows, Has.Count.EqualTo(65));
        Assert.That(rows.Select(row => row.Address), Is.Unique);
        Assert.That(rows.SelectMany(row => row.Bridges), Is.EqualTo(new[] { "dmz-1" }));
        Assert.That(rows.Skip(1).Select(row => row.LastError!.Reason), Is.All.EqualTo(LinkErrorReason.Refused));
    }

    [Test]
    public void A_refusal_behind_a_proxy_is_shown_with_the_bridges_that_are_linked_there()
    {
        _board.Connected(1, Remote, null);
        _board.Linked(1, "dmz-1", "1.2.3", null);
        _board.BridgeRefused(1, WrongKey);
        Assert.That(
            (Only.State, Only.LastError!.Reason, Only.Attempts),
            Is.EqualTo((LinkState.Up, LinkErrorReason.Refused, 1))
        );
    }

    [Test]
    public void A_refusal_at_an_endpoint_that_is_dialled_is_shown_with_it()
    {
        _board.Connected(1, Remote, _board.Dial("tcp://dmz:4242"));
        _board.BridgeRefused(1, WrongKey);
        Assert.That(
            (Only.Address, Only.State, Only.LastError!.Reason),
            Is.EqualTo(("tcp://dmz:4242", LinkState.Connected, LinkErrorReason.Refused))
        );
    }

    [Test]
    public void An_address_that_was_refused_is_forgotten_when_a_bridge_links_from_there()
    {
        _board.PeerRefused(new IPEndPoint(Remote.Address, 1), new ZmtpException(ZmtpFailure.KeyNotAllowed, "no"));
        Assert.That(Only.Address, Is.EqualTo("192.0.2.7"));
        _board.Connected(1, Remote, null);
        _board.Linked(1, "dmz-1", "1.2.3", null);
        Assert.That(Only.State, Is.EqualTo(LinkState.Up));
    }
}
