using System.Buffers.Text;
using System.Security.Cryptography;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Host.Audit;

/// <summary>
/// Signs the end of the audit log, and puts the signature into the log itself: at a start, after every 1,000 events, 5
/// minutes after the last signature if there was any event, and at a clean stop. Each signature is also written to the
/// Broker's own log, which may be collected on another machine.
/// </summary>
/// <param name="begun">
/// Completes when the start has written all its events, after which the first signature is made; null for at once.
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

    /// <summary>
    /// The last event that is signed; -1 for none. The event after it is that of the checkpoint itself, and needs no
    /// signature of its own.
    /// </summary>
    private long _through = -1;

    /// <summary>The sequence of the last event that a signature was tried for.</summary>
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
            // The first signature must cover the admin key that a first start makes after this task has begun.
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
                watch.PutSigned(new AuditSigned(_through, time.GetUtcNow()));
                logger.Checkpoint(tail.Point, signer.KeyId, signature);
            }
            else
            {
                // The log grew faster than it could be signed. The next round signs its new end.
                logger.CheckpointLate(tail.Sequence);
            }
        }
        catch (Exception e) when (e is BrokerBusyException or BrokerStoppedException)
        {
            watch.PutUnsigned(e.Message);
            logger.CheckpointMissed(e.Message);
        }
        catch (CryptographicException e)
        {
            // Jobs go on, but an operator must learn that nothing is signed.
            watch.PutUnsigned("The key of the audit log cannot sign; the Broker's log says why.");
            logger.CheckpointFailed(e);
        }
        catch (OperationCanceledException)
        {
            // Whether the signature was stored is not known; the next start signs again.
            logger.CheckpointMissed("The Broker stops.");
        }
    }
}
