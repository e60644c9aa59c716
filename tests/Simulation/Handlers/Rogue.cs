using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Simulation.Network;
using ScheduleZero.Simulation.Runs;
using IHandlerEnd = ScheduleZero.Testing.Network.IHandlerEnd;

namespace ScheduleZero.Simulation.Handlers;

/// <summary>
/// A handler that is broken or hostile. It resumes attempts that it never had; reports results twice, late, for
/// attempts of others and with wrong tokens; rejects attempts; sends heartbeats for attempts that it has dropped; or
/// stops answering.
/// </summary>
internal sealed class Rogue(World world, Member member, string instance) : IHandlerEnd
{
    private static readonly string[] Words =
    [
        ReportEventTypes.Started,
        ReportEventTypes.Progress,
        ReportEventTypes.Log,
        ReportEventTypes.Succeeded,
        ReportEventTypes.Succeeded,
        ReportEventTypes.Failed,
        ReportEventTypes.Cancelled,
        ReportEventTypes.Rejected,
        "sang",
    ];

    private readonly List<AttemptId> _held = [];
    private readonly List<AttemptId> _past = [];
    private Link? _link;
    private string? _nonce;

    public Member Member => member;

    public string Instance => instance;

    /// <summary>Says Hello, on a new connection or again on the present one.</summary>
    public void Connect(int a, int b)
    {
        if (_link is not { IsOpenHere: true } || a % 5 != 0)
        {
            if (_link is { } old && a % 3 == 0)
            {
                world.Wires.CloseHere(old, isTold: true);
            }

            _link = world.Wires.Connect(member, member.Via, this);
        }

        var isHonest = b % 3 != 0;
        var named = _held.Where((_, i) => isHonest || ((a >> (i % 16)) & 1) == 0).ToList();
        if (!isHonest)
        {
            named.AddRange(_past.TakeLast(3));
            named.AddRange(Foreign(b));
        }

        Say(
            new Hello
            {
                Protocol = ProtocolJson.Version,
                Handler = member.Handler,
                Instance = instance,
                Capacity = a % 6,
                Groups = [member.Group],
                Methods = member.Methods,
                Resume = [.. named.Distinct().Select(id => new ResumedAttempt(id, id.Token))],
            }
        );
    }

    public void Speak(int a, int b)
    {
        switch (a % 10)
        {
            case < 3:
                Say(
                    new Heartbeat(b % 6, [.. _held.Where((_, i) => ((b >> (i % 16)) & 3) != 0), .. Foreign(b).Take(1)])
                );
                break;
            case 3:
                Report(new ReportEvent { Type = ReportEventTypes.Pong, Nonce = _nonce });
                break;
            case 4 when b % 8 == 0:
                Say(new Bye("enough"));
                _past.AddRange(_held);
                _held.Clear();
                break;
            case 5 when Foreign(b) is { Count: > 0 } foreign:
                Report(Event(foreign[b % foreign.Count], a, b));
                break;
            case 6 when _past.Count > 0:
                Report(Event(_past[b % _past.Count], a, b)); // A late or repeated report.
                break;
            default:
                if (_held.Count > 0)
                {
                    var id = _held[b % _held.Count];
                    var said = Event(id, a, b);
                    Report(said);
                    if (ReportEventTypes.IsFinal(said.Type))
                    {
                        _held.Remove(id);
                        _past.Add(id);
                    }
                }

                break;
        }
    }

    public void Hear(MessageKind kind, byte[] body)
    {
        switch (ProtocolJson.TryRead(kind, body, out var message, out _) ? message : null)
        {
            case Assign assign:
                _held.AddRange(assign.Attempts.Select(attempt => attempt.AttemptId).Except(_held));
                break;
            case Probe probe:
                _nonce = probe.Nonce;
                if (world.Chance.Next(4) != 0)
                {
                    Report(new ReportEvent { Type = ReportEventTypes.Pong, Nonce = _nonce });
                }

                break;
            case Greet when world.Chance.Next(2) == 0:
                Connect(0, 1);
                break;
            default:
                break;
        }
    }

    public void Lost(string reason) { }

    /// <summary>Called when the operator takes the handler out of service.</summary>
    public void Retire()
    {
        if (_link is { } link)
        {
            world.Wires.CloseHere(link, isTold: true);
        }
    }

    private List<AttemptId> Foreign(int draw)
    {
        var jobs = world.KnownJobs;
        return jobs.Count == 0 ? [] : [new AttemptId(jobs[draw % jobs.Count], 1 + (draw / 7 % 3))];
    }

    private static ReportEvent Event(AttemptId id, int a, int b) =>
        new()
        {
            Type = Words[(a / 10) % Words.Length],
            AttemptId = id,
            FencingToken = b % 10 == 0 ? b % 3 : id.Token,
            Result = Work.ResultOf(id),
            Percent = (b % 200) - 50,
            Message = "m",
            Error = new AttemptError
            {
                Type = "t",
                Message = "m",
                Retryable = b % 4 != 0,
            },
        };

    private void Report(ReportEvent said) => Say(new Report([said]));

    private void Say(IHandlerMessage message)
    {
        if (_link is { IsOpenHere: true } link)
        {
            world.Wires.Up(link, message.Kind, ProtocolJson.Write(message));
        }
    }
}
