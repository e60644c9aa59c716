namespace ScheduleZero.Contracts.Tests;

public sealed class AddressRangeTests
{
    [TestCase("10.0.0.0/8", "10.255.0.1", true)]
    [TestCase("10.0.0.0/8", "11.0.0.0", false)]
    [TestCase("10.0.0.0/8", "::ffff:10.1.1.1", true)]
    [TestCase("192.0.2.7", "192.0.2.7", true)]
    [TestCase("192.0.2.7", "192.0.2.8", false)]
    [TestCase("0.0.0.0/0", "198.51.100.1", true)]
    [TestCase("0.0.0.0/0", "2001:db8::1", false)]
    [TestCase("::/0", "198.51.100.1", false)]
    [TestCase("2001:db8::/32", "2001:db8:ffff::1", true)]
    [TestCase("2001:db8::/32", "2001:db9::1", false)]
    [TestCase("::1", "::1", true)]
    [TestCase("fe80::/10", "fe80::1%1", true)]
    public void A_range_holds_its_addresses(string range, string address, bool holds)
    {
        Assert.That(AddressRange.IsRange(range), Is.True);
        Assert.That(AddressRange.AnyHolds([range], address), Is.EqualTo(holds));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("*")]
    [TestCase("10.0.0.1/8")]
    [TestCase("10.0.0.0/33")]
    [TestCase("10.0.0.0/-1")]
    [TestCase("10.0.0.0/")]
    [TestCase("10.0.0.0/8/8")]
    [TestCase("10.1")]
    [TestCase("010.0.0.1")]
    [TestCase("0x0a000001")]
    [TestCase("167772161")]
    [TestCase(" 10.0.0.1")]
    [TestCase("fe80::1%1")]
    [TestCase("::ffff:10.0.0.1")]
    [TestCase("::ffff:10.0.0.0/104")]
    [TestCase("bridge.example")]
    public void What_is_no_range_is_refused_and_holds_nothing(string? range)
    {
        Assert.That(AddressRange.IsRange(range), Is.False);
        Assert.That(AddressRange.AnyHolds([range!], "10.0.0.1"), Is.False);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("somewhere")]
    public void What_is_no_address_is_in_no_range(string? address) =>
        Assert.That(AddressRange.AnyHolds(["0.0.0.0/0", "::/0"], address), Is.False);
}
