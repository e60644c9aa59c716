using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Alerting;

/// <summary>
/// Looks again and again for what the conditions of rules hold for, and tells Core, which begins and ends the alerts.
/// Conditions that are events need no look: Core sees them happen.
/// </summary>
internal sealed class AlertLook(
    AlertBoard board,
    StateConditions conditions,
    IBrokerInputs inputs,
    TimeProvider time,
    ILogger<AlertLook> logger
) : BackgroundService
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await LookOnceAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The wait was cancelled because the Broker stops.
        }
        catch (BrokerStoppedException)
        {
            // Nothing is lost: the loop stops, and with it the Broker.
        }
        catch (StoreFailedException)
        {
            // Nothing is lost: the loop meets the same failure at its next commit, and stops the Broker.
        }
    }

    internal async Task LookOnceAsync(CancellationToken cancellationToken)
    {
        // What is about the whole Broker costs little, and does not wait for rules that search the history.
        var rules = board
            .Rules.Where(rule => rule is { Disabled: false, WatchesEvents: false })
            .OrderByDescending(rule => AlertConditions.AreOfWholeBroker(rule.Condition))
            .ThenBy(rule => rule.Condition == AlertCondition.NothingSucceeded)
            .ToList();
        foreach (var rule in rules)
        {
            await LookAsync(rule, cancellationToken);
        }
    }

    private async Task LookAsync(AlertRuleRecord rule, CancellationToken cancellationToken)
    {
        IReadOnlyList<SeenState> states;
        try
        {
            states = await conditions.LookAsync(rule, cancellationToken);
        }
        catch (BrokerBusyException)
        {
            return; // The next look comes soon.
        }
        catch (Exception e)
            when (e is not (OperationCanceledException or BrokerStoppedException or StoreFailedException))
        {
            // One rule that cannot be judged must not keep the others from being looked at.
            logger.LookFailed(rule.Name, rule.Namespace, e);
            return;
        }

        var isOpen = board.CountAlerts(rule.Namespace, rule.Name) > 0;
        if (states.Count > 0 || isOpen)
        {
            // When the queue is full, the next look tells it.
            inputs.TryPut(new BrokerInput.ConditionsSeen(rule.Namespace, rule.Name, rule.Version, states));
        }
    }
}
