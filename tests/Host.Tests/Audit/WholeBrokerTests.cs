using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Audit;

/// <summary>The audit log of a whole Broker: loop, store, REST and checkpoints as they are shipped.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class WholeBrokerTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-audit").FullName;
    private readonly ApiKey _adminKey = ApiKey.Generate();

    [TearDown]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task What_was_done_and_denied_is_in_an_export_that_verifies_across_starts()
    {
        AuditPoint end;
        await using (var broker = await StartAsync())
        {
            using var admin = Client(broker, _adminKey.Reveal());
            using var job = await admin.PostTextAsync("/api/namespaces/default/jobs", """{"method":"a"}""");
            Assert.That(job.StatusCode, Is.EqualTo(HttpStatusCode.Created));
            var id = (await job.BodyAsync()).GetProperty("id").GetString();
            (await admin.PostTextAsync($"/api/namespaces/default/jobs/{id}/cancel", "{}")).Dispose();
            (await admin.PostTextAsync($"/api/namespaces/default/jobs/{id}/cancel", "{}")).Dispose();
            using var nobody = Client(broker, ApiKey.Generate().Reveal());
            Assert.That((await nobody.GetAsync("/api/stats")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));

            // No request waits until its denial is noted. This request passes the loop after the denial, and is
            // answered once the denial is on disk.
            (await admin.GetAsync("/api/stats")).Dispose();
            var events = await EventsAsync(admin, "/api/audit?limit=500");
            Assert.That(
                events
                    .Reverse()
                    .Where(happened => happened.Action != AuditChain.CheckpointAction)
                    .Select(happened => (happened.Actor, happened.Action, happened.Outcome, happened.Reason)),
                Is.EqualTo(
                    new[]
                    {
                        ("system", "keys:create", "allowed", "service: admin, the first key"),
                        ($"key:{_adminKey.Id}", "jobs:run", "allowed", null),
                        ($"key:{_adminKey.Id}", "jobs:cancel", "allowed", null),
                        ($"key:{_adminKey.Id}", "jobs:cancel", "failed", ErrorCodes.NotFound),
                        ("anonymous", "stats:read", "denied", ErrorCodes.Unauthenticated),
                    }
                )
            );
            Assert.That(await EventsAsync(admin, "/api/namespaces/default/audit"), Has.Count.EqualTo(3));
            Assert.That(
                await EventsAsync(admin, $"/api/namespaces/default/audit?object=job:{id}&outcome=failed"),
                Has.Count.EqualTo(1)
            );
            end = (await VerifyAsync(admin, [])).End!.Value;
        }

        await using (var broker = await StartAsync())
        {
            using var admin = Client(broker, _adminKey.Reveal());
            (await admin.PostTextAsync("/api/namespaces/default/jobs", """{"method":"a"}""")).Dispose();
            var verdict = await VerifyAsync(admin, [end]);
            Assert.That(verdict.Last, Is.GreaterThan(end.Sequence));
            Assert.That(verdict.Checkpoints, Is.AtLeast(1), "the first start was stopped cleanly");
        }
    }

    [Test]
    public async Task A_pruned_log_is_verified_by_what_it_says_of_its_pruning()
    {
        await using (var broker = await StartAsync())
        {
            using var admin = Client(broker, _adminKey.Reveal());
            for (var i = 0; i < 3; i++)
            {
                (await admin.PostTextAsync("/api/namespaces/default/jobs", """{"method":"a"}""")).Dispose();
            }
        }

        // The same call as the hourly pruning makes, at an instant for which every event is old.
        var watch = new AuditTailWatch();
        await using (
            var store = await LiteDbStore.OpenAsync(
                new LiteDbStoreOptions { Folder = _folder },
                TimeProvider.System,
                NullLogger.Instance,
                default
            )
        )
        {
            var tail = (await store.LoadAsync(default)).AuditTail;
            var log = new CoreBroker(TimeProvider.System, watch) { Store = store };
            log.Restore(tail);
            await AuditPruning.RunAsync(store, log, DateTimeOffset.MaxValue, NullLoggerFactory.Instance, default);
        }

        await using (var broker = await StartAsync())
        {
            using var admin = Client(broker, _adminKey.Reveal());
            (await admin.PostTextAsync("/api/namespaces/default/jobs", """{"method":"a"}""")).Dispose();
            var verdict = await VerifyAsync(admin, []);
            Assert.That((verdict.Start, verdict.First), Is.EqualTo((AuditStart.Pruned, watch.Tail.Sequence - 1)));
        }
    }

    private async Task<RunningBroker> StartAsync() =>
        await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = _folder,
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                BootstrapKey = _adminKey.Reveal(),
            },
            null,
            CancellationToken.None
        );

    private static HttpClient Client(RunningBroker broker, string key)
    {
        var client = new HttpClient { BaseAddress = new Uri(broker.Urls[0]) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private static async Task<IReadOnlyList<AuditEvent>> EventsAsync(HttpClient client, string path) =>
        JsonSerializer.Deserialize(await client.GetStringAsync(path), RestJson.Default.PageAuditEvent)!.Items;

    private static async Task<AuditVerdict> VerifyAsync(HttpClient client, AuditPoint[] known)
    {
        var keys = JsonSerializer.Deserialize(
            await client.GetStringAsync("/api/audit/keys"),
            RestJson.Default.AuditKeySet
        )!;
        var verdict = AuditVerifying.Run(await client.GetByteArrayAsync("/api/audit/export"), keys.Keys, known);
        Assert.That(verdict.Fault, Is.Null);
        return verdict;
    }
}
