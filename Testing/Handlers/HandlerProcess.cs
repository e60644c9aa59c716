using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Attempts;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.Testing.Brokers;
using ScheduleZero.Testing.Network;
using ScheduleZero.Testing.Time;

namespace ScheduleZero.Testing.Handlers;

/// <summary>One start of a handler: its services made anew, and the real agent on them.</summary>
internal sealed class HandlerProcess : ICarrier
{
    private readonly Driver _driver;
    private readonly Line _line;
    private readonly ServiceProvider _services;
    private readonly HandlerAgentOptions _options;
    private readonly TurnedAgent _agent;
    private readonly List<RunningCode> _code = [];
    private volatile bool _isDead;

    /// <summary>Makes the process, which <c>Begin</c> starts.</summary>
    /// <param name="register">The handler's registrations, as in production.</param>
    public HandlerProcess(Site site, Line line, ApiKey key, DateTimeOffset startAt, Action<IServiceCollection> register)
    {
        (_driver, _line) = (site.Driver, line);
        Clock = new CodeClock(_driver.Agenda, Do, startAt);
        var services = new ServiceCollection();
        register(services);
        var builder =
            services.LastOrDefault(service => service.ServiceType == typeof(AgentBuilder))?.ImplementationInstance
                as AgentBuilder
            ?? throw new ArgumentException(
                "No handler is registered: call services.AddHandlerAgent(…).",
                nameof(register)
            );
        services.PostConfigure<HandlerAgentOptions>(options => Connect(options, key));
        services.RemoveAll<TimeProvider>();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddLogging(site.Logging);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
        _options = _services.GetRequiredService<IOptions<HandlerAgentOptions>>().Value;
        var chance = new Random(site.NextSeed());
        var parts = builder.Assemble(_services, carrier: this, owned: null) with { Chance = chance.NextDouble };
        _agent = new TurnedAgent(parts, _driver.Agenda, Do, Run, PauseOf);
    }

    /// <summary>The clock of the handler's code.</summary>
    public CodeClock Clock { get; }

    public string Name => _options.Handler;

    public IServiceProvider Services => _services;

    /// <summary>A task that ends when the Broker wants this instance no more.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    public bool WasWelcomed => _agent.Loop.WhenWelcomed.IsCompletedSuccessfully;

    /// <summary>Starts the agent. As all members below, only on the driver's thread.</summary>
    public void Begin() => Do(() => Running = _agent.Loop.RunAsync(CancellationToken.None));

    /// <summary>
    /// Sends a heartbeat just before something happens to the handler, so that its lease ends a whole lease later.
    /// </summary>
    public void Beat() => Do(_agent.BeatNow);

    /// <summary>
    /// Kills the process as kill -9 does: code that waits never goes on, and what running code still reports reaches
    /// nobody.
    /// </summary>
    public void Kill()
    {
        _isDead = true;
        _agent.Fall();
        foreach (var code in _code.ToList())
        {
            code.End();
        }

        _code.Clear();
    }

    /// <summary>Asks the attempts that still run to stop, as the end of the test does.</summary>
    public void Cancel() => _agent.Book.CancelAll(CancelReason.AgentStopping);

    public ValueTask DisposeAsync()
    {
        _agent.Fall();
        return _services.DisposeAsync();
    }

    Task<IConnection> ICarrier.ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken) =>
        Task.FromResult<IConnection>(new LineConnection(_line, inbox, Do));

    private static void Connect(HandlerAgentOptions options, ApiKey key)
    {
        options.Bridges.Clear();
        options.Bridges.Add("http://simulation.invalid");
        (options.ApiKey, options.ApiKeyFile, options.IdentityFile) = (key.Reveal(), null, null);
        (options.CertificateAuthorityFile, options.CurveKeyFile) = (null, null);
        (options.ClientCertificateFile, options.ClientKeyFile, options.ClientPasswordFile) = (null, null, null);
        options.CurveServerKeys.Clear();
    }

    private void Do(Action code)
    {
        if (!_isDead)
        {
            _driver.Enter(code);
            _agent.WatchSource();
        }
    }

    // The pause between heartbeats. An idle handler on a healthy line needs a lease and nothing else; heartbeats for it
    // would be most of what a long simulation does.
    private TimeSpan PauseOf(TimeSpan interval) => _line.IsHealthy ? 5 * interval : interval;

    // Runs an attempt. One that the agent began by itself may begin where another has ended, on the thread of that one.
    private void Run(HeldAttempt attempt)
    {
        if (SynchronizationContext.Current is OneThread)
        {
            Begin(attempt);
        }
        else
        {
            _driver.Post(() => Do(() => Begin(attempt)));
        }
    }

    private void Begin(HeldAttempt attempt)
    {
        var code = _driver.Begin(
            () => WhatOf(attempt),
            parent: null,
            isRequest: false,
            () => !attempt.Cancelling.IsCompleted
        );
        _code.Add(code);
        ThreadPool.UnsafeQueueUserWorkItem(_ => _ = RunAsync(attempt, code), null);
    }

    private async Task RunAsync(HeldAttempt attempt, RunningCode code)
    {
        RunningCode.Current = code;
        await attempt.RunAsync();
        code.End();
        _driver.Post(() => _code.Remove(code));
    }

    private string WhatOf(HeldAttempt attempt) =>
        $"Handler {Name} has not ended attempt {attempt.Assigned.Attempt} of job {attempt.Assigned.JobId} "
        + $"({attempt.Assigned.Method}), and does not wait for virtual time.";

    private sealed class LineConnection : AgentConnection
    {
        private readonly Line _line;
        private readonly Link _link;

        public LineConnection(Line line, Inbox inbox, Action<Action> @do)
            : base(inbox, @do)
        {
            _line = line;
            _link = line.Open(this);
        }

        public override bool SilenceNeedsHello => false;

        protected override void Send(IHandlerMessage message) =>
            _line.Up(_link, message.Kind, ProtocolJson.Write(message));

        protected override void Close() => _line.Close(_link, "the handler closed it");
    }
}
