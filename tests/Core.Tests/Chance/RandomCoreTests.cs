using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Core.Tests.Schedules;

namespace ScheduleZero.Core.Tests.Chance;

/// <summary>
/// A whole Core under random inputs: producers, handlers good and bad, cuts, clocks that jump, restarts. <c>SZ_SEED</c> replays one failure,
/// <c>SZ_SEEDS</c> says how many seeds to try.
/// </summary>
public sealed class RandomCoreTests
{
    private const int Steps = 250;

    [Test]
    public void Promises_hold_under_random_inputs_and_all_jobs_come_to_an_end()
    {
        var replay = Environment.GetEnvironmentVariable("SZ_SEED");
        var count = int.Parse(Environment.GetEnvironmentVariable("SZ_SEEDS") ?? "100");
        foreach (var seed in replay is null ? Enumerable.Range(1, count) : [int.Parse(replay)])
        {
            try
            {
                new Play(seed).Run();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Replay with SZ_SEED={seed}: {e.Message}", e);
            }
        }
    }

    private sealed class Play(int seed)
    {
        private static readonly RateLimit?[] Rates =
        [
            null, null, null, new("r", 1, TimeSpan.FromSeconds(1)), new("r", 3, TimeSpan.FromSeconds(2)), new("s", 4, TimeSpan.FromSeconds(3)),
        ];

        private readonly Random _chance = new(seed);
        private readonly Stage _stage = new(seed);
        private readonly Cast _cast = new();
        private readonly HashSet<JobId> _acknowledged = [];
        private readonly RateWatch _rates = new();
        private long _connections;
        private int _finishedBefore;

        public void Run()
        {
            foreach (var (ns, handler) in _cast.Players.Select(player => (player.Namespace, player.Handler)).Distinct())
            {
                Do(new BrokerInput.CreateKey(new object(), Stage.KeyOf(handler, ns)));
            }

            var trigger = new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(_chance.Next(3, 30)) };
            var draft = ScheduleTests.Draft(trigger) with { Misfire = (MisfirePolicy)_chance.Next(4), Overlap = (OverlapPolicy)_chance.Next(2) };
            Do(new BrokerInput.SaveSchedule(new object(), Stage.Editor, draft with { Job = new JobSpec { Method = "a" } }, true, null));
            for (var step = 0; step < Steps; step++)
            {
                Step();
            }

            Finish();
        }

        private void Step()
        {
            switch (_chance.Next(20))
            {
                case < 4:
                    Do(new BrokerInput.Enqueue(new object(), [.. Enumerable.Range(0, _chance.Next(1, 5)).Select(_ => NewJob())]));
                    break;
                case < 7:
                    Connect(Any(_cast.Players), _chance.Next(0, 5), isHonest: _chance.Next(4) != 0);
                    break;
                case < 15 when _cast.Connected is { Count: > 0 } connected:
                    Speak(Any(connected));
                    break;
                case 15:
                    Command();
                    break;
                case 16 when _chance.Next(4) == 0:
                    Restart();
                    break;
                case 17 when _chance.Next(3) == 0:
                    _stage.Wall += TimeSpan.FromSeconds(_chance.Next(-60, 120));
                    _rates.Unsure(_stage.Elapsed);
                    Do();
                    break;
                default:
                    Pass(_chance.Next(8) == 0 ? _chance.Next(5, 60) : _chance.NextDouble() * 4);
                    break;
            }
        }

        private T Any<T>(IReadOnlyList<T> from) => from[_chance.Next(from.Count)];

        private Decision Do(params BrokerInput[] inputs)
        {
            var decision = _stage.Do(inputs);
            _stage.Forget();
            foreach (var answer in decision.Effects.OfType<Effect.Answer>())
            {
                if (answer.Said is Answer.Enqueued enqueued)
                {
                    _acknowledged.UnionWith(enqueued.Jobs.Select(job => job.Id));
                }
            }

            _cast.Hear(decision.Effects);
            Invariants.Check(_stage, decision, _acknowledged, _finishedBefore, _rates);
            return decision;
        }

