using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests;

/// <summary>
/// A whole Core in virtual time, on a store that is a few dictionaries. Every call is one turn: input, decide, commit,
/// speak.
/// </summary>
internal sealed class Stage
{
    public static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Random _chance;
    private TimeSpan _steady = TimeSpan.FromHours(1);
    private int _ids;

    public Stage(int seed = 1, CoreOptions? options = null, DateTimeOffset? at = null)
    {
        Options = options ?? new CoreOptions();
        Wall = at ?? Noon;
        _chance = new Random(seed);
        Core = new BrokerCore(Options);
        Core.Restore(new StoredState { Access = [.. Kept.Access.Values] }, Now);
    }

    public CoreOptions Options { get; }

    public BrokerCore Core { get; private set; }

    public Kept Kept { get; } = new();

    public DateTimeOffset Wall { get; set; }

    /// <summary>The time that has really passed, whatever the clocks were set to.</summary>
    public TimeSpan Elapsed { get; private set; }

    public Moment Now => new(Wall, _steady);

    /// <summary>The effects of the newest turns, oldest first; cleared by <see cref="Forget"/>.</summary>
    public List<Effect> Said { get; } = [];

    /// <summary>Rows that the store cannot read at the next start.</summary>
    public List<UnreadableRow> Unreadable { get; } = [];

    public Decision Do(params BrokerInput[] inputs) => Do(isLast: false, inputs);

    /// <summary>Runs the last turn of a Broker that is being stopped.</summary>
    public void Stop() => Do(isLast: true);

    private Decision Do(bool isLast, params BrokerInput[] inputs)
    {
        var decision = new Decision(Now, _chance);
        foreach (var input in inputs)
        {
            Core.Apply(input, decision);
        }

        Core.Close(decision, isLast);
        decision.Changes.ForEach(Kept.Apply);
        Said.AddRange(decision.Effects);
        foreach (
            var asked in decision
                .Effects.OfType<Effect.LookUpOccurrences>()
                .Where(asked => StoreAnswers && asked.Question is OccurrenceQuestion.OfClockSetBack)
        )
        {
            Answer(asked);
        }

        return decision;
    }

    /// <summary>
    /// Whether the store answers lookups at once, about instants that were served while the clock was ahead.
    /// </summary>
    public bool StoreAnswers { get; set; } = true;

    /// <summary>Answers a lookup with the rows that the store has now.</summary>
    public void Answer(Effect.LookUpOccurrences asked)
    {
        var present = asked.Ids.Where(id => Kept.Jobs.ContainsKey(id) || Kept.Finished.ContainsKey(id)).ToHashSet();
        Do(new BrokerInput.OccurrencesLookedUp(asked.Question, present));
    }

    public void Forget() => Said.Clear();

