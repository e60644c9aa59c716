using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;

namespace ScheduleZero.Host.Tests.Committed;

/// <summary>When the front door is told to judge the CURVE keys of its connections again.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AllowedCurveKeysTests
{
    private const string PublicKey = "the-public-key-of-the-handler";

    private readonly FakeTimeProvider _time = new();
    private readonly CommittedState _committed;
    private readonly AllowedCurveKeys _allowed;
    private readonly CurveClients _clients;

    public AllowedCurveKeysTests()
    {
        _committed = new CommittedState(
            new KeyRing(_time),
            new Roster(),
            new MethodSchemas(NullLogger<MethodSchemas>.Instance),
            new AuditTailWatch()
        );
        _allowed = new AllowedCurveKeys(_committed.Roster, _committed.Keys, _time);
        _clients = new CurveClients(null, _allowed.Allows, () => _allowed.Version, _ => { });
    }

    [TestCase("expires")]
    [TestCase("is revoked")]
    public void A_key_that_came_with_an_enrolment_is_judged_when_the_handlers_own_key_ends(string end)
    {
        var key = new KeyRecord
        {
            Id = "key",
            SecretHash = [],
            Kind = KeyKind.Handler,
            Namespace = "default",
            Handler = "office-7",
            CreatedAt = _time.GetUtcNow(),
            CreatedBy = "test",
            ExpiresAt = _time.GetUtcNow() + TimeSpan.FromMinutes(1),
        };
        _committed.TryApply(new Effect.KeyChanged(key));
        _committed.Roster.Put(
            AccessKind.CurveKey,
            CurveKeyId.Of(PublicKey),
            new CurveKeyRecord
            {
                PublicKey = PublicKey,
                Name = "office-7",
                Account = key.AccountOrId,
                CreatedAt = _time.GetUtcNow(),
                CreatedBy = "test",
            }
        );
        _clients.HaveChanged();
        Assert.That(_allowed.Allows(PublicKey), Is.True);
        Assert.That(_clients.HaveChanged(), Is.False);

        _time.Advance(TimeSpan.FromMinutes(1));
        _committed.TryApply(
            end == "expires"
                ? new Effect.KeyExpired(key)
                : new Effect.KeyChanged(key with { RevokedAt = _time.GetUtcNow() })
        );

        Assert.That(_clients.HaveChanged(), Is.True);
        Assert.That(_allowed.Allows(PublicKey), Is.False);
        Assert.That(_clients.HaveChanged(), Is.False);
    }
}
