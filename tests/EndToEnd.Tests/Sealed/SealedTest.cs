using Microsoft.Extensions.Logging;
using NetMQ;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests.Sealed;

/// <summary>
/// A Broker, a captured Bridge, and an enrolled agent whose one connection leads through it. The agent's method
/// <c>work</c> logs, reports and returns what it was given, once the test lets it.
/// </summary>
/// <param name="isCurve">Whether the Bridge's link is encrypted with CURVE.</param>
public abstract class SealedTest(bool isCurve) : StageTest
{
    protected const string Handler = "office-7";
    protected const string Method = "work";

    private readonly List<RunningAgent> _agents = [];

    /// <summary>Ends the wait of running jobs. Completed unless a test sets another one.</summary>
    private protected TaskCompletionSource Gate { get; set; } = new();

    /// <summary>The params of each call of the method so far.</summary>
    private protected List<string> Calls { get; } = [];

    private protected CapturedBridge Bridge { get; private set; } = null!;

    private protected string IdentityFile { get; private set; } = "";

    /// <summary>The Broker's CURVE key; null for plaintext.</summary>
    private string? ServerKey { get; set; }

    private string CurveKeyFile => Path.Combine(Stage.Folder, "broker.curve");

    private (string, string)[] BrokerVariables =>
        isCurve ? [("SCHEDULEZERO_CURVE_KEY", CurveKeyFile), ("SCHEDULEZERO_CURVE_ALLOW", "any")] : [];

    [SetUp]
    public async Task StartBridgeAsync()
    {
        Gate = new TaskCompletionSource();
        Gate.SetResult();
        Calls.Clear();
        ServerKey = null;
        if (isCurve)
        {
            var made = Stage.Start("curve", Shipped.ScheduleZero, ["curve", "create", CurveKeyFile]);
            Assert.That(await made.ExitAsync(Deadline), Is.Zero, made.Describe());
            ServerKey = made.Lines.First(line => line.Length == 40);
        }

        await StartBrokerAsync();
        var key = await Stage.Client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = "captured" });
        var serverKey = ServerKey is null ? null : NetMQCertificate.FromPublicKey(ServerKey).PublicKey;
        Bridge = await CapturedBridge.StartAsync(Stage.Router, serverKey, key.Key);
    }

    [TearDown]
    public async Task StopAgentsAsync()
    {
        Gate.TrySetResult();
        foreach (var agent in _agents)
        {
            await agent.DisposeAsync();
        }

        _agents.Clear();
        await Bridge.DisposeAsync();
    }

    private protected Task<ChildProcess> StartBrokerAsync() => Stage.StartBrokerAsync(BrokerVariables);

    private protected Task SealAsync(params string[] patterns) =>
        Stage.Client.Namespaces.PatchAsync("default", new NamespacePatch { Sealed = patterns });

    /// <summary>Enrols the handler through the captured Bridge.</summary>
    private protected async Task EnrolAsync()
    {
        var token = await Stage.Client.Enrolments.CreateAsync(new EnrolmentRequest { Handler = Handler });
        var agent = await AgentEnrolment.EnrolAsync(
            new Uri(Bridge.Address),
            token.Token,
            null,
            new IdentityPlace(Stage.Folder, "office-7.json")
        );
        Assert.That(agent.CanSeal, Is.True);
        IdentityFile = agent.IdentityFile;
    }

    private protected RunningAgent StartAgent(Action<HandlerAgentOptions>? configure = null)
    {
        var agent = AgentBuilder
            .Create(options =>
            {
                options.Handler = Handler;
                options.IdentityFile = IdentityFile;
                options.Bridges.Add(Bridge.Address);
                options.ConnectTimeout = TimeSpan.FromSeconds(3);
                configure?.Invoke(options);
            })
            .Handle<RawJson, RawJson>(Method, WorkAsync)
            .Start();
        _agents.Add(agent);
        return agent;
    }

    /// <summary>Starts another handler, with an API key and a direct connection; returns its session's id.</summary>
    private protected async Task<string> StartOtherAsync(string name)
    {
        var key = await Stage.CreateHandlerKeyAsync(name);
        var agent = StartAgent(options =>
        {
            (options.Handler, options.IdentityFile, options.ApiKey) = (name, null, key.Key);
            options.Bridges.Clear();
            options.Bridges.Add(Stage.Router);
            if (ServerKey is not null)
            {
                options.CurveServerKeys.Add(ServerKey);
            }
        });
        await agent.WaitForWelcomeAsync().WaitAsync(Deadline);
        return await SessionIdOfAsync(name);
    }

    private protected async Task<string> SessionIdOfAsync(string name) =>
        (await Stage.Client.Handlers.ListAsync()).Items.Single(handler => handler.Name == name).Sessions[0].SessionId;

    /// <summary>Starts an agent whose session is sealed.</summary>
    private protected async Task<RunningAgent> StartSealedAsync()
    {
        await EnrolAsync();
        await SealAsync("office-*");
        var agent = StartAgent();
        await UntilSealedAsync();
        return agent;
    }

    private protected Task UntilSealedAsync() => UntilAsync(async () => (await SessionAsync()) is { Sealed: true });

    private protected int Count(MessageKind kind) => Bridge.Seen.Count(carried => carried.Kind == kind);

    /// <summary>Starts a job and waits until the agent has begun it.</summary>
    private protected async Task<JobView> BeginAsync(string text)
    {
        var started = await ExpectEventAsync("job.started", subject: null);
        var job = await Stage.Client.Jobs.EnqueueAsync(RequestOf(text));
        await started.WaitAsync(Deadline);
        return job;
    }

    private protected async Task<JobView> RunAsync(string text, string? handler = Handler)
    {
        var job = await Stage.Client.Jobs.EnqueueAndWaitAsync(RequestOf(text, handler), Deadline);
        Assert.That(job.State, Is.EqualTo(JobState.Succeeded), job.ToString());
        return job;
    }

    private protected static JobRequest RequestOf(string text, string? handler = Handler) =>
        new()
        {
            Method = Method,
            Handler = handler,
            Params = RawJson.From(text),
        };

    private protected async Task<JobView> EndedAsync(JobView job)
    {
        var view = job;
        await UntilAsync(async () =>
        {
            await Task.Delay(50);
            view = await Stage.Client.Jobs.GetAsync(job.Id);
            return view.State is JobState.Succeeded or JobState.Failed;
        });
        return view;
    }

    private protected async Task<SessionView?> SessionAsync() =>
        (await Stage.Client.Handlers.ListAsync())
            .Items.SingleOrDefault(handler => handler.Name == Handler)
            ?.Sessions.SingleOrDefault(session => session.State == "ready");

    private protected async Task<List<AuditEvent>> RefusalsAsync() =>
        [
            .. (
                await Stage.Client.Audit.ListAsync(
                    new AuditFilter { Action = "sessions:unseal", Outcome = AuditOutcomes.Denied }
                )
            ).Items,
        ];

    private async Task<RawJson> WorkAsync(RawJson parameters, JobContext job)
    {
        var text = parameters.To<string>()!;
        lock (Calls)
        {
            Calls.Add(text);
        }

        job.Log(LogLevel.Information, $"log of {text}");
        job.ReportProgress(50, $"half of {text}");
        await Gate.Task.WaitAsync(job.CancellationToken);
        return text.StartsWith("fail", StringComparison.Ordinal)
            ? throw new JobFailedException("broken", $"error of {text}", retryable: false)
            : parameters;
    }
}
