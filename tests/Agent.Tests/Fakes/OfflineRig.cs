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
/// The offline schedules of a handler without a connection: the test says when there is a session. The code of attempts
/// runs on the thread of the test.
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

    /// <summary>The code of the handler.</summary>
    public Func<JobContext, Task<RawJson>> Code { get; set; } = static _ => Task.FromResult(RawJson.Parse("\"done\""));

    /// <summary>
    /// The attempts whose code was begun: the nominal instant in seconds after noon, and the attempt's number.
    /// </summary>
    public List<(double Nominal, int Attempt)> Begun { get; } = [];

    public LogBook Log { get; } = new();

    public OfflineCustodian Custodian => _works.Offline!;

    public AttemptBook Book => _works.Book;

    /// <summary>How many of the next writes of the journal fail.</summary>
    public int FailingWrites { get; set; }

    /// <summary>Starts another process on the same folder, without a session.</summary>
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
        Custodian.Start();
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
            Store = Custodian.Store,
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

    /// <summary>Begins a session in which the Broker gives these schedules into custody.</summary>
    public void OpenWith(params KeptSchedule[] schedules)
    {
        Custodian.SessionOpened();
        Custodian.ReceiveCopies(new Keep { Key = PublicKey, Copies = [.. schedules.Select(Sign)] });
    }

    /// <summary>Ends the session; the Broker was heard just now.</summary>
    public void Cut() => Custodian.SessionClosed(TimeSpan.Zero);

    /// <summary>Gives the schedules into custody, and ends the session at once.</summary>
    public void GoOffline(params KeptSchedule[] schedules)
    {
        OpenWith(schedules);
        Says();
        Cut();
    }

    /// <summary>Moves the clock to this many seconds after noon, a second at a time.</summary>
    public void To(double seconds)
    {
        while (Time.GetUtcNow() < Noon.AddSeconds(seconds))
        {
            Time.Advance(TimeSpan.FromSeconds(Math.Min(1, (Noon.AddSeconds(seconds) - Time.GetUtcNow()).TotalSeconds)));
        }
    }

    /// <summary>Takes all messages about offline runs that are to be sent now.</summary>
    public List<Ran> Says()
    {
        var said = new List<Ran>();
        while (Custodian.TakeReport() is { } ran)
        {
            said.Add(ran);
        }

        return said;
    }

    /// <summary>Begins a session, and takes all runs that are reported in it.</summary>
    public List<OfflineRun> Reports()
    {
        Custodian.SessionOpened();
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

    // Attempts run one after the other, also when one begins because another has ended.
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
