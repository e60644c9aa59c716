using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>Makes keys with enrolment tokens: one key with each token, however many agents ask at once.</summary>
/// <param name="brokerKey">The public half of the Broker's signing key, which agents learn; null where there is none.
/// </param>
internal sealed class KeyEnrolment(
    AccessTable access,
    KeyTable keys,
    NamespaceTable namespaces,
    AuditLog audit,
    AuditKey? brokerKey
)
{
    private const string EnrolAction = "handlers:enrol";

    private static readonly Refused Unknown = new(
        ErrorCodes.Unauthenticated,
        "The enrolment token is unknown or has expired, or it is not the whole token."
    );

    /// <summary>Enrols the agent that asks on a connection, or refuses it, and sends the answer.</summary>
    /// <param name="remoteAddress">The agent's address; null where it is not known, on a direct connection.</param>
    public void Enrol(BrokerInput.EnrolSaid said, string? remoteAddress, Decision decision)
    {
        var answer = AnswerTo(said, remoteAddress, decision);
        decision.Effects.Add(new Effect.Send(said.Connection, answer));
        if (answer is Refused refused)
        {
            NoteRefused(said.Enrol.TokenId, refused, remoteAddress, decision);
        }
    }

    private IBrokerMessage AnswerTo(BrokerInput.EnrolSaid said, string? remoteAddress, Decision decision)
    {
        var enrol = said.Enrol;
        if (FindProved(enrol, decision.Now.Wall) is not { } token)
        {
            return Unknown;
        }

        if (!token.Admits(remoteAddress))
        {
            return Refuse(ErrorCodes.Forbidden, "The enrolment token is bound to other addresses.");
        }

        if (token.NameFor(enrol.Handler) is not { } handler)
        {
            return Refuse(
                ErrorCodes.Forbidden,
                token.Handler is { } only
                    ? $"The enrolment token is for handler \"{only}\"."
                    : $"The enrolment token is for a handler whose name fits \"{token.Handlers}\"; say which."
            );
        }

        if (RefusalOfKeys(token, enrol, out var publicKey) is { } wrongKeys)
        {
            return wrongKeys;
        }

        if (token.KeyId is { } made)
        {
            // The same agent asks again when the answer was lost on its way.
            return keys.Find(made) is { Pair: { } pair } known && pair.PublicText == enrol.PublicKey
                ? SignedAnswer(token, known, IsAllowed(enrol, known))
                : Refuse(ErrorCodes.Conflict, "The enrolment token has been used.");
        }

        return token.Handler is null && IsTaken(token.Namespace, handler, decision.Now.Wall)
            ? Refuse(ErrorCodes.Conflict, $"There is a key for handler \"{handler}\" already; choose another name.")
            : Enrol(token, said, handler, publicKey, remoteAddress, decision);
    }

    /// <summary>Why the keys of an agent are not accepted; null when they are.</summary>
    private static Refused? RefusalOfKeys(EnrolmentRecord token, Enrol enrol, out byte[] publicKey)
    {
        if (
            !KeyProofs.TryReadPublicKey(enrol.PublicKey, out var read)
            || !KeyProofs.IsSignedBy(
                read,
                KeyProofs.TextOfEnrol(enrol.TokenId, enrol.Handler, enrol.PublicKey),
                enrol.Proof
            )
        )
        {
            publicKey = [];
            return Refuse(
                ErrorCodes.Invalid,
                "publicKey must be a P-256 key as SubjectPublicKeyInfo, and proof its signature."
            );
        }

        publicKey = read;
        return
            enrol.CurveKey is { } curveKey
            && !KeyProofs.IsProved(
                token.SecretHash,
                KeyProofs.TextOfCurveKey(enrol.TokenId, enrol.PublicKey, curveKey),
                enrol.CurveProof
            )
            ? Refuse(ErrorCodes.Invalid, "curveProof must prove curveKey by the enrolment token.")
            : null;
    }

    private Enrolled Enrol(
        EnrolmentRecord token,
        BrokerInput.EnrolSaid said,
        string handler,
        byte[] publicKey,
        string? remoteAddress,
        Decision decision
    )
    {
        var key = Make(token, said, handler, publicKey, remoteAddress, decision);
        AllowCurveKey(key, said.Enrol.CurveKey, decision);
        return SignedAnswer(token, key, IsAllowed(said.Enrol, key));
    }

    /// <summary>
    /// Lets the CURVE key of an agent connect for as long as a key of its handler is valid. A key that is on the list
    /// already stays as it is: whoever allowed it has said for how long.
    /// </summary>
    private void AllowCurveKey(KeyRecord key, string? curveKey, Decision decision)
    {
        if (
            curveKey is null
            || access.Find(AccessKind.CurveKey, CurveKeyId.Of(curveKey)) is not null
            || access.CurveKeys >= Limits.CurveKeysMax
        )
        {
            return;
        }

        access.Replace(
            new CurveKeyRecord
            {
                PublicKey = curveKey,
                Name = key.Handler!,
                Account = key.AccountOrId,
                Namespace = key.Namespace,
                Handler = key.Handler,
                CreatedAt = decision.Now.Wall,
                CreatedBy = key.CreatedBy,
            },
            decision
        );
        audit.Append(
            new AuditNote
            {
                Actor = $"handler:{key.Handler}",
                Method = "enrolment-token",
                Action = "curve:allow",
                Object = $"curve:{CurveKeyId.Of(curveKey)}",
                Namespace = key.Namespace,
                Reason = $"{key.Handler}, {curveKey}",
            },
            null,
            decision
        );
    }

    private bool IsAllowed(Enrol enrol, KeyRecord key) =>
        enrol.CurveKey is { } curveKey
        && access.Find(AccessKind.CurveKey, CurveKeyId.Of(curveKey)) is CurveKeyRecord row
        && row.PublicKey == curveKey
        && (row.Account is null || row.Account == key.AccountOrId);

    /// <summary>The valid token whose secret the agent has proved to know; null for none.</summary>
    private EnrolmentRecord? FindProved(Enrol enrol, DateTimeOffset now) =>
        access.Find(AccessKind.Enrolment, enrol.TokenId) is EnrolmentRecord token
        && token.ExpiresAt > now
        && namespaces.IsOpen(token.Namespace)
        && (enrol.Handler is null || Names.IsName(enrol.Handler))
        && KeyProofs.IsProved(
            token.SecretHash,
            KeyProofs.TextOfEnrol(enrol.TokenId, enrol.Handler, enrol.PublicKey),
            enrol.TokenProof
        )
            ? token
            : null;

    // An agent that chooses its name must not choose that of another handler, whose jobs it would get.
    private bool IsTaken(string ns, string handler, DateTimeOffset now) =>
        keys.All.Any(key =>
            key.Kind == KeyKind.Handler && key.Namespace == ns && key.Handler == handler && key.IsValidAt(now)
        );

    private KeyRecord Make(
        EnrolmentRecord token,
        BrokerInput.EnrolSaid said,
        string handler,
        byte[] publicKey,
        string? remoteAddress,
        Decision decision
    )
    {
        var now = decision.Now.Wall;
        var key = new KeyRecord
        {
            Id = said.KeyId,
            SecretHash = [],
            Kind = KeyKind.Handler,
            Pair = new KeyPair
            {
                PublicKey = publicKey,
                BrokerId = said.BrokerId,
                TokenId = token.Id,
                EnrolledAt = now,
                Generation = said.Step,
                ConfirmedGeneration = said.Step,
            },
            Namespace = token.Namespace,
            Handler = handler,
            Methods = token.Methods,
            Groups = token.Groups,
            Addresses = token.Addresses,
            MaxCapacity = token.MaxCapacity,
            CreatedAt = now,
            CreatedBy = token.CreatedBy,
            ExpiresAt = token.KeyExpiresAt,
        };
        keys.Save(key, decision);
        NoteEnrolled(key, token, remoteAddress, decision);
        access.Replace(token with { UsedAt = now, KeyId = key.Id }, decision);
        var detail = $"key {key.Id}, with token {token.Id} of {token.CreatedBy}";
        decision.Effects.Add(
            new Effect.Publish(
                new Happened("handler.enrolled", key.Namespace, handler, now, Handler: handler, Detail: detail)
            )
        );
        return key;
    }

    private void NoteEnrolled(KeyRecord key, EnrolmentRecord token, string? address, Decision decision) =>
        audit.Append(
            new AuditNote
            {
                Actor = $"handler:{key.Handler}",
                Method = "enrolment-token",
                Action = EnrolAction,
                Object = $"key:{key.Id}",
                Namespace = key.Namespace,
                Address = address,
                Reason = $"enrolment {token.Id} of {token.CreatedBy}",
            },
            null,
            decision
        );

    private void NoteRefused(string tokenId, Refused refusal, string? address, Decision decision) =>
        audit.AppendRefusal(
            new AuditNote
            {
                Actor = AuditNote.Anonymous,
                Action = EnrolAction,
                Object = $"enrolment:{tokenId}",
                Outcome = AuditOutcomes.Denied,
                Reason = refusal.Code,
                Address = address,
            },
            decision
        );

    private Enrolled SignedAnswer(EnrolmentRecord token, KeyRecord key, bool isCurveAllowed)
    {
        var answer = new Enrolled
        {
            KeyId = key.Id,
            BrokerId = key.Pair!.BrokerId,
            Namespace = key.Namespace,
            Handler = key.Handler!,
            Generation = key.Pair.ConfirmedGeneration,
            Methods = key.Methods,
            Groups = key.Groups,
            CurveAllowed = isCurveAllowed,
            Proof = "",
        };
        return answer with
        {
            Proof = KeyProofs.Prove(token.SecretHash, KeyProofs.TextOfEnrolled(token.Id, key.Pair.PublicText, answer)),
            BrokerKey = brokerKey,
            BrokerKeyProof = brokerKey is null
                ? null
                : KeyProofs.Prove(
                    token.SecretHash,
                    SealProofs.TextOfBrokerKey(token.Id, key.Pair.PublicText, answer, brokerKey)
                ),
        };
    }

    private static Refused Refuse(string code, string detail) => new(code, detail);
}
