using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// Signs the copies of schedules that handlers run offline, with the key that signs the audit log, and checks the
/// signatures of copies that come back.
/// </summary>
internal sealed class OfflineCopies(IAuditSigner signer)
{
    /// <summary>How many characters one message should have at most; a copy that is longer goes alone.</summary>
    private const int MessageTarget = 128 * 1024;

    /// <summary>
    /// Makes the messages for an effect: the copies in few messages of moderate length. The last message also lists all
    /// schedules that the handler is to have.
    /// </summary>
    public IEnumerable<Keep> Write(Effect.SendKeep effect)
    {
        var copies = new List<KeptCopy>();
        var length = 0;
        foreach (var schedule in effect.Schedules)
        {
            var copy = OfflineProofs.Write(schedule, text => signer.Sign(text));
            if (copies.Count > 0 && length + copy.Schedule.Length > MessageTarget)
            {
                yield return new Keep { Key = signer.PublicKey, Copies = copies };
                (copies, length) = ([], 0);
            }

            copies.Add(copy);
            length += copy.Schedule.Length;
        }

        yield return new Keep
        {
            Key = signer.PublicKey,
            Copies = copies,
            Only = effect.Only,
        };
    }

    /// <summary>Makes the input for a handler's report of what it ran offline.</summary>
    public BrokerInput.RanSaid Read(long connection, Ran ran)
    {
        if (ran.Copy is not { } copy)
        {
            return new BrokerInput.RanSaid(connection, null, default, ran.Runs, ran.Last);
        }

        var isSigned = OfflineProofs.TryRead(copy, signer.PublicKey, out var schedule);
        var claimed = isSigned ? schedule!.ScheduleId : OfflineProofs.Claim(copy);
        return new BrokerInput.RanSaid(connection, schedule, claimed, ran.Runs, ran.Last);
    }
}
