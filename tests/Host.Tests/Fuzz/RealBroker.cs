using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Host;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;
using ScheduleZero.Hostile;

namespace ScheduleZero.Host.Tests.Fuzz;

/// <summary>
/// A whole Broker in this process, with one calm handler and one calm client. The jobs of the client must go on,
/// whatever other clients send.
/// </summary>
internal sealed class RealBroker : IAsyncDisposable
{
    public const string CalmMethod = "calm.echo";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly RunningBroker _broker;
    private readonly ErrorLog _errors;
    private readonly RunningAgent _agent;
    private readonly CancellationTokenSource _stop = new();
    private Task<int> _calm = Task.FromResult(0);

    private RealBroker(
        string folder,
        RunningBroker broker,
        ErrorLog errors,
        ApiKey admin,
        ScheduleZeroClient client,
        RunningAgent agent
    )
    {
        (_folder, _broker, _errors, _agent, Client) = (folder, broker, errors, agent, client);
        Http = new HttpClient(
            new SocketsHttpHandler { RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1 }
        )
        {
            BaseAddress = new Uri(broker.Urls[0]),
            Timeout = Patience,
        };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", admin.Reveal());
    }

    public HttpClient Http { get; }

    public ScheduleZeroClient Client { get; }

    public string Router => _broker.Router[0];

    public static async Task<RealBroker> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("schedulezero-fuzz-").FullName;
        var admin = ApiKey.Generate();
        var errors = new ErrorLog();
        var broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = folder,
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                BootstrapKey = admin.Reveal(),
                RequestsPerMinute = Limits.RequestsPerMinuteMax,
                AnonymousRequestsPerMinute = Limits.RequestsPerMinuteMax,
            },
            logging => logging.AddProvider(errors),
            CancellationToken.None
        );
        // The calm client has a namespace of its own: the nonsense is sent with an admin's key, and may delete the
        // namespace that it is sent to.
        var client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions
            {
                Server = new Uri(broker.Urls[0]),
                ApiKey = admin.Reveal(),
                Namespace = "calm",
            }
        );
        await client.Namespaces.CreateAsync(new NamespaceRequest { Name = "calm" });
        var key = await client.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Handler,
                Handler = "calm-1",
                Methods = ["calm.*"],
            }
        );
        var builder = AgentBuilder.Create(options =>
        {
            options.Handler = "calm-1";
            options.ApiKey = key.Key;
            options.Bridges.Add(broker.Router[0]);
        });
        builder.Handle<RawJson, RawJson>(
            CalmMethod,
            (said, _) => Task.FromResult(said),
            offer => offer.ParamsSchema = RawJson.Parse("""{"type":"object","required":["n"]}""")
        );
        var agent = builder.Start();
        await agent.WaitForWelcomeAsync().WaitAsync(Patience);
        return new RealBroker(folder, broker, errors, admin, client, agent);
    }

    /// <summary>From now on the calm client makes one job after the other.</summary>
    public void WorkCalmly() => _calm = WorkCalmlyAsync();

    /// <summary>The calm handler says Bye and stops.</summary>
    public Task StopAgentAsync() => _agent.StopAsync();

    /// <summary>Checks that the calm jobs went on, no internal failure was logged, and the loop still runs.</summary>
    public async Task CheckAsync()
    {
        await _stop.CancelAsync();
        Assert.That(await _calm.WaitAsync(Patience), Is.GreaterThan(0), "calm jobs that succeeded meanwhile");
        Assert.That(_broker.Completion.IsCompleted, Is.False, "the loop runs");
        Assert.That(_errors.Lines, Is.Empty);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _agent.DisposeAsync();
        Http.Dispose();
        Client.Dispose();
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<int> WorkCalmlyAsync()
    {
        var done = 0;
        do
        {
            var job = await Client.Jobs.EnqueueAndWaitAsync(
                new JobRequest { Method = CalmMethod, Params = RawJson.Parse($"{{\"n\":{done}}}") },
                Patience
            );
            Assert.That(job.State, Is.EqualTo(JobState.Succeeded));
            done++;
        } while (!_stop.IsCancellationRequested);

        return done;
    }
}
