using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Access;

[Parallelizable(ParallelScope.All)]
public sealed class AccessTableTests
{
    private static readonly UserRecord Ana = new()
    {
        Id = "u1",
        UserName = "ana",
        NormalizedName = "ANA",
        PasswordHash = "hash",
        Roles = [new RoleGrant("shop", "default")],
        CreatedAt = default,
        CreatedBy = "test",
    };

    private static readonly RoleRecord Shop = new()
    {
        Name = "shop",
        Rules = [new RoleRule { Permissions = ["jobs:run"] }],
        CreatedAt = default,
        CreatedBy = "test",
    };

    private static SignInRecord SignIn(Stage stage, string id = "s1") =>
        new()
        {
            Id = id,
            UserId = Ana.Id,
            RefreshHash = [1],
            CreatedAt = stage.Wall,
            LastUsedAt = stage.Wall,
            ExpiresAt = stage.Wall + TimeSpan.FromHours(1),
        };

    private static void Do(Stage stage, params AccessChange[] changes) =>
        stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(ticket, changes));

    private static string CodeOf(Stage stage, params AccessChange[] changes) =>
        stage.Ask<Answer.Refused>(ticket => new BrokerInput.ChangeAccess(ticket, changes)).Code;

    [Test]
    public void A_row_moves_only_from_the_version_that_was_read()
    {
        var stage = new Stage();
        Do(stage, AccessChange.Add(Ana));
        var read = (UserRecord)stage.Kept.Access[(AccessKind.User, Ana.Id)];
        Do(stage, AccessChange.Replace(read with { FailedSignIns = 1 }));
        Assert.That(
            CodeOf(stage, AccessChange.Replace(read with { FailedSignIns = 1 })),
            Is.EqualTo(ErrorCodes.Conflict)
        );
        Assert.That(CodeOf(stage, AccessChange.Add(Ana)), Is.EqualTo(ErrorCodes.Conflict));
        Assert.That(CodeOf(stage, AccessChange.Replace(Shop with { Version = 1 })), Is.EqualTo(ErrorCodes.NotFound));
        Assert.That(stage.Kept.Access[(AccessKind.User, Ana.Id)].Version, Is.EqualTo(2));
    }

    [Test]
    public void Several_rows_change_together_or_not_at_all()
    {
        var stage = new Stage();
        Assert.That(
            CodeOf(stage, AccessChange.Add(Ana), AccessChange.Replace(Shop with { Version = 7 })),
            Is.EqualTo(ErrorCodes.NotFound)
        );
        Assert.That(stage.Kept.Access, Does.Not.ContainKey((AccessKind.User, Ana.Id)));
    }

    [Test]
    public void Two_users_never_share_a_name()
    {
        var stage = new Stage();
        Do(stage, AccessChange.Add(Ana));
        Assert.That(CodeOf(stage, AccessChange.Add(Ana with { Id = "u2" })), Is.EqualTo(ErrorCodes.Conflict));
    }

    [Test]
    public void A_role_that_somebody_has_stays()
    {
        var stage = new Stage();
        Do(stage, AccessChange.Add(Shop));
        Do(stage, AccessChange.Add(Ana));
        Assert.That(CodeOf(stage, AccessChange.Forget(Shop with { Version = 1 })), Is.EqualTo(ErrorCodes.Conflict));
        Do(stage, AccessChange.Forget(Ana with { Version = 1 }));
        Do(stage, AccessChange.Forget(Shop with { Version = 1 }));
    }

    private static IEnumerable<TestCaseData> Ends()
    {
        yield return new TestCaseData(AccessChange.Forget(Ana with { Version = 1 })).SetArgDisplayNames("deleted");
        yield return new TestCaseData(
            AccessChange.Replace(Ana with { Version = 1, Disabled = true })
        ).SetArgDisplayNames("disabled");
        yield return new TestCaseData(
            AccessChange.Replace(Ana with { Version = 1, PasswordChanges = 1 })
        ).SetArgDisplayNames("another password");
    }

    [TestCaseSource(nameof(Ends))]
    public void Sessions_end_with_their_user(AccessChange change)
    {
        var stage = new Stage();
        Do(stage, AccessChange.Add(Ana));
        Do(stage, AccessChange.Add(SignIn(stage)), AccessChange.Add(SignIn(stage, "s2")));
        Do(stage, change);
        Assert.That(stage.Kept.Access.Keys.Where(row => row.Kind == AccessKind.SignIn), Is.Empty);
    }

    [Test]
    public void Nobody_signs_in_who_has_just_been_deleted_or_disabled()
    {
        var stage = new Stage();
        Assert.That(CodeOf(stage, AccessChange.Add(SignIn(stage))), Is.EqualTo(ErrorCodes.Unauthenticated));
        Do(stage, AccessChange.Add(Ana with { Disabled = true }));
        Assert.That(CodeOf(stage, AccessChange.Add(SignIn(stage))), Is.EqualTo(ErrorCodes.Unauthenticated));
    }

    [Test]
    public void A_session_is_forgotten_when_its_time_is_over_also_across_a_restart()
    {
        var stage = new Stage();
        Do(stage, AccessChange.Add(Ana));
        Do(stage, AccessChange.Add(SignIn(stage)));
        stage.Restart(TimeSpan.FromMinutes(59));
        Assert.That(stage.Kept.Access, Contains.Key((AccessKind.SignIn, "s1")));
        stage.Advance(TimeSpan.FromMinutes(2));
        Assert.That(
            stage.Kept.Access,
            Does.Not.ContainKey((AccessKind.SignIn, "s1")).And.ContainKey((AccessKind.User, Ana.Id))
        );
    }
}
