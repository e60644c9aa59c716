using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Alerts;

/// <summary>
/// Decides when alerts begin, when people are told of them, and when they end. Events come from the turn's own effects,
/// so an alert is durable in the same commit as the job that failed.
/// </summary>
internal sealed class AlertWatch(AlertTable table, NoticeOutbox outbox)
{
    /// <summary>
    /// How often the row of an alert is saved at most while the same thing goes on happening. The first event after
    /// people were told is saved at once, so that a start knows that there is something to tell.
    /// </summary>
    private static readonly TimeSpan _saveEvery = TimeSpan.FromSeconds(10);

    /// <summary>How often the row of an alert about a state is saved at most while the state goes on.</summary>
    private static readonly TimeSpan _saveStateEvery = TimeSpan.FromMinutes(1);

    /// <summary>How many names the detail of an alert about several things has.</summary>
    private const int NamedMax = 5;

    /// <summary>The alerts that the turn has changed, and whose rows are to be saved.</summary>
    private readonly HashSet<AlertTable.Slot> _changed = [];

    /// <summary>Looks through the events of a turn. Called once at the end of each turn.</summary>
    public void Observe(Decision decision)
    {
        if (!table.WatchesEvents)
        {
            return;
        }

        // The list grows while it is read: alerts publish effects of their own, none of which is looked for here.
        var count = decision.Effects.Count;
        for (var i = 0; i < count; i++)
        {
            if (decision.Effects[i] is Effect.Publish { Happened: var happened })
            {
                Observe(happened, decision);
            }
        }

        foreach (var slot in _changed)
        {
            table.SaveAlert(slot, DueOf(slot.Alert, RuleOf(slot.Alert)!), decision);
        }

        _changed.Clear();
    }

    /// <summary>
    /// Compares the open alerts of a rule with what is so now: begins those that are missing, and ends those whose
    /// condition is over.
    /// </summary>
    public void Compare(BrokerInput.ConditionsSeen seen, Decision decision)
    {
        // The rule may have been changed or deleted since the edge looked.
        if (
            table.FindRule(seen.Namespace, seen.Rule) is not { } rule
            || rule.Version != seen.RuleVersion
            || rule.Disabled
        )
        {
            return;
        }

        var states = Gather(rule, seen.States);
        foreach (var slot in table.AlertsOf(rule).Where(slot => !states.ContainsKey(slot.Alert.Subject)).ToList())
        {
            End(slot, rule, decision);
        }

        foreach (var state in states.Values)
        {
            if (table.FindAlert(rule, state.Subject) is { } slot)
            {
                slot.Alert = AtHand(Renew(slot.Alert, state, decision.Now.Wall), rule, decision.Now.Wall);
                slot.IsUnsaved = true;
                SetTimer(slot, rule, decision.Now.Wall);
            }
            else if (
                table.AlertsOf(rule).Count < Limits.AlertsOfRuleMax
                && table.CountAlerts(rule.Namespace) < Limits.AlertsMax
            )
            {
                Begin(rule, NewAlert(rule, state, decision.Now.Wall), decision);
            }
        }
    }

    /// <summary>Tells people of an alert, or ends it. Called by the timer of the alert.</summary>
    public void Tick(AlertTable.Slot slot, Decision decision)
    {
        var now = decision.Now.Wall;
        if (RuleOf(slot.Alert) is not { } rule)
        {
            table.Delete(slot.Alert, decision);
            return;
        }

        slot.Alert = AtHand(slot.Alert, rule, now);
        if (rule.WatchesEvents && now >= slot.Alert.LastAt + rule.Quiet)
        {
            End(slot, rule, decision);
        }
        else if (now >= slot.Alert.NextAt && HasSomethingToTell(slot.Alert, rule) && !rule.IsMutedAt(now))
        {
            Tell(slot, rule, slot.Alert.ToldAt is null ? AlertPhase.Firing : AlertPhase.Ongoing, decision);
            table.SaveAlert(slot, DueOf(slot.Alert, rule), decision);
        }
        else if (slot.IsUnsaved && SaveAt(slot, rule, now) <= now)
        {
            table.SaveAlert(slot, DueOf(slot.Alert, rule), decision);
        }
        else
        {
            SetTimer(slot, rule, now);
        }
    }

    /// <summary>Looks at each open alert again after the clock was set back: timers may lie far ahead.</summary>
    public void ClockSetBack(DateTimeOffset now)
    {
        foreach (var slot in table.Alerts)
        {
            table.SetTimer(slot, now);
        }
    }