    /// <summary>Lets time pass as the loop does, with one turn every second.</summary>
    public void Advance(TimeSpan by)
    {
        for (var left = by; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(1))
        {
            Jump(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
        }
    }

    public void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>
    /// Moves both clocks at once, as if the Broker had slept. Then turn follows turn until nothing is due.
    /// </summary>
    public void Jump(TimeSpan by)
    {
        Move(by);
        do
        {
            Do();
        } while (Core.TimeToNext(Now) == TimeSpan.Zero);
    }

    /// <summary>Moves the clocks without a turn of the loop.</summary>
    public void Move(TimeSpan by)
    {
        Wall += by;
        _steady += by;
        Elapsed += by;
    }

    /// <summary>Starts the Broker again from the stored rows, after some time.</summary>
    public void Restart(TimeSpan down = default)
    {
        Wall += down;
        Elapsed += down;
        _steady = TimeSpan.FromSeconds(_chance.Next(1_000));
        Core = new BrokerCore(Options);
        Core.Restore(Kept.ToState(Wall) with { Unreadable = Unreadable }, Now);
        Said.Clear();
    }

    public static ScheduleEditor Editor { get; } = new("test", OfAny: true);

    public JobId NewId() => new(new Guid(++_ids, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 0));

    public EnqueuedJob Enqueue(JobSpec spec, string ns = "default", DateTimeOffset? runAt = null) =>
        Enqueue([New(spec, ns, runAt)])[0];

    public JobId Enqueue(string method) => Enqueue(new JobSpec { Method = method }).Id;

    public NewJob New(JobSpec spec, string ns = "default", DateTimeOffset? runAt = null) =>
        new(NewId(), ns, spec, default, runAt, "test");

    public IReadOnlyList<EnqueuedJob> Enqueue(IReadOnlyList<NewJob> jobs) =>
        Ask<Answer.Enqueued>(ticket => new BrokerInput.Enqueue(ticket, jobs)).Jobs;

    public T Ask<T>(Func<Ticket, BrokerInput.Request> input)
        where T : Answer
    {
        var ticket = new UncalledTicket();
        var answers = Do(input(ticket))
            .Effects.OfType<Effect.Answer>()
            .Where(answer => answer.Ticket == ticket)
            .ToList();
        Assert.That(answers, Has.Count.EqualTo(1), "a ticket is answered once");
        Assert.That(answers[0].Said, Is.TypeOf<T>());
        return (T)answers[0].Said;
    }

    public T Look<T>(Func<BrokerState, T> look) =>
        (T)Ask<Answer.Value>(ticket => new BrokerInput.Read(ticket, state => look(state))).Result!;

    public static KeyRecord KeyOf(string handler, string ns = "default", params string[] methods) =>
        new()
        {
            Id = $"{ns}/{handler}",
            SecretHash = [1, 2, 3],
            Kind = KeyKind.Handler,
            Namespace = ns,
            Handler = handler,
            Methods = methods.Length == 0 ? null : methods,
            Groups = ["*"],
            CreatedAt = Noon,
            CreatedBy = "test",
        };

    public void Save(KeyRecord key) => Ask<Answer.Done>(ticket => new BrokerInput.CreateKey(ticket, key));

    public static Hello HelloOf(
        string handler,
        int capacity,
        string[] methods,
        string instance = "i",
        params ResumedAttempt[] resume
    ) =>
        new()
        {
            Protocol = 1,
            Handler = handler,
            Instance = instance,
            Methods = [.. methods.Select(method => new OfferedMethod { Name = method })],
            Capacity = capacity,
            Resume = resume,
        };

    /// <summary>Makes the handler's key if there is none, and says Hello.</summary>
    public Decision Hello(long connection, Hello hello, string ns = "default")
    {
        var key = $"{ns}/{hello.Handler}";
        if (!Kept.Keys.ContainsKey(key))
        {
            Save(KeyOf(hello.Handler, ns));
        }

        return Do(new BrokerInput.HelloSaid(connection, hello, new KeyClaim(key, [1, 2, 3]), $"session-{connection}"));
    }

    /// <summary>Connects a handler that has answered its probe.</summary>
    public Peer Join(long connection, string handler, int capacity, params string[] methods) =>
        Join(connection, HelloOf(handler, capacity, methods));

    public Peer Join(long connection, Hello hello, string ns = "default")
    {
        Hello(connection, hello, ns);
        var peer = new Peer(this, connection);
        peer.Pong();
        return peer;
    }

    public IReadOnlyList<T> SentTo<T>(long connection) =>
        [
            .. Said.OfType<Effect.Send>()
                .Where(send => send.Connection == connection)
                .Select(send => send.Message)
                .OfType<T>(),
        ];

    public IReadOnlyList<AttemptId> AssignedTo(long connection) =>
        [
            .. Said.OfType<Effect.SendAssign>()
                .Where(send => send.Connection == connection)
                .SelectMany(send => send.Jobs)
                .Select(job => new AttemptId(job.Id, job.Token)),
        ];

    public IReadOnlyList<Effect.Close> ClosedOn(long connection) =>
        [.. Said.OfType<Effect.Close>().Where(close => close.Connection == connection)];
}

/// <summary>A handler's end of one connection.</summary>
internal sealed class Peer(Stage stage, long connection)
{
    public long Connection => connection;

    /// <summary>The attempts that were assigned on this connection, newest last.</summary>
    public IReadOnlyList<AttemptId> Assigned => stage.AssignedTo(connection);

    public void Pong() =>
        Say(new ReportEvent { Type = ReportEventTypes.Pong, Nonce = stage.SentTo<Probe>(connection)[^1].Nonce });

    public Decision Say(params ReportEvent[] events) =>
        stage.Do(new BrokerInput.ReportSaid(connection, new Report(events)));

    public Decision Say(string type, AttemptId attempt) =>
        Say(
            new ReportEvent
            {
                Type = type,
                AttemptId = attempt,
                FencingToken = attempt.Token,
            }
        );

    public Decision Heartbeat(int capacity, params AttemptId[] running) =>
        stage.Do(new BrokerInput.HeartbeatSaid(connection, new Heartbeat(capacity, running)));

    public Decision Drop() => stage.Do(new BrokerInput.ConnectionClosed(connection, "cut"));

    /// <summary>The outcome in the newest Ack for an attempt; null when the attempt was not acknowledged.</summary>
    public string? Acknowledged(AttemptId attempt) =>
        stage
            .SentTo<Ack>(connection)
            .SelectMany(ack => ack.Attempts)
            .LastOrDefault(ack => ack.AttemptId == attempt)
            ?.Outcome;

    /// <summary>Sends heartbeats and pongs, as a healthy handler does, while time passes.</summary>
    public void Live(TimeSpan time, int capacity, params AttemptId[] running)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(5))
        {
            stage.Advance(left < TimeSpan.FromSeconds(5) ? left : TimeSpan.FromSeconds(5));
            Heartbeat(capacity, running);
            Pong();
        }
    }
}
