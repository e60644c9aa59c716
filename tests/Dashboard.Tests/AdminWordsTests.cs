using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Admin;
using ScheduleZero.Dashboard.Pages.Admin.Access;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>What pages for admins compute before they show it.</summary>
public sealed class AdminWordsTests
{
    [Test]
    public void A_tab_of_the_whole_broker_needs_its_permission_everywhere()
    {
        var inDefault = AdminTabs.Open("default", "", (_, ns) => ns == "default");
        var everywhere = AdminTabs.Open("default", "roles", (_, _) => true);
        Assert.Multiple(() =>
        {
            Assert.That(inDefault.Select(tab => tab.Label), Has.None.EqualTo("Users").And.None.EqualTo("Roles"));
            Assert.That(everywhere.Single(tab => tab.IsSelected).Label, Is.EqualTo("Roles"));
            Assert.That(AdminTabs.Open("default", "", (_, _) => false), Is.Empty);
        });
    }

    [TestCase("a, b;c d\na", ExpectedResult = "a|b|c|d")]
    [TestCase("  ", ExpectedResult = "")]
    [TestCase(null, ExpectedResult = "")]
    public string Names_of_a_field_are_read_each_once(string? text) => string.Join('|', NameList.Parse(text));

    [TestCase("1,200", true, 1200)]
    [TestCase(" 7 ", true, 7)]
    [TestCase("", true, null)]
    [TestCase("1.5", false, null)]
    [TestCase("-1", false, null)]
    [TestCase("3000000000", false, null)]
    [TestCase("many", false, null)]
    public void Whole_numbers_are_read_and_nothing_else(string text, bool isGood, int? number)
    {
        Assert.That(WholeNumber.TryParse(text, out int? read), Is.EqualTo(isGood));
        Assert.That(read, Is.EqualTo(number));
    }

    [Test]
    public void A_pattern_takes_the_place_of_what_it_stands_for()
    {
        var rule = new RuleDraft();
        rule.Set("jobs:read", true);
        rule.Set("handlers:read", true);
        rule.Set("jobs:*", true);
        Assert.That(rule.ToRule().Permissions, Is.EqualTo(new[] { "handlers:read", "jobs:*" }));
        Assert.That((rule.Opens("jobs:run"), rule.IsCovered("jobs:run")), Is.EqualTo((true, true)));
        rule.Set("*", true);
        Assert.That(rule.ToRule().Permissions, Is.EqualTo(new[] { "*" }));
        rule.Set("*", false);
        Assert.That(rule.Opens("jobs:run"), Is.False);
    }

    [Test]
    public void Permissions_are_grouped_by_what_they_are_on()
    {
        var groups = PermissionGroup.Of(["jobs:run", "*", "jobs:*", "audit:read", "jobs:read", "jobs:run"]);
        Assert.That(
            groups.Select(group => $"{group.Resource}={string.Join(',', group.Permissions)}"),
            Is.EqualTo(new[] { "audit=audit:read", "jobs=jobs:read,jobs:run" })
        );
    }

    [TestCase(true, true, true, ExpectedResult = "Disabled")]
    [TestCase(false, true, true, ExpectedResult = "Locked out")]
    [TestCase(false, false, true, ExpectedResult = "Must choose a password")]
    [TestCase(false, false, false, ExpectedResult = "Active")]
    public string The_weightiest_reason_that_keeps_a_user_out_is_named(bool disabled, bool locked, bool mustChange) =>
        UserText
            .StateOf(
                new UserView
                {
                    UserName = "ana",
                    Roles = [],
                    Disabled = disabled,
                    TwoFactor = false,
                    MustChangePassword = mustChange,
                    LockedUntil = locked ? DateTimeOffset.MaxValue : null,
                    CreatedAt = default,
                    CreatedBy = "system",
                }
            )
            .Words;
}
