using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Alerts;

/// <summary>Decides the requests of operators about channels and rules of alerts.</summary>
internal sealed class AlertCommands(AlertTable table, AlertWatch watch, NamespaceTable namespaces)
{
    public Answer SaveChannel(BrokerInput.SaveAlertChannel asked, Decision decision)
    {
        var draft = asked.Draft;
        var old = table.FindChannel(draft.Namespace, draft.Name);
        var refused =
            RefusalOf(draft)
            ?? (
                old is null && table.CountChannels(draft.Namespace) >= Limits.AlertChannelsMax
                    ? Conflict($"The namespace has as many channels as it may: {Limits.AlertChannelsMax}.")
                    : null
            );
        if (refused is not null)
        {
            return refused;
        }

        var saved = (AlertChannelRecord)Next(draft, old, decision) with
        {
            SentAt = old?.SentAt,
            Problem = old?.Problem,
            ProblemAt = old?.ProblemAt,
            Dropped = old?.Dropped ?? 0,
        };
        table.Save(saved, decision);
        return new Answer.AlertSettingsAre(saved);
    }

    public Answer SaveRule(BrokerInput.SaveAlertRule asked, Decision decision)
    {
        var draft = asked.Draft;
        var old = table.FindRule(draft.Namespace, draft.Name);
        var refused =
            RefusalOf(draft)
            ?? (
                old is null && table.CountRules(draft.Namespace) >= Limits.AlertRulesMax
                    ? Conflict($"The namespace has as many rules as it may: {Limits.AlertRulesMax}.")
                    : null
            )
            ?? RefusalOfChannels(draft);
        if (refused is not null)
        {
            return refused;
        }

        var saved = (AlertRuleRecord)Next(draft, old, decision) with
        {
            MutedUntil = old?.MutedUntil,
            MutedBy = old?.MutedBy,
            MuteReason = old?.MuteReason,
        };
        table.Save(saved, decision);
        if (old is not null)
        {
            watch.RuleChanged(old, saved, decision);
        }

        return new Answer.AlertSettingsAre(saved);
    }

    public Answer Mute(BrokerInput.MuteAlertRule asked, Decision decision)
    {
        if (table.FindRule(asked.Namespace, asked.Name) is not { } rule)
        {
            return NoSuchRule(asked.Name);
        }

        if (asked.Until <= decision.Now.Wall)
        {
            return new Answer.Refused(ErrorCodes.Invalid, "until: This instant has passed.");
        }

        var muted = asked.Until is { } until
            ? rule with
            {
                MutedUntil = until,
                MutedBy = asked.By,
                MuteReason = asked.Reason,
            }
            : rule with
            {
                MutedUntil = null,
                MutedBy = null,
                MuteReason = null,
            };
        table.Save(muted, decision);
        // What was put off until the end of the silence is told when the new one ends, or now.
        watch.RuleChanged(rule, muted, decision);
        return new Answer.AlertSettingsAre(muted);
    }

    public Answer DeleteRule(BrokerInput.DeleteAlertRule asked, Decision decision)
    {
        if (table.FindRule(asked.Namespace, asked.Name) is not { } rule)
        {
            return NoSuchRule(asked.Name);
        }

        watch.RuleChanged(rule, null, decision);
        table.Delete(rule, decision);
        return Answer.Done.Instance;
    }

    public Answer DeleteChannel(BrokerInput.DeleteAlertChannel asked, Decision decision)
    {
        if (table.FindChannel(asked.Namespace, asked.Name) is not { } channel)
        {
            return new Answer.Refused(ErrorCodes.NotFound, $"There is no channel \"{asked.Name}\".");
        }

        if (
            table
                .Naming(asked.Namespace, asked.Name)
                .Select(rule => rule.Name)
                .Order(StringComparer.Ordinal)
                .ToList() is
            { Count: > 0 } naming
        )
        {
            return Conflict(
                $"Rules name the channel: {string.Join(", ", naming.Take(3).Select(name => $"\"{name}\""))}"
                    + $"{(naming.Count > 3 ? $" and {naming.Count - 3} more" : "")}."
            );
        }

        foreach (var waiting in table.WaitingFor(asked.Namespace, asked.Name).ToList())
        {
            table.Delete(waiting, decision);
        }

        table.Delete(channel, decision);
        return Answer.Done.Instance;
    }

    private Answer.Refused? RefusalOf(AlertSettingsRow draft) =>
        namespaces.RefusalOnLowDisk ?? namespaces.RefusalIfClosed(draft.Namespace);

    private Answer.Refused? RefusalOfChannels(AlertRuleRecord draft) =>
        draft.Channels.FirstOrDefault(name => table.FindChannel(draft.Namespace, name) is null) is { } unknown
            ? new Answer.Refused(ErrorCodes.Invalid, $"channels: There is no channel \"{unknown}\".")
            : null;

    private static AlertSettingsRow Next(AlertSettingsRow draft, AlertSettingsRow? old, Decision decision) =>
        draft with
        {
            Version = (old?.Version ?? 0) + 1,
            CreatedAt = old?.CreatedAt ?? decision.Now.Wall,
            CreatedBy = old?.CreatedBy ?? draft.CreatedBy,
            ChangedAt = decision.Now.Wall,
        };

    private static Answer.Refused NoSuchRule(string name) => new(ErrorCodes.NotFound, $"There is no rule \"{name}\".");

    private static Answer.Refused Conflict(string detail) => new(ErrorCodes.Conflict, detail);
}