    /// <summary>Drops the open alerts that a changed or deleted rule does not make any more; nobody is told.</summary>
    /// <param name="rule">The rule as it was.</param>
    /// <param name="next">The rule as it is now; null when it was deleted.</param>
    public void RuleChanged(AlertRuleRecord rule, AlertRuleRecord? next, Decision decision)
    {
        foreach (var slot in table.AlertsOf(rule).ToList())
        {
            var stays =
                next is { Disabled: false }
                && next.Condition == rule.Condition
                && (
                    slot.Alert.Subject == AlertBounds.Together || (!next.IsTogether && next.Watches(slot.Alert.Subject))
                );
            if (stays)
            {
                slot.Alert = AtHand(slot.Alert, next!, decision.Now.Wall);
                SetTimer(slot, next!, decision.Now.Wall);
            }
            else
            {
                table.Delete(slot.Alert, decision);
            }
        }
    }

    private void Observe(Happened happened, Decision decision)
    {
        var (condition, name) = happened.Type switch
        {
            "job.failed" => (AlertCondition.JobFailed, happened.Job!.Spec.Method),
            "schedule.missed" => (AlertCondition.OccurrenceMissed, happened.Subject),
            _ => (default, ""),
        };
        if (condition == default)
        {
            return;
        }

        foreach (var rule in table.EventRules(happened.Namespace, condition, name))
        {
            Count(rule, SubjectOf(rule, name), happened, decision);
        }
    }

    private void Count(AlertRuleRecord rule, string subject, Happened happened, Decision decision)
    {
        var now = decision.Now.Wall;
        if (table.FindAlert(rule, subject) is not { } slot)
        {
            var first = new AlertRecord
            {
                Namespace = rule.Namespace,
                Rule = rule.Name,
                Subject = subject,
                Condition = rule.Condition,
                Since = now,
                LastAt = now,
                Count = happened.Count,
                Detail = DetailOf(happened),
                Samples = SamplesOf(happened, []),
                NextAt = now + rule.Wait,
            };
            Begin(rule, first, decision);
            return;
        }

        var hadNothing = slot.Alert.Count == slot.Alert.ToldCount;
        slot.Alert = AtHand(slot.Alert, rule, now) with
        {
            LastAt = now,
            Count = slot.Alert.Count + happened.Count,
            Detail = DetailOf(happened),
            Samples = SamplesOf(happened, slot.Alert.Samples),
        };
        slot.IsUnsaved = true;
        if (hadNothing || SaveAt(slot, rule, now) <= now)
        {
            _changed.Add(slot);
        }
        else
        {
            SetTimer(slot, rule, now);
        }
    }

    private void Begin(AlertRuleRecord rule, AlertRecord alert, Decision decision)
    {
        table.Restore(alert);
        table.SaveAlert(table.FindAlert(rule, alert.Subject)!, DueOf(alert, rule), decision);
        Publish("alert.began", alert, decision);
    }

    private void End(AlertTable.Slot slot, AlertRuleRecord rule, Decision decision)
    {
        if (!rule.IsMutedAt(decision.Now.Wall))
        {
            // An event that nobody was told of is told at the end; a state that came and went within the wait is not.
            if (slot.Alert.ToldAt is null && rule.WatchesEvents)
            {
                Tell(slot, rule, AlertPhase.Firing, decision);
            }
            else if (slot.Alert.ToldAt is not null && rule.TellsEnd)
            {
                Tell(slot, rule, AlertPhase.Resolved, decision);
            }
        }

        table.Delete(slot.Alert, decision);
        Publish("alert.ended", slot.Alert, decision);
    }

    private void Tell(AlertTable.Slot slot, AlertRuleRecord rule, AlertPhase phase, Decision decision)
    {
        var now = decision.Now.Wall;
        outbox.Put(slot.Alert, rule, phase, decision);
        slot.Alert = slot.Alert with { ToldAt = now, ToldCount = slot.Alert.Count, NextAt = now + rule.Repeat };
    }

    private AlertRuleRecord? RuleOf(AlertRecord alert) => table.FindRule(alert.Namespace, alert.Rule);

    /// <summary>The name under which a rule counts; once a rule has many alerts, further ones share one.</summary>
    private string SubjectOf(AlertRuleRecord rule, string name) =>
        rule.IsTogether
        || (
            table.FindAlert(rule, name) is null
            && (
                table.AlertsOf(rule).Count >= Limits.AlertsOfRuleMax - 1
                || table.CountAlerts(rule.Namespace) >= Limits.AlertsMax
            )
        )
            ? AlertBounds.Together
            : name;

    private static bool HasSomethingToTell(AlertRecord alert, AlertRuleRecord rule) =>
        alert.ToldAt is null || !rule.WatchesEvents || alert.Count > alert.ToldCount;

