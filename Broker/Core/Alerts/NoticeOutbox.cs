using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Alerts;

/// <summary>
/// Makes the notices, which are stored in the same commit as what they tell of, and decides what follows from each
/// attempt to send one. A notice is stored until its channel has taken it, so each arrives at least once.
/// </summary>
internal sealed class NoticeOutbox(AlertTable table, AuditLog audit)
{
    /// <summary>Makes a notice for each channel of the rule.</summary>
    public void Put(AlertRecord alert, AlertRuleRecord rule, AlertPhase phase, Decision decision)
    {
        foreach (var name in rule.Channels)
        {
            if (table.FindChannel(rule.Namespace, name) is not { Disabled: false } channel)
            {
                continue;
            }

            if (table.CountWaiting(rule.Namespace, name) >= Limits.NoticesOfChannelMax)
            {
                Drop(channel, $"{Limits.NoticesOfChannelMax} notices wait for the channel already.", decision);
                continue;
            }

            var notice = new AlertNotice
            {
                Id = NewId(decision.Chance),
                Namespace = alert.Namespace,
                Channel = name,
                Rule = alert.Rule,
                Condition = alert.Condition,
                Phase = phase,
                Subject = alert.Subject,
                Since = alert.Since,
                At = decision.Now.Wall,
                Count = alert.Count,
                Detail = alert.Detail,
                Samples = alert.Samples,
            };
            table.Save(
                new AlertNoticeRecord
                {
                    Namespace = alert.Namespace,
                    Notice = notice,
                    NextAt = decision.Now.Wall,
                },
                decision
            );
        }
    }

    /// <summary>Decides what follows from an attempt to send a notice.</summary>
    public void Hear(BrokerInput.NoticeTried tried, Decision decision)
    {
        if (table.FindNotice(tried.Id) is not { } waiting)
        {
            return; // Somebody deleted the channel meanwhile.
        }

        var now = decision.Now.Wall;
        var channel = table.FindChannel(waiting.Namespace, waiting.Notice.Channel);
        if (tried.Problem is not { } problem)
        {
            table.Delete(waiting, decision);
            SaveState(
                channel is null ? null : channel with { SentAt = now, Problem = null, ProblemAt = null },
                decision
            );
            return;
        }

        var attempts = waiting.Attempts + 1;
        if (tried.IsFinal || now - waiting.Notice.At >= AlertBounds.TriedFor)
        {
            table.Delete(waiting, decision);
            NoteDrop(waiting, problem, decision);
            if (channel is not null)
            {
                Drop(channel, problem, decision);
            }

            return;
        }

        var wait = AlertBounds.RetryAfter(attempts);
        var asked = tried.RetryAfter ?? TimeSpan.Zero;
        wait =
            asked > AlertBounds.LongestWait ? AlertBounds.LongestWait
            : asked > wait ? asked
            : wait;
        table.Save(waiting with { Attempts = attempts, NextAt = now + wait }, decision);
        SaveState(channel is null ? null : channel with { Problem = problem, ProblemAt = now }, decision);
    }

    private void Drop(AlertChannelRecord channel, string problem, Decision decision) =>
        SaveState(
            channel with
            {
                Dropped = channel.Dropped + 1,
                Problem = problem,
                ProblemAt = decision.Now.Wall,
            },
            decision
        );

    private void SaveState(AlertChannelRecord? channel, Decision decision)
    {
        if (channel is not null)
        {
            table.Save(channel, decision);
        }
    }

    private void NoteDrop(AlertNoticeRecord waiting, string problem, Decision decision) =>
        audit.Append(
            new AuditNote
            {
                Actor = AuditNote.System,
                Action = "alerts:drop",
                Object = $"channel:{waiting.Notice.Channel}",
                Namespace = waiting.Namespace,
                Reason = $"A notice of the rule {waiting.Notice.Rule} was not delivered: {problem}",
            },
            null,
            decision
        );

    private static Guid NewId(Random chance)
    {
        Span<byte> bytes = stackalloc byte[16];
        chance.NextBytes(bytes);
        return new Guid(bytes);
    }
}
