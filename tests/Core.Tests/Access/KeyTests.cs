using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Access;

public sealed class KeyTests
{
    private static KeyRecord Everywhere =>
        Stage.KeyOf("h") with
        {
            Id = "root",
            Kind = KeyKind.Service,
            Namespace = "*",
            Handler = null,
            Roles = [Roles.Admin],
        };

    [TestCase("default")]
    [TestCase("tenant-b")]
    public void A_key_that_holds_everywhere_belongs_to_no_tenant(string tenant)
    {
        var stage = new Stage();
        stage.Save(Everywhere);
        stage.Save(Stage.KeyOf("h", "default"));
        stage.Save(Stage.KeyOf("h", "tenant-b"));

        Assert.That(stage.Look(state => state.Keys(tenant)).Select(key => key.Id), Is.EqualTo(new[] { $"{tenant}/h" }));
        var refused = stage.Ask<Answer.Refused>(ticket => new BrokerInput.RevokeKey(ticket, tenant, "root"));
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.NotFound));
        Assert.That(stage.Kept.Keys["root"].RevokedAt, Is.Null);
    }

    [Test]
    public void Who_names_everywhere_sees_and_revokes_what_holds_there()
    {
        var stage = new Stage();
        stage.Save(Everywhere);
        stage.Save(Stage.KeyOf("h"));

        Assert.That(stage.Look(state => state.Keys("*")).Select(key => key.Id), Is.EqualTo(new[] { "root" }));
        stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "*", "root"));
        Assert.That(stage.Kept.Keys["root"].RevokedAt, Is.EqualTo(Stage.Noon));
    }

    [Test]
    public void A_key_that_is_made_a_second_time_stays_revoked()
    {
        var stage = new Stage();
        stage.Save(Everywhere);
        stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "*", "root"));

        stage.Save(Everywhere);

        Assert.That(stage.Kept.Keys["root"].RevokedAt, Is.EqualTo(Stage.Noon));
    }
}
