using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>
/// Decides whether a session must be sealed, and answers those who cannot or did not seal it. Core knows of a sealed
/// message only that it was sealed; the edge opens and seals.
/// </summary>
internal static class SealRules
{
    /// <summary>Why a Hello is refused for how it came; null when it is not.</summary>
    public static Refused? RefusalOf(
        BrokerInput.HelloSaid said,
        KeyRecord key,
        NamespaceQuota quota,
        Connection connection
    ) =>
        said.Seal is null ? RefusalOfUnsealed(key, quota, connection)
        : said.Hello.Proof is null ? new Refused(ErrorCodes.Invalid, "Only an enrolled key says a sealed Hello.")
        : null;

    /// <summary>Why a message of a key is refused, which was not sealed; null when it need not be sealed.</summary>
    public static Refused? RefusalOfUnsealed(KeyRecord key, NamespaceQuota quota, Connection connection)
    {
        if (!quota.Seals(key.Handler!))
        {
            return null;
        }

        if (connection.OfferedSeal)
        {
            // The handler would have sealed, and was told that it need not: the option was switched on in between.
            return new Refused(ErrorCodes.Unavailable, "Sealing was switched on meanwhile: say Challenge again.");
        }

        var must = $"Handler \"{key.Handler}\" must seal its sessions, as namespace \"{key.Namespace}\" says.";
        return new Refused(
            ErrorCodes.Forbidden,
            key.Pair is null
                ? $"{must} That takes a key of its own in place of an API key: make a token (schedulezero enrolments "
                    + "create), and enrol the agent (schedulezero agent enroll)."
                : $"{must} This agent did not offer to: update it, and enrol it again (schedulezero agent enroll) if "
                    + "it was enrolled by an older version."
        );
    }

    /// <summary>The effect that answers a Hello or a Rotate, sealed when the question was.</summary>
    /// <param name="seal">The seal that the question came with; null for one that was not sealed.</param>
    public static Effect Answer(long connection, IBrokerMessage answer, string? seal) =>
        seal is null ? new Effect.Send(connection, answer) : new Effect.SendSealedAnswer(connection, answer, seal);
}
