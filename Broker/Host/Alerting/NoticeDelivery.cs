using System.Collections.Concurrent;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;

namespace ScheduleZero.Broker.Host.Alerting;

/// <summary>
/// Sends the notices that are due, and tells Core what became of each. A channel gets one notice at a time, the oldest
/// first, so that a slow channel holds up no other. A notice that is under way when the Broker stops is sent again
/// after the next start.
/// </summary>
internal sealed class NoticeDelivery(
    AlertBoard board,
    ChannelSecrets secrets,
    IAlertSender sender,
    IBrokerInputs inputs,
    TimeProvider time,
    ILogger<NoticeDelivery> logger
) : BackgroundService
{
    /// <summary>How many notices are under way at once.</summary>
    private const int SendingMax = 8;

    private static readonly TimeSpan _longestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _full = TimeSpan.FromSeconds(1);

    /// <summary>The channels that have a notice under way, with the notice as it was when it was sent.</summary>
    private readonly ConcurrentDictionary<(string Namespace, string Channel), AlertNoticeRecord> _sending = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                // The task is taken before the look, so that no change goes unseen in between.
                var change = board.Change;
                var wait = Task.Delay(SendDue(stoppingToken), time, stoppingToken);
                await await Task.WhenAny(change, wait);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The wait was cancelled because the Broker stops.
        }
    }

    /// <summary>Begins to send what is due.</summary>
    /// <returns>How long nothing else will be due.</returns>
    private TimeSpan SendDue(CancellationToken stopping)
    {
        ForgetDecided();
        var (now, wait) = (time.GetUtcNow(), _longestWait);
        var next = board
            .Waiting.Where(waiting => !_sending.ContainsKey(waiting.Channel) && IsOpen(waiting.Channel))
            .Select(waiting => waiting.Notices.MinBy(notice => (DueOf(notice, now), notice.Notice.At)))
            .OfType<AlertNoticeRecord>()
            .OrderBy(waiting => DueOf(waiting, now))
            .ToList();
        foreach (var waiting in next)
        {
            if (DueOf(waiting, now) is var due && due > now)
            {
                return due - now < wait ? due - now : wait;
            }

            if (_sending.Count >= SendingMax)
            {
                return wait; // The end of one that is under way wakes the loop.
            }

            _sending[(waiting.Namespace, waiting.Notice.Channel)] = waiting;
            _ = SendAsync(waiting, stopping);
        }

        return wait;
    }

    /// <summary>Forgets the notices that were under way and about whose attempts Core has decided.</summary>
    private void ForgetDecided()
    {
        foreach (var (channel, sent) in _sending)
        {
            if (board.FindNotice(sent.Namespace, sent.Notice.Channel, sent.Notice.Id)?.Attempts != sent.Attempts)
            {
                _sending.TryRemove(channel, out _);
            }
        }
    }

    private bool IsOpen((string Namespace, string Name) channel) =>
        board.FindChannel(channel.Namespace, channel.Name) is { Disabled: false };

    /// <summary>When a notice is due. One that lies further ahead than Core puts any is from before the clock was set
    /// back.</summary>
    private static DateTimeOffset DueOf(AlertNoticeRecord waiting, DateTimeOffset now) =>
        waiting.NextAt - now > AlertBounds.LongestWait ? now : waiting.NextAt;

    private async Task SendAsync(AlertNoticeRecord waiting, CancellationToken stopping)
    {
        try
        {
            var result = await AttemptAsync(waiting, stopping);
            var tried = new BrokerInput.NoticeTried(
                waiting.Notice.Id,
                result.IsSent ? null : result.Problem ?? "The channel did not take the notice.",
                result.RetryAfter,
                result.IsFinal
            );
            while (!inputs.TryPut(tried))
            {
                await Task.Delay(_full, time, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The notice is in the store, and is sent again after the next start.
        }
    }

    private async Task<SendResult> AttemptAsync(AlertNoticeRecord waiting, CancellationToken stopping)
    {
        if (board.FindChannel(waiting.Namespace, waiting.Notice.Channel) is not { } channel)
        {
            return SendResult.Refused("The channel was deleted.");
        }

        try
        {
            if (secrets.TargetOf(channel, out var problem) is not { } target)
            {
                return SendResult.Failed(problem!);
            }

            var result = await sender.SendAsync(target, waiting.Notice, stopping);
            Log(channel, result);
            return result;
        }
        catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            // A sender that fails in a way nobody thought of must not end the delivery of all other notices.
            logger.SenderFailed(channel.Name, channel.Namespace, e);
            return SendResult.Failed("Sending failed; the Broker's log says why.");
        }
    }

    // A line for each change, and not for each attempt: a channel may be away for a day.
    private void Log(AlertChannelRecord channel, SendResult result)
    {
        if (result is { IsSent: true, Problem: { } problem })
        {
            logger.NoticeSentInPart(channel.Name, channel.Namespace, problem);
        }
        else if (!result.IsSent && result.Problem != channel.Problem)
        {
            logger.NoticeNotSent(channel.Name, channel.Namespace, result.Problem);
        }
        else if (result.IsSent && channel.Problem is not null)
        {
            logger.ChannelIsBack(channel.Name, channel.Namespace);
        }
    }
}