        private NewJob NewJob()
        {
            var key = _chance.Next(5);
            var method = Any(["a", "b", "c"]);
            var offering = Array.FindAll(Cast.Handlers, handler => Player.Offered(handler).Any(offer => offer.Name == method));
            var spec = new JobSpec
            {
                Method = method,
                Handler = _chance.Next(6) == 0 ? Any(offering) : null,
                Group = _chance.Next(6) == 0 ? Player.GroupOf(Any(offering)) : null,
                Priority = _chance.Next(-1, 2),
                Timeout = TimeSpan.FromSeconds(_chance.Next(1, 90)),
                Retry = new RetryPolicy(_chance.Next(1, 4), (BackoffKind)_chance.Next(3), TimeSpan.FromSeconds(_chance.Next(3)), TimeSpan.FromSeconds(9), 0.2),
                StartDeadline = _chance.Next(6) == 0 ? _stage.Wall + TimeSpan.FromSeconds(_chance.Next(-1, 40)) : null,
                DeduplicationKey = _chance.Next(5) == 0 ? $"d{_chance.Next(4)}" : null,
                DeduplicationWindow = _chance.Next(2) == 0 ? TimeSpan.FromSeconds(_chance.Next(60)) : null,
                ConcurrencyKey = key < 3 ? $"k{key}" : null,
                ConcurrencyLimit = key + 1,
                RateLimit = Any(Rates),
            };
            var runAt = _chance.Next(4) == 0 ? _stage.Wall + TimeSpan.FromSeconds(_chance.Next(-5, 60)) : (DateTimeOffset?)null;
            return new NewJob(_stage.NewId(), Any(Cast.Namespaces), spec, default, runAt, "test");
        }

        private void Connect(Player player, int capacity, bool isHonest)
        {
            var named = player.Held.Where(_ => isHonest || _chance.Next(2) == 0).ToList();
            if (!isHonest && _acknowledged.Count > 0)
            {
                named.Add(new AttemptId(Any([.. _acknowledged]), _chance.Next(1, 4)));
            }

            player.Held.IntersectWith(named);
            player.Connection = _chance.Next(5) == 0 && player.Connection != 0 ? player.Connection : ++_connections;
            var claim = new KeyClaim($"{player.Namespace}/{player.Handler}", [1, 2, 3]);
            Do(new BrokerInput.HelloSaid(player.Connection, player.Hello(capacity, named), claim, $"s{_connections}"));
            if (_chance.Next(4) != 0)
            {
                Pong(player);
            }
        }

        private void Pong(Player player) => Report(player, new ReportEvent { Type = ReportEventTypes.Pong, Nonce = player.Nonce });

        private void Report(Player player, ReportEvent said)
        {
            if (player.Connection != 0)
            {
                Do(new BrokerInput.ReportSaid(player.Connection, new Report([said])));
            }
        }

        private void Speak(Player player)
        {
            switch (_chance.Next(12))
            {
                case < 3:
                    var named = player.Held.Where(_ => _chance.Next(5) != 0).ToList();
                    Do(new BrokerInput.HeartbeatSaid(player.Connection, new Heartbeat(_chance.Next(0, 6), named)));
                    break;
                case 3:
                    Pong(player);
                    break;
                case 4 when _chance.Next(2) == 0:
                    Do(new BrokerInput.ConnectionClosed(player.Connection, "cut"));
                    player.Connection = 0;
                    break;
                case 5 when _chance.Next(5) == 0:
                    Do(new BrokerInput.ByeSaid(player.Connection, "bye"));
                    player.Held.Clear();
                    break;
                case 6 when _acknowledged.Count > 0:
                    Report(player, Event(new AttemptId(Any([.. _acknowledged]), _chance.Next(1, 4)))); // Of whom it knows nothing.
                    break;
                default:
                    if (player.Held.Count > 0)
                    {
                        Report(player, Event(Any([.. player.Held])));
                    }

                    break;
            }
        }

