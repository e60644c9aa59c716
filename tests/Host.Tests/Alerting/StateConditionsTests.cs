using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Alerting;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;
using static ScheduleZero.Host.Tests.Alerting.BrokerWideConditionsTests;

namespace ScheduleZero.Host.Tests.Alerting;

/// <summary>What a real Broker with a real store finds for conditions that are states.</summary>
public sealed class StateConditionsTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _year = TimeSpan.FromDays(365);

    private string _folder = null!;
    private RunningBroker _broker = null!;
    private ScheduleZeroClient _client = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("schedulezero-alerts-").FullName;
        var admin = ApiKey.Generate().Reveal();
        _broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = _folder,
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                BootstrapKey = admin,
                RequestsPerMinute = Limits.RequestsPerMinuteMax,
            },
            logging: null,
            CancellationToken.None
        );
        _client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri(_broker.Urls[0]), ApiKey = admin }
        );
    }

    [TearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Jobs_that_wait_are_seen_by_method_with_the_oldest_first()
    {
        var first = await _client.Jobs.EnqueueAsync(new JobRequest { Method = "reports.render" });
        var second = await _client.Jobs.EnqueueAsync(new JobRequest { Method = "reports.render" });
        await _client.Jobs.EnqueueAsync(new JobRequest { Method = "mail.send" });
        await _client.Jobs.EnqueueAsync(
            new JobRequest { Method = "reports.later", RunAt = TimeProvider.System.GetUtcNow().AddHours(1) }
        );
        var seen = await LookAsync(Rule(AlertCondition.WaitingLong, TimeSpan.Zero, "reports.*"));
        Assert.That(seen.Select(state => (state.Subject, state.Count)), Is.EqualTo(new[] { ("reports.render", 2L) }));
        Assert.That(seen[0].Samples.Select(sample => sample.Job), Is.EqualTo(new[] { first.Id, second.Id }));
        Assert.That(seen[0].Detail, Does.Contain("minutes"));
        Assert.That(await LookAsync(Rule(AlertCondition.WaitingLong, TimeSpan.FromMinutes(5))), Is.Empty);
    }

    [Test]
    public async Task A_handler_that_left_is_seen_and_one_that_is_connected_is_not()
    {
        await using (await StartAgentAsync("office-7"))
        {
            Assert.That(await LookAsync(Rule(AlertCondition.HandlerSilent, TimeSpan.Zero)), Is.Empty);
        }

        await UntilAsync(async () => !(await _client.Handlers.GetAsync("office-7")).Online);
        var seen = await LookAsync(Rule(AlertCondition.HandlerSilent, TimeSpan.Zero));
        Assert.That(seen.Single().Subject, Is.EqualTo("office-7"));
        Assert.That(await LookAsync(Rule(AlertCondition.HandlerSilent, TimeSpan.FromHours(1))), Is.Empty);
        Assert.That(await LookAsync(Rule(AlertCondition.HandlerSilent, TimeSpan.Zero, "ship-*")), Is.Empty);
    }

    [Test]
    public async Task A_method_of_which_nothing_succeeded_is_seen_until_something_does()
    {
        var rule = Rule(AlertCondition.NothingSucceeded, TimeSpan.FromHours(1), "m.good", "m.bad");
        Assert.That((await LookAsync(rule)).Select(state => state.Subject), Is.EqualTo(new[] { "m.good", "m.bad" }));
        await using var agent = await StartAgentAsync("office-7");
        foreach (var method in rule.Only!)
        {
            await _client.Jobs.EnqueueAndWaitAsync(
                new JobRequest
                {
                    Method = method,
                    Retry = new RetryOptions { MaxAttempts = 1 },
                },
                _patience
            );
        }

        Assert.That((await LookAsync(rule)).Select(state => state.Subject), Is.EqualTo(new[] { "m.bad" }));
    }

    [Test]
    public async Task A_rule_about_successes_waits_until_it_has_watched_for_its_time()
    {
        var rule = Rule(AlertCondition.NothingSucceeded, TimeSpan.FromHours(1), "m.good") with
        {
            ChangedAt = DateTimeOffset.MaxValue,
        };
        Assert.That(await LookAsync(rule), Is.Empty);
    }

    [Test]
    public async Task A_key_that_expires_within_the_time_is_seen_until_it_is_revoked()
    {
        var soon = await _client.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Handler,
                Handler = "office-7",
                ExpiresAt = TimeProvider.System.GetUtcNow().AddHours(1),
            }
        );
        await _client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = "office-8" });
        var rule = Rule(AlertCondition.KeyExpires, _year);
        Assert.That((await LookAsync(rule)).Select(state => state.Subject), Is.EqualTo(new[] { soon.Id }));
        Assert.That(await LookAsync(rule with { After = TimeSpan.FromMinutes(5) }), Is.Empty);
        await _client.Keys.RevokeAsync(soon.Id);
        Assert.That(await LookAsync(rule), Is.Empty);
    }

    [Test]
    public async Task A_key_that_a_rotation_replaced_is_not_seen()
    {
        var old = await _client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = "office-7" });
        await _client.Keys.RotateAsync(old.Id, TimeSpan.FromHours(1));
        Assert.That(await LookAsync(Rule(AlertCondition.KeyExpires, _year)), Is.Empty);
    }

    [Test]
    public async Task A_look_begins_the_alert_of_a_saved_rule_and_another_ends_it()
    {
        await _client.Alerts.CreateChannelAsync(
            "mails",
            new AlertChannelRequest { Kind = AlertChannelKind.Mail, To = ["ops@example.org"] }
        );
        await _client.Alerts.CreateRuleAsync(
            "keys",
            new AlertRuleRequest
            {
                When = AlertCondition.KeyExpires,
                After = _year,
                Channels = ["mails"],
            }
        );
        var key = await _client.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Handler,
                Handler = "office-7",
                ExpiresAt = TimeProvider.System.GetUtcNow().AddHours(1),
            }
        );
        var look = _broker.Services.GetServices<IHostedService>().OfType<AlertLook>().Single();
        await look.LookOnceAsync(CancellationToken.None);
        await UntilAsync(async () => (await _client.Alerts.ListAsync()).Items.Count == 1);
        Assert.That((await _client.Alerts.ListAsync()).Items[0].Subject, Is.EqualTo(key.Id));
        await _client.Keys.RevokeAsync(key.Id);
        await look.LookOnceAsync(CancellationToken.None);
        await UntilAsync(async () => (await _client.Alerts.ListAsync()).Items.Count == 0);
    }

    private Task<IReadOnlyList<SeenState>> LookAsync(AlertRuleRecord rule) =>
        _broker.Services.GetRequiredService<StateConditions>().LookAsync(rule, CancellationToken.None);

    private async Task<RunningAgent> StartAgentAsync(string handler)
    {
        var key = await _client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = handler });
        var builder = AgentBuilder.Create(options =>
        {
            options.Handler = handler;
            options.ApiKey = key.Key;
            options.Bridges.Add(_broker.Router[0]);
        });
        builder.Handle<RawJson, RawJson>("m.good", (said, _) => Task.FromResult(said));
        builder.Handle<RawJson, RawJson>(
            "m.bad",
            (_, _) => throw new JobFailedException("asked", "as asked", retryable: false)
        );
        var agent = builder.Start();
        await agent.WaitForWelcomeAsync().WaitAsync(_patience);
        return agent;
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(_patience);
        while (!await isSo())
        {
            await Task.Delay(20, limit.Token);
        }
    }
}
