using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Core.Tests.Sessions;

/// <summary>What a key lets a handler offer, and what is said to one that comes by the wrong way.</summary>
public sealed class HelloCheckTests
{
    private static readonly Hello Hello = Stage.HelloOf("h", 4, ["reports.render", "db.drop"]) with
    {
        Groups = ["emea", "gpu", "emea", "no name"],
    };

    [TestCase("192.0.2.1", "192.0.2.1 is none of them")]
    [TestCase(null, "a straight ZeroMQ link")]
    public void Key_that_is_bound_to_addresses_says_from_where_it_was_used(string? address, string says)
    {
        var refused = HelloCheck.RefusalOf(address, Stage.KeyOf("h") with { Addresses = ["10.0.0.0/8"] })!;
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.Forbidden));
        Assert.That(refused.Detail, Does.Contain("The key is bound to addresses").And.Contain(says));
    }

    [TestCase("names no handler:")]
    [TestCase("names shop/till-1, shop/till-2:", "shop/till-1", "shop/till-2")]
    public void Certificate_of_another_says_what_it_must_name_and_what_it_names(string says, params string[] names)
    {
        var refused = HelloCheck.RefusalOf(names, Stage.KeyOf("h"))!;
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.Forbidden));
        Assert.That(
            refused.Detail,
            Does.Contain("must name default/h")
                .And.Contain(says)
                .And.Contain("spiffe://…/default/h")
                .And.EndsWith("CN=default/h.")
        );
        Assert.That(HelloCheck.RefusalOf((IReadOnlyList<string>?)null, Stage.KeyOf("h")), Is.Null);
    }

    [TestCase(-1, null, 0)]
    [TestCase(5, null, 5)]
    [TestCase(Limits.CapacityMax + 1, null, Limits.CapacityMax)]
    [TestCase(5, 5, 5)]
    [TestCase(6, 5, 5)]
    [TestCase(-1, 5, 0)]
    [TestCase(1, 0, 0)]
    public void Capacity_is_what_the_handler_asks_for_and_the_key_allows(int asked, int? max, int allowed) =>
        Assert.That(
            HelloCheck.AllowedCapacity(asked, Stage.KeyOf("h") with { MaxCapacity = max }),
            Is.EqualTo(allowed)
        );

    [Test]
    public void Methods_that_the_key_does_not_allow_are_denied_and_none_where_it_allows_all()
    {
        var bound = Stage.KeyOf("h", "default", "reports.*", "metrics.*");
        Assert.That(HelloCheck.AllowedMethods(Hello, bound).Keys, Is.EqualTo(new[] { "reports.render" }));
        Assert.That(HelloCheck.DeniedMethods(Hello, bound), Is.EqualTo(new[] { "db.drop" }));
        var free = Stage.KeyOf("h");
        Assert.That(HelloCheck.AllowedMethods(Hello, free).Keys, Is.EqualTo(new[] { "reports.render", "db.drop" }));
        Assert.That(HelloCheck.DeniedMethods(Hello, free), Is.Null);
    }

    [TestCase("em*", "emea", "gpu, no name")]
    [TestCase("*", "emea, gpu", "no name")]
    [TestCase(null, "", "emea, gpu, no name")]
    public void Groups_are_allowed_once_each_by_the_patterns_of_the_key(string? pattern, string allowed, string denied)
    {
        var key = Stage.KeyOf("h") with { Groups = pattern is null ? null : [pattern] };
        Assert.That(string.Join(", ", HelloCheck.AllowedGroups(Hello, key)), Is.EqualTo(allowed));
        Assert.That(string.Join(", ", HelloCheck.DeniedGroups(Hello, key)!), Is.EqualTo(denied));
    }

    [Test]
    public void Hello_without_groups_is_denied_none()
    {
        var key = Stage.KeyOf("h");
        Assert.That(HelloCheck.DeniedGroups(Hello with { Groups = null }, key), Is.Null);
        Assert.That(HelloCheck.DeniedGroups(Hello with { Groups = ["emea"] }, key), Is.Null);
        Assert.That(HelloCheck.AllowedGroups(Hello with { Groups = null }, key), Is.Empty);
    }
}
