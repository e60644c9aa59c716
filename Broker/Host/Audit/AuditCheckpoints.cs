using System.Buffers.Text;
using System.Security.Cryptography;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Host.Audit;

/// <summary>
/// Signs the audit log's end, and puts the signature into the log itself: at a start, after every 1,000 events, 5
/// minutes after the last one if there was any event, and at a clean stop. What it says in the Broker's own log leaves
/// the machine with that.
/// </summary>
/// <param name="begun"> Completes when the start has written all its events; the first signature comes then. At once
/// when null.
/// </param>
internal sealed class AuditCheckpoints(
    IBrokerInputs inputs,
    AuditTailWatch watch,
    IAuditSigner signer,
    TimeProvider time,
    ILogger<AuditCheckpoints> logger,
    Task? begun = null
) : BackgroundService
{
    public const int EventsMax = 1_000;

    public static TimeSpan Interval { get; } = TimeSpan.FromMinutes(5);

    // Through which event the log is signed; what follows on it is the checkpoint's own event, and needs no other.
    private long _through = -1;
    private long _tried;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await SignAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // A start that makes the first admin key makes it after these rounds began, and it belongs under the first
            // signature.
            await (begun ?? Task.CompletedTask).WaitAsync(stoppingToken);
            while (true)
            {
                await SignAsync(stoppingToken);
                using var wait = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                var pause = Task.Delay(Interval, time, wait.Token);
                await Task.WhenAny(watch.ReachAsync(_tried + EventsMax), pause);
                await wait.CancelAsync();
                stoppingToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The Broker stops; StopAsync signs what is left.
        }
    }

    private async Task SignAsync(CancellationToken cancellationToken)
    {
        var tail = watch.Tail;
        if (tail.Sequence == 0 || tail.Sequence <= _through + 1)
        {
            return;
        }

        _tried = tail.Sequence;
        try
        {
            var signature = Base64Url.EncodeToString(signer.Sign(AuditChain.SignedText(tail.Point)));
            var answer = await inputs.AskAsync(
                ticket => new BrokerInput.CheckpointAudit(ticket, tail.Point, signer.KeyId, signature),
                cancellationToken
            );
            if (answer is Answer.AuditIs)
            {
                _through = tail.Sequence;
                logger.Checkpoint(tail.Point, signer.KeyId, signature);
            }
            else
            {
                // The log ran on faster than it could be signed. The next round takes its new end.
                logger.CheckpointLate(tail.Sequence);
            }
        }
        catch (Exception e) when (e is BrokerBusyException or BrokerStoppedException)
        {
            logger.CheckpointMissed(e.Message);
        }
        catch (CryptographicException e)
        {
            // Jobs go on; that nothing is signed must be heard.
            logger.CheckpointFailed(e);
        }
        catch (OperationCanceledException)
        {
            // Whether it got in will be seen at the next start, which signs again.
            logger.CheckpointMissed("The Broker stops.");
        }
    }
}
