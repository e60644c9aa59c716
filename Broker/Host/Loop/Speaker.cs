using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Host.Loop;

/// <summary>Lets out the effects of a decision, in order, once its changes are on disk.</summary>
internal sealed class Speaker(
    IParamsReader store,
    IHandlerTransport transport,
    EventStream events,
    CommittedState committed,
    NamespacePurge purge,
    Action<Effect.LookUpOccurrences> lookUp,
    OfflineCopies copies
)
{
    private const int DecisionsMax = 4;

    /// <summary>
    /// The number of decisions that are closed and whose effects are not all out. Changed from several threads.
    /// </summary>
    private int _decisions;

    /// <summary>
    /// Whether another decision may be closed; false while the effects of several decisions are not out, since more
    /// would only pile up.
    /// </summary>
    public bool HasRoom => Volatile.Read(ref _decisions) < DecisionsMax;

    /// <summary>Waits for the commit of a decision, and then lets its effects out.</summary>
    /// <param name="commit">The commit of the decision.</param>
    /// <param name="before">A task that completes when the effects of the decision before are out, so that effects stay
    /// in their order.</param>
    public async Task SpeakAsync(IReadOnlyList<Effect> effects, Task commit, Task before)
    {
        Interlocked.Increment(ref _decisions);
        try
        {
            await commit.ConfigureAwait(false);
            await before.ConfigureAwait(false);
            var parameters = await ReadParamsAsync(effects);
            foreach (var effect in effects)
            {
                Say(effect, parameters);
            }

            transport.Flush();
        }
        catch (Exception e)
        {
            foreach (var answer in effects.OfType<Effect.Answer>())
            {
                answer.Ticket.Fail(new BrokerStoppedException($"The Broker stopped: {e.Message}"));
            }

            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _decisions);
        }
    }

    private async ValueTask<Dictionary<JobId, RawJson>?> ReadParamsAsync(IReadOnlyList<Effect> effects)
    {
        List<JobId>? ids = null;
        foreach (var effect in effects)
        {
            if (effect is Effect.SendAssign assign)
            {
                (ids ??= []).AddRange(assign.Jobs.Select(job => job.Id));
            }
        }

        if (ids is null)
        {
            return null;
        }

        var read = await store.ReadParamsAsync(ids, CancellationToken.None);
        var parameters = new Dictionary<JobId, RawJson>(ids.Count);
        for (var i = 0; i < ids.Count; i++)
        {
            parameters[ids[i]] = read[i];
        }

        return parameters;
    }

    private void Say(Effect effect, Dictionary<JobId, RawJson>? parameters)
    {
        switch (effect)
        {
            case Effect.Answer answer:
                answer.Ticket.Complete(answer.Said);
                break;
            case Effect.SendAssign assign:
                transport.Send(assign.Connection, MessageOf(assign, parameters!));
                break;
            case Effect.SendKeep keep:
                foreach (var message in copies.Write(keep))
                {
                    transport.Send(keep.Connection, message);
                }

                break;
            case Effect.Send send:
                transport.Send(send.Connection, send.Message);
                break;
            case Effect.SendSealedAnswer send:
                transport.SendSealed(send.Connection, send.Message, send.Seal);
                break;
            case Effect.SendNonce nonce:
                transport.SendNonce(nonce);
                break;
            case Effect.Close close:
                transport.Close(close.Connection, close.Code, close.Reason);
                break;
            case Effect.Publish publish:
                events.Publish(publish.Happened);
                break;
            case Effect.KeyChanged or Effect.KeyExpired:
                SayOfKey(effect);
                break;
            case Effect.NamespaceEmptied emptied:
                events.Forget(emptied.Namespace);
                purge.Begin(emptied.Namespace);
                break;
            case Effect.LookUpOccurrences asked:
                lookUp(asked);
                break;
            case var changed when committed.TryApply(changed):
                break;
            default:
                throw new InvalidOperationException($"Nobody says {effect.GetType().Name}.");
        }
    }

    private void SayOfKey(Effect effect)
    {
        committed.TryApply(effect);
        if (effect is Effect.KeyChanged changed)
        {
            transport.KeyChanged(changed.Key);
        }
        else if (effect is Effect.KeyExpired expired)
        {
            transport.KeyExpired(expired.Key);
        }
    }

    private static Assign MessageOf(Effect.SendAssign assign, Dictionary<JobId, RawJson> parameters) =>
        new([.. assign.Jobs.Select(job => Assigned(job, assign.LeaseSeconds, parameters[job.Id]))]);

    private static AssignedAttempt Assigned(Job job, int leaseSeconds, RawJson parameters) =>
        new()
        {
            AttemptId = new AttemptId(job.Id, job.Token),
            JobId = job.Id,
            Method = job.Spec.Method,
            Params = parameters,
            Attempt = job.Current!.Number,
            MaxAttempts = job.Spec.Retry.MaxAttempts,
            FencingToken = job.Token,
            LeaseSeconds = leaseSeconds,
            TimeoutSeconds = job.Spec.Timeout.TotalSeconds,
            Tags = job.Spec.Tags,
            Schedule = job.Occurrence is { } occurrence
                ? new AssignedSchedule(occurrence.Schedule, occurrence.Nominal)
                : null,
            Batch = job.Completes?.End,
            EnqueuedAt = job.EnqueuedAt,
        };
}