    /// <summary>When people are to be told, or the alert may end.</summary>
    private static DateTimeOffset DueOf(AlertRecord alert, AlertRuleRecord rule)
    {
        var told = rule.MutedUntil > alert.NextAt ? rule.MutedUntil.Value : alert.NextAt;
        if (!rule.WatchesEvents)
        {
            return told;
        }

        var end = alert.LastAt + rule.Quiet;
        return HasSomethingToTell(alert, rule) && told < end ? told : end;
    }

    /// <summary>When the row of an alert that is ahead of it may be saved.</summary>
    private static DateTimeOffset SaveAt(AlertTable.Slot slot, AlertRuleRecord rule, DateTimeOffset now) =>
        slot.SavedAt is { } saved && saved <= now ? saved + (rule.WatchesEvents ? _saveEvery : _saveStateEvery) : now;

    private void SetTimer(AlertTable.Slot slot, AlertRuleRecord rule, DateTimeOffset now)
    {
        var due = DueOf(slot.Alert, rule);
        var save = slot.IsUnsaved ? SaveAt(slot, rule, now) : due;
        table.SetTimer(slot, save < due ? save : due);
    }

    /// <summary>
    /// The alert with no instant that lies further ahead than its rule puts it: the clock may have been set back, or
    /// the rule changed, since.
    /// </summary>
    private static AlertRecord AtHand(AlertRecord alert, AlertRuleRecord rule, DateTimeOffset now)
    {
        var next = now + (alert.ToldAt is null ? rule.Wait : rule.Repeat);
        return alert.NextAt <= next && alert.LastAt <= now && alert.Since <= now
            ? alert
            : alert with
            {
                Since = alert.Since < now ? alert.Since : now,
                LastAt = alert.LastAt < now ? alert.LastAt : now,
                NextAt = alert.NextAt < next ? alert.NextAt : next,
            };
    }

    /// <summary>The states by subject. A subject that comes twice counts once.</summary>
    private static Dictionary<string, SeenState> Gather(AlertRuleRecord rule, IReadOnlyList<SeenState> states)
    {
        if (!rule.IsTogether || states.Count == 0)
        {
            return states
                .Select(state => state with { Subject = AlertBounds.SubjectOf(state.Subject) })
                .DistinctBy(state => state.Subject, StringComparer.Ordinal)
                .ToDictionary(state => state.Subject, StringComparer.Ordinal);
        }

        var together = states[0] with
        {
            Subject = AlertBounds.Together,
            Detail = NamesOf(states),
            Count = states.Sum(state => state.Count),
            Samples = [.. states.SelectMany(state => state.Samples).Take(AlertBounds.SamplesMax)],
        };
        return new Dictionary<string, SeenState>(StringComparer.Ordinal) { [together.Subject] = together };
    }

    /// <summary>The names of what is seen, the first few of many.</summary>
    private static string NamesOf(IReadOnlyList<SeenState> states) =>
        string.Join(", ", states.Take(NamedMax).Select(state => state.Subject))
        + (states.Count > NamedMax ? $" and {states.Count - NamedMax} more" : "");

    private static AlertRecord NewAlert(AlertRuleRecord rule, SeenState state, DateTimeOffset now) =>
        new()
        {
            Namespace = rule.Namespace,
            Rule = rule.Name,
            Subject = state.Subject,
            Condition = rule.Condition,
            Since = now,
            LastAt = now,
            Count = state.Count,
            Detail = AlertBounds.Cut(state.Detail),
            Samples = state.Samples,
            NextAt = now + rule.Wait,
        };

    private static AlertRecord Renew(AlertRecord alert, SeenState state, DateTimeOffset now) =>
        alert with
        {
            LastAt = now,
            Count = state.Count,
            Detail = AlertBounds.Cut(state.Detail),
            Samples = state.Samples,
        };

    private static string? DetailOf(Happened happened) =>
        happened.Job is null ? AlertBounds.Cut(happened.Detail) : null;

    private static IReadOnlyList<AlertSample> SamplesOf(Happened happened, IReadOnlyList<AlertSample> before) =>
        happened.Job is not { } job
            ? before
            :
            [
                new AlertSample(
                    job.Id,
                    job.Spec.Method,
                    happened.Handler,
                    AlertBounds.Cut(happened.Detail),
                    happened.At
                ),
                .. before.Take(AlertBounds.SamplesMax - 1),
            ];

    private static void Publish(string type, AlertRecord alert, Decision decision) =>
        decision.Effects.Add(
            new Effect.Publish(
                new Happened(type, alert.Namespace, alert.Rule, decision.Now.Wall, Detail: alert.Subject)
            )
        );
}