        private ReportEvent Event(AttemptId attempt) => new()
        {
            Type = Any(
            [
                ReportEventTypes.Started, ReportEventTypes.Progress, ReportEventTypes.Log, ReportEventTypes.Succeeded, ReportEventTypes.Succeeded,
                ReportEventTypes.Failed, ReportEventTypes.Cancelled, ReportEventTypes.Rejected, "sang",
            ]),
            AttemptId = attempt,
            FencingToken = _chance.Next(10) == 0 ? _chance.Next(3) : attempt.Token,
            Percent = _chance.Next(-50, 150),
            Error = new AttemptError { Type = "t", Message = "m", Retryable = _chance.Next(4) != 0 },
        };

        private void Command()
        {
            var (ns, handler) = (Any(Cast.Namespaces), Any(Cast.Handlers));
            BrokerInput input = _chance.Next(9) switch
            {
                < 3 when _acknowledged.Count > 0 => new BrokerInput.CancelJob(new object(), ns, Any([.. _acknowledged]), null),
                3 when _acknowledged.Count > 0 => new BrokerInput.RetryJob(new object(), ns, Any([.. _acknowledged])),
                4 => new BrokerInput.DrainHandler(new object(), ns, handler, _chance.Next(2) == 0),
                5 => new BrokerInput.DisconnectHandler(new object(), ns, handler),
                6 => new BrokerInput.RevokeKey(new object(), ns, $"{ns}/{handler}"),
                7 => new BrokerInput.PauseSchedule(new object(), Stage.Editor, "default", "s", null, _stage.Wall + TimeSpan.FromSeconds(_chance.Next(30))),
                _ => new BrokerInput.ResumeSchedule(new object(), Stage.Editor, "default", "s"),
            };
            var decision = Do(input);
            Invariants.Require(decision.Effects.OfType<Effect.Answer>().Count() == 1, $"{input} was not answered once");
            if (input is BrokerInput.RevokeKey)
            {
                Do(new BrokerInput.CreateKey(new object(), Stage.KeyOf(handler, ns)));
            }
        }

        private void Restart()
        {
            _stage.Restart(TimeSpan.FromSeconds(_chance.Next(90)));
            _finishedBefore = _stage.Kept.Finished.Count;
            _cast.Players.ForEach(player => player.Connection = 0);
            Do();
        }

        private void Pass(double seconds)
        {
            for (var left = seconds; left > 0; left--)
            {
                _stage.Move(TimeSpan.FromSeconds(Math.Min(left, 1)));
                Do();
            }
        }

        private static IEnumerable<BrokerInput> WellBehaved(Player player)
        {
            var pong = new ReportEvent { Type = ReportEventTypes.Pong, Nonce = player.Nonce };
            var results = player.Held.Select(attempt =>
                new ReportEvent { Type = ReportEventTypes.Succeeded, AttemptId = attempt, FencingToken = attempt.Token });
            yield return new BrokerInput.ReportSaid(player.Connection, new Report([pong, .. results]));
            yield return new BrokerInput.HeartbeatSaid(player.Connection, new Heartbeat(20, [.. player.Held]));
        }

        // Everyone is well behaved now: whatever is left must end, or a place or a turn was lost on the way.
        private void Finish()
        {
            Do(new BrokerInput.DeleteSchedule(new object(), Stage.Editor, "default", "s"));
            foreach (var player in _cast.Players)
            {
                Connect(player, 20, isHonest: true);
                Do(new BrokerInput.DrainHandler(new object(), player.Namespace, player.Handler, false));
            }

            for (var round = 0; round < 400 && _stage.Kept.Jobs.Count > 0; round++)
            {
                Do([.. _cast.Connected.SelectMany(WellBehaved)]);
                Pass(1);
            }

            var left = _stage.Kept.Jobs.Values.FirstOrDefault();
            Invariants.Require(left is null, $"{_stage.Kept.Jobs.Count} jobs never came to an end, such as {left}");
            var twice = _stage.Kept.Finished.Values.Count(end => end.Job.Ended?.Count(a => a.Outcome == AttemptOutcome.Succeeded) > 1);
            Invariants.Require(twice == 0, $"{twice} jobs succeeded twice");
        }
    }
}
