using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>A Broker with one schedule, every minute, that the handler "box" may run offline.</summary>
public abstract class OfflineFixture
{
    protected const string Box = "box";
    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };

    /// <summary>How many of the lookups of the Broker under test the store has answered.</summary>
    private int _answered;

    private protected Stage Stage { get; private set; } = null!;

    [SetUp]
    public void Begin()
    {
        Stage = new Stage(at: Stage.Noon.AddSeconds(30));
        _answered = 0;
    }

    /// <summary>Starts the Broker again, in place of a Broker that has crashed.</summary>
    private protected void Restart()
    {
        Stage.Restart();
        _answered = 0;
    }

    private protected Schedule Now => Stage.Look(state => state.FindSchedule("default", "s"))!;

    private protected List<double> Made => [.. ScheduleTests.MinutesMade(Stage)];

    private protected List<double> Missed => ScheduleTests.MinutesMissed(Stage);

    private protected static Schedule Draft() =>
        ScheduleTests.Draft(EveryMinute) with
        {
            Offline = OfflinePolicy.Run,
            Job = new() { Method = "m", Handler = Box },
        };

    private protected static Hello HelloOf(string? store = "store-1", string instance = "i") =>
        Stage.HelloOf(Box, 10, ["m"], instance) with
        {
            OfflineStore = store,
        };

    /// <summary>Connects the handler, which has nothing to report.</summary>
    private protected Peer Join(long connection, string store = "store-1", string instance = "i")
    {
        var peer = Stage.Join(connection, HelloOf(store, instance));
        Tell(connection, null, last: true);
        return peer;
    }

    private protected KeptSchedule CopyOn(long connection) =>
        Stage
            .Said.OfType<Effect.SendKeep>()
            .Where(keep => keep.Connection == connection)
            .SelectMany(keep => keep.Schedules)
            .Last();

    private protected void Tell(long connection, KeptSchedule? copy, bool last = false, params OfflineRun[] runs)
    {
        Stage.Do(new BrokerInput.RanSaid(connection, copy, copy?.ScheduleId ?? default, runs, last));
        AnswerForStore();
    }

    private void AnswerForStore()
    {
        while (Stage.Said.OfType<Effect.LookUpOccurrences>().Skip(_answered).FirstOrDefault() is { } asked)
        {
            _answered++;
            var present = asked
                .Ids.Where(id => Stage.Kept.Jobs.ContainsKey(id) || Stage.Kept.Finished.ContainsKey(id))
                .ToHashSet();
            Stage.Do(new BrokerInput.OccurrencesLookedUp(asked.Question, present));
        }
    }

    private protected static OfflineRun Run(double minute, string outcome = OfflineOutcomes.Succeeded) =>
        new()
        {
            Nominal = Stage.Noon.AddMinutes(minute),
            Outcome = outcome,
            Attempts = 1,
            StartedAt = Stage.Noon.AddMinutes(minute),
            FinishedAt = Stage.Noon.AddMinutes(minute).AddSeconds(1),
            Error =
                outcome == OfflineOutcomes.Failed ? new AttemptError { Type = "broken", Message = "It broke." } : null,
            Reason = outcome == OfflineOutcomes.Missed ? "the one before ran" : null,
        };

    private protected List<double> TakenOn(long connection) =>
        [
            .. Stage
                .SentTo<Taken>(connection)
                .Where(taken => taken.Refused is null)
                .SelectMany(taken => taken.Nominals)
                .Select(nominal => (nominal - Stage.Noon).TotalMinutes),
        ];
}
