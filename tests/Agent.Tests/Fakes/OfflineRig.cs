using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Attempts;
using ScheduleZero.HandlerAgent.Offline;

namespace ScheduleZero.Agent.Tests.Fakes;

/// <summary>
/// A handler's offline schedules without a connection: the test says when there is a session. Its code runs on the
/// test's own thread.
/// </summary>
internal sealed class OfflineRig : IDisposable
{
    public const string Handler = "office-7";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();
    private readonly Queue<HeldAttempt> _waiting = new();
    private AgentWorks _works = null!;

    public OfflineRig(Action<HandlerAgentOptions>? configure = null)
    {
        Options = new HandlerAgentOptions { Handler = Handler, OfflineFolder = Path.Combine(Root, "offline") };
        Options.Bridges.Add("http://first.example");
        configure?.Invoke(Options);
        Start();
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("schedulezero-offline-").FullName;

    public string Folder => Options.OfflineFolder!;

    public string JournalPath => Path.Combine(Folder, "runs.jsonl");

    public HandlerAgentOptions Options { get; }

    public FakeTimeProvider Time { get; } = new(Noon);

    public static DateTimeOffset Noon { get; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>What the handler's code does.</summary>
    public Func<JobContext, Task<RawJson>> Code { get; set; } = static _ => Task.FromResult(RawJson.Parse("\"done\""));

    /// <summary>Attempts whose code was begun, as seconds after noon and number.</summary>
    public List<(double Nominal, int Attempt)> Begun { get; } = [];

    public LogBook Log { get; } = new();

    public OfflineKeeper Keeper => _works.Offline!;

    public AttemptBook Book => _works.Book;

    /// <summary>Makes the next so many writes of the journal fail.</summary>
    public int FailingWrites { get; set; }

    /// <summary>Another process begins on the same folder; it finds no session.</summary>
    public void Start()
    {
        var methods = new[] { "work", "other" }.ToDictionary(
            name => name,
            name => new Method(
                new OfferedMethod { Name = name, MaxConcurrent = name == "other" ? 1 : null },
                (_, job) => RunAsync(job)
            )
        );
        var folder = OfflineFolder.Open(Folder, Handler, Log, path => new FailingFile(path, this));
        var parts = new AgentParts(
            Options,
            methods,
            new FakeBroker(),
            _services.GetRequiredService<IServiceScopeFactory>(),
            Time,
            () => 0,
            Log,
            Owned: null,
            Offline: folder
        );
        _works = new AgentWorks(parts, Execute);
        Keeper.Start();
    }

    public void Kill() => _works.Dispose();

    public void Restart()
    {
        Kill();
        Start();
    }

    public KeptSchedule ASchedule(TimeSpan? every = null) =>
        new()
        {
            ScheduleId = Guid.Parse("11111111-2222-3333-4444-555555555555"),
            Namespace = "default",
            Name = "tick",
            Version = 1,
            Handler = Handler,
            Store = Keeper.Store,
            Trigger = new TriggerRequest { Kind = TriggerKinds.Interval, Every = every ?? TimeSpan.FromSeconds(10) },
            CreatedAt = Noon,
            Method = "work",
            Timeout = TimeSpan.FromMinutes(5),
            Retry = new RetryPolicy(3, BackoffKind.Fixed, TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1), 0),
            ValidFrom = Noon,
            ValidUntil = Noon + TimeSpan.FromDays(7),
        };

    public AuditKey PublicKey => CheckpointKeys.PublicOf(_key);

    public KeptCopy Sign(KeptSchedule schedule) =>
        OfflineProofs.Write(
            schedule,
            text => _key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
        );

    /// <summary>A session begins, and the Broker has these copies kept.</summary>
    public void OpenWith(params KeptSchedule[] schedules)
    {
        Keeper.SessionOpened();
        Keeper.TakeCopies(new Keep { Key = PublicKey, Copies = [.. schedules.Select(Sign)] });
    }

    /// <summary>The session is lost, and the Broker was heard just now.</summary>
    public void Cut() => Keeper.SessionClosed(TimeSpan.Zero);

    /// <summary>Keeps the schedules and loses the session at once.</summary>
    public void GoOffline(params KeptSchedule[] schedules)
    {
        OpenWith(schedules);
        Says();
        Cut();
    }

    /// <summary>To so many seconds after noon, a second at a time, as clocks go.</summary>
    public void To(double seconds)
    {
        while (Time.GetUtcNow() < Noon.AddSeconds(seconds))
        {
            Time.Advance(TimeSpan.FromSeconds(Math.Min(1, (Noon.AddSeconds(seconds) - Time.GetUtcNow()).TotalSeconds)));
        }
    }

    /// <summary>All that is to be said.</summary>
    public List<Ran> Says()
    {
        var said = new List<Ran>();
        while (Keeper.TakeReport() is { } ran)
        {
            said.Add(ran);
        }

        return said;
    }

    /// <summary>A session begins; all runs that are said in it, up to the word that it was all.</summary>
    public List<OfflineRun> Reports()
    {
        Keeper.SessionOpened();
        var said = Says();
        Assert.That(said.Count(ran => ran.Last), Is.EqualTo(1));
        Assert.That(said[^1].Last, Is.True);
        return [.. said.SelectMany(ran => ran.Runs)];
    }

    public void Dispose()
    {
        Kill();
        _services.Dispose();
        _key.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    // One after the other, also where one begins because another has ended.
    private void Execute(HeldAttempt attempt)
    {
        _waiting.Enqueue(attempt);
        if (_waiting.Count > 1)
        {
            return;
        }

        while (_waiting.TryPeek(out var next))
        {
            next.Execute();
            _waiting.Dequeue();
        }
    }

    private async Task<RawJson> RunAsync(JobContext job)
    {
        Begun.Add(((job.Schedule!.Nominal - Noon).TotalSeconds, job.Attempt));
        return await Code(job);
    }

    private sealed class FailingFile(string path, OfflineRig rig) : JournalFile(path)
    {
        public override void Write(long position, ReadOnlySpan<byte> bytes)
        {
            if (rig.FailingWrites > 0)
            {
                rig.FailingWrites--;
                base.Write(position, bytes[..(bytes.Length / 2)]);
                throw new IOException("No space left on device");
            }

            base.Write(position, bytes);
        }
    }

    internal sealed class LogBook : ILogger
    {
        public List<(int Id, string Text)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Lines.Add((eventId.Id, formatter(state, exception)));
    }
}
