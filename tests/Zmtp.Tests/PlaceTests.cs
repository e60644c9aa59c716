using System.Net;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Zmtp.Tests;

/// <summary>Who makes room for whom when all places of a listener are taken.</summary>
public sealed class PlaceTests
{
    [Test]
    public void A_newcomer_displaces_the_oldest_of_the_address_that_holds_the_most()
    {
        var places = new ConnectionPlaces(inAllMax: 4, perAddressMax: 3);
        var few = Take(places, "192.0.2.1");
        var oldest = Take(places, "192.0.2.2");
        var younger = Take(places, "192.0.2.2");
        var youngest = Take(places, "192.0.2.2");

        Take(places, "192.0.2.3");

        Assert.That(Displaced(few, oldest, younger, youngest), Is.EqualTo(new[] { false, true, false, false }));
    }

    [Test]
    public void Of_addresses_that_hold_equally_many_the_oldest_place_is_displaced()
    {
        var places = new ConnectionPlaces(inAllMax: 3, perAddressMax: 3);
        var first = Take(places, "192.0.2.1");
        var second = Take(places, "192.0.2.2");
        var third = Take(places, "192.0.2.3");

        Take(places, "192.0.2.4");
        Take(places, "192.0.2.5");

        Assert.That(Displaced(first, second, third), Is.EqualTo(new[] { true, true, false }));
    }

    [Test]
    public void An_address_that_holds_as_many_as_any_other_makes_room_for_itself()
    {
        var places = new ConnectionPlaces(inAllMax: 4, perAddressMax: 3);
        var others = new[] { Take(places, "192.0.2.1"), Take(places, "192.0.2.1") };
        var own = new[] { Take(places, "192.0.2.2"), Take(places, "192.0.2.2") };

        Take(places, "192.0.2.2");

        Assert.That(Displaced([.. others, .. own]), Is.EqualTo(new[] { false, false, true, false }));
    }

    [Test]
    public void An_address_over_its_own_bound_is_refused_and_displaces_nobody()
    {
        var places = new ConnectionPlaces(inAllMax: 3, perAddressMax: 2);
        var held = new[] { Take(places, "192.0.2.1"), Take(places, "192.0.2.2"), Take(places, "192.0.2.2") };

        Assert.That(places.TryTake(IPAddress.Parse("192.0.2.2"), out var refusal), Is.Null);

        Assert.That(refusal, Does.Contain("its address has 2 connections"));
        Assert.That(Displaced(held), Has.None.True);
    }

    [Test]
    public void Whoever_has_proved_who_it_is_makes_room_for_nobody()
    {
        var places = new ConnectionPlaces(inAllMax: 3, perAddressMax: 3);
        var proved = new[] { Take(places, "192.0.2.1"), Take(places, "192.0.2.1") };
        Array.ForEach(proved, place => place.Prove());
        var stranger = Take(places, "192.0.2.2");

        var newcomer = Take(places, "192.0.2.3");
        newcomer.Prove();

        Assert.That(places.TryTake(IPAddress.Parse("192.0.2.4"), out var refusal), Is.Null);
        Assert.That(refusal, Does.Contain("3 connections are the most"));
        Assert.That(Displaced([.. proved, stranger, newcomer]), Is.EqualTo(new[] { false, false, true, false }));
    }

    [Test]
    public void All_of_an_IPv6_network_is_one_address()
    {
        var places = new ConnectionPlaces(inAllMax: 3, perAddressMax: 2);
        var few = Take(places, "2001:db8:0:1::1");
        var many = new[] { Take(places, "2001:db8:0:2::1"), Take(places, "2001:db8:0:2::2") };

        Take(places, "2001:db8:0:3::1");

        Assert.That(Displaced([few, .. many]), Is.EqualTo(new[] { false, true, false }));
    }

    [Test]
    public void All_of_an_IPv6_network_has_one_bound()
    {
        var places = new ConnectionPlaces(inAllMax: 9, perAddressMax: 2);
        Take(places, "2001:db8:0:2::1");
        Take(places, "2001:db8:0:2::2");
        Assert.That(places.TryTake(IPAddress.Parse("2001:db8:0:2::3"), out _), Is.Null);
        Take(places, "2001:db8:0:3::1");
    }

    [Test]
    public void Places_are_given_back_once_whatever_befell_them()
    {
        var places = new ConnectionPlaces(inAllMax: 2, perAddressMax: 2);
        var displaced = Take(places, "192.0.2.1");
        var proved = Take(places, "192.0.2.2");
        var newcomer = Take(places, "192.0.2.3");
        proved.Prove();
        foreach (var place in new[] { displaced, displaced, proved, proved, newcomer })
        {
            place.Dispose();
            place.Prove();
        }

        Take(places, "192.0.2.4").Prove();
        Take(places, "192.0.2.5").Prove();
        Assert.That(places.TryTake(IPAddress.Parse("192.0.2.6"), out _), Is.Null);
    }

    private static ConnectionPlace Take(ConnectionPlaces places, string address)
    {
        var place = places.TryTake(IPAddress.Parse(address), out var refusal);
        Assert.That(place, Is.Not.Null, refusal);
        return place!;
    }

    private static IEnumerable<bool> Displaced(params ConnectionPlace[] places) =>
        places.Select(place => place.Displaced.IsCancellationRequested);
}
