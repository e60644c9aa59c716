using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.MailServers;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>
/// A job that fails is told of by mail and to another system, whatever happens to the Broker meanwhile.
/// </summary>
[Platform(Include = "Linux,MacOsX")]
public sealed class AlertTests : StageTest
{
    [Test]
    public async Task A_failed_job_reaches_people_and_another_system()
    {
        await using var mails = MailServer.Start();
        using var hook = new Hook();
        await StartBrokerAsync(mails.Port);
        await StartFailingAgentAsync();
        var secret = await WatchAsync(hook);
        var job = await FailAsync();

        var mail = await mails.TakeAsync();
        Assert.That(mail.Text, Does.Contain("disk.check").And.Contain(job.ToString()));
        var (headers, body) = await hook.TakeAsync();
        Assert.That(SignatureOf(headers, body, secret), Is.EqualTo(headers["webhook-signature"]));
        var told = JsonDocument.Parse(body).RootElement;
        Assert.That(told.GetProperty("type").GetString(), Is.EqualTo("alert.firing"));
        Assert.That(
            told.GetProperty("data").GetProperty("samples")[0].GetProperty("job").GetString(),
            Is.EqualTo(job.ToString())
        );
        Assert.That(
            (await Stage.Client.Alerts.ListAsync()).Items.Single(),
            Has.Property(nameof(AlertView.Subject)).EqualTo("disk.check")
        );
    }

    [Test]
    public async Task A_notice_that_nobody_took_yet_outlives_the_broker()
    {
        await using var mails = MailServer.Start();
        using var hook = new Hook { Status = 503 };
        var broker = await StartBrokerAsync(mails.Port);
        await StartFailingAgentAsync();
        await WatchAsync(hook);
        await FailAsync();
        var (first, _) = await hook.TakeAsync();
        await UntilAsync(async () => (await Stage.Client.Alerts.GetChannelAsync("hook")).Problem is not null);
        await broker.KillAsync();
        hook.Status = 204;
        await StartBrokerAsync(mails.Port);
        var (again, _) = await hook.TakeAsync();
        Assert.That(again["webhook-id"], Is.EqualTo(first["webhook-id"]), "it is the same notice");
        await UntilAsync(async () => (await Stage.Client.Alerts.GetChannelAsync("hook")).Waiting == 0);
        Assert.That((await Stage.Client.Alerts.GetChannelAsync("hook")).Problem, Is.Null);
    }

    [Test]
    public async Task A_private_address_gets_nothing_unless_it_is_allowed()
    {
        using var hook = new Hook();
        await Stage.StartBrokerAsync();
        await Stage.Client.Alerts.CreateChannelAsync(
            "hook",
            new AlertChannelRequest { Kind = AlertChannelKind.Webhook, Url = hook.Url }
        );
        var outcome = await Stage.Client.Alerts.TestChannelAsync("hook");
        Assert.That(outcome.Sent, Is.False);
        Assert.That(outcome.Problem, Does.Contain("--alert-allow"));
        Assert.That(hook.Count, Is.Zero);
    }

    private async Task<ChildProcess> StartBrokerAsync(int mailPort) =>
        await Stage.StartBrokerAsync(
            ("SCHEDULEZERO_ALERT_ALLOW", "127.0.0.0/8"),
            ("SCHEDULEZERO_SMTP_SERVER", $"127.0.0.1:{mailPort}"),
            ("SCHEDULEZERO_SMTP_SECURITY", "none"),
            ("SCHEDULEZERO_SMTP_FROM", "schedulezero@example.org")
        );

    private async Task StartFailingAgentAsync()
    {
        var config = Path.Combine(Stage.Folder, "agent.yaml");
        await File.WriteAllTextAsync(
            config,
            """
            handler: office-7
            methods:
              disk.check:
                command: /bin/false
            """
        );
        var key = (await Stage.CreateHandlerKeyAsync("office-7")).Key;
        var agent = Stage.Start(
            "agent",
            Shipped.ScheduleZero,
            ["agent", "--bridge", Stage.Router, "--config", config],
            ("SCHEDULEZERO_API_KEY", key)
        );
        await agent.LineAsync("ready: agent", Stage.StartLimit);
    }

    /// <summary>Makes the channels and the rule; gives the secret of the webhook.</summary>
    private async Task<string> WatchAsync(Hook hook)
    {
        await Stage.Client.Alerts.CreateChannelAsync(
            "mails",
            new AlertChannelRequest { Kind = AlertChannelKind.Mail, To = ["ops@example.org"] }
        );
        var made = await Stage.Client.Alerts.CreateChannelAsync(
            "hook",
            new AlertChannelRequest { Kind = AlertChannelKind.Webhook, Url = hook.Url }
        );
        await Stage.Client.Alerts.CreateRuleAsync(
            "failures",
            new AlertRuleRequest
            {
                When = AlertCondition.JobFailed,
                Channels = ["mails", "hook"],
                Wait = TimeSpan.Zero,
            }
        );
        return made.Secret!;
    }

    private async Task<Contracts.Ids.JobId> FailAsync()
    {
        var request = new JobRequest
        {
            Method = "disk.check",
            Retry = new RetryOptions { MaxAttempts = 1 },
        };
        var job = await Stage.Client.Jobs.EnqueueAndWaitAsync(request, TimeSpan.FromSeconds(30));
        Assert.That(job.State, Is.EqualTo(JobState.Failed));
        return job.Id;
    }

    private static string SignatureOf(IReadOnlyDictionary<string, string> headers, byte[] body, string secret)
    {
        var signed = Encoding.UTF8.GetBytes($"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.");
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, (byte[])[.. signed, .. body]));
    }

    /// <summary>Another system that takes webhooks on loopback.</summary>
    private sealed class Hook : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Channel<(Dictionary<string, string> Headers, byte[] Body)> _taken = Channel.CreateUnbounded<(
            Dictionary<string, string>,
            byte[]
        )>();
        private int _count;

        public Hook()
        {
            var port = FreePorts.Take();
            Url = $"http://127.0.0.1:{port}/hook";
            _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            _listener.Start();
            _ = ServeAsync();
        }

        public string Url { get; }

        public int Status { get; set; } = 204;

        public int Count => _count;

        public async Task<(Dictionary<string, string> Headers, byte[] Body)> TakeAsync()
        {
            using var limit = new CancellationTokenSource(Deadline);
            return await _taken.Reader.ReadAsync(limit.Token);
        }

        public void Dispose() => _listener.Close();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await context.Request.InputStream.CopyToAsync(body);
                    context.Response.StatusCode = Status;
                    context.Response.Close();
                    Interlocked.Increment(ref _count);
                    var headers = context.Request.Headers.AllKeys.ToDictionary(
                        name => name!.ToLowerInvariant(),
                        name => context.Request.Headers[name]!
                    );
                    _taken.Writer.TryWrite((headers, body.ToArray()));
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // The listener was closed.
            }
        }
    }
}
