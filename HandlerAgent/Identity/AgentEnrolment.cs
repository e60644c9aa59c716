using System.Security.Cryptography;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Identity;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.HandlerAgent;

/// <summary>
/// Makes a key of the agent's own, whose secret half never leaves the machine, and has the Broker take the key in
/// exchange for a token.
/// </summary>
public static class AgentEnrolment
{
    private const int TriesMax = 3;

    /// <summary>Enrols, and writes the identity to a file that only its owner may read.</summary>
    /// <param name="address">
    /// The address of a Bridge or of the Broker's ROUTER, in the form of <see cref="HandlerAgentOptions.Bridges"/>.
    /// </param>
    /// <param name="token">The enrolment token that an admin made, <c>sze_…</c>; good for minutes, and once.</param>
    /// <param name="handler">The name that the handler shall have; null for the one that the token names.</param>
    /// <param name="place">
    /// Where the identity file shall lie. The folder is written to before the token is used: a place that cannot be
    /// written costs no token. An identity that lies there already is kept beside the new one, with <c>.old</c> behind
    /// its name.
    /// </param>
    /// <param name="dial">Whom to trust, and what to show; null for the machine's authorities and no CURVE.</param>
    /// <param name="cancellationToken">
    /// Gives up. The same token may be tried again afterwards, and enrols the same key.
    /// </param>
    /// <returns>What the agent became, and where its identity lies.</returns>
    /// <exception cref="IdentityException">
    /// The Broker refused, was not reached, or is not the one that made the token; or the file cannot be written.
    /// </exception>
    public static async Task<EnrolledAgent> EnrolAsync(
        Uri address,
        string token,
        string? handler,
        IdentityPlace place,
        AgentDialOptions? dial = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(place);
        if (!EnrolmentToken.TryParse(token, out var parsed))
        {
            throw new IdentityException(
                "This is no enrolment token of the form sze_<12 hex>_<43 characters>; was it cut?"
            );
        }

        var carriers = IdentityDial.Open(address, dial ?? new AgentDialOptions());
        using var pending = PendingEnrolment.Begin(Path.GetFullPath(place.Folder), parsed.Id);
        var publicKey = KeyProofs.Encode(pending.Key.ExportSubjectPublicKeyInfo());
        var enrol = Asking(parsed, pending.Key, publicKey, handler, CurveKeyOf(dial));
        var enrolled = await AskAsync(carriers, address, enrol, pending, cancellationToken);
        if (!IsProved(enrolled, parsed, publicKey))
        {
            throw new IdentityException("The answer is not from the Broker that made the token.");
        }

        var file = place.FileOf(enrolled.Handler);
        Save(pending.Key, enrolled, file);
        pending.Forget();
        return new EnrolledAgent
        {
            KeyId = enrolled.KeyId,
            Namespace = enrolled.Namespace,
            Handler = enrolled.Handler,
            IdentityFile = file,
            CurveAllowed = enrolled.CurveAllowed,
            CanSeal = enrolled.BrokerKey is not null,
        };
    }

    /// <summary>Whether the answer, and the Broker's key in it, are from whoever knows the token.</summary>
    private static bool IsProved(Enrolled enrolled, EnrolmentToken token, string publicKey) =>
        KeyProofs.IsProved(token.SecretHash(), KeyProofs.TextOfEnrolled(token.Id, publicKey, enrolled), enrolled.Proof)
        && (
            enrolled.BrokerKey is not { } brokerKey
            || (
                CheckpointKeys.IsKey(brokerKey)
                && KeyProofs.IsProved(
                    token.SecretHash(),
                    SealProofs.TextOfBrokerKey(token.Id, publicKey, enrolled, brokerKey),
                    enrolled.BrokerKeyProof
                )
            )
        );

    private static Enrol Asking(EnrolmentToken token, ECDsa key, string publicKey, string? handler, string? curveKey)
    {
        var text = KeyProofs.TextOfEnrol(token.Id, handler, publicKey);
        return new Enrol(
            token.Id,
            publicKey,
            KeyProofs.Prove(token.SecretHash(), text),
            KeyProofs.Sign(key, text),
            handler,
            curveKey,
            curveKey is null
                ? null
                : KeyProofs.Prove(token.SecretHash(), KeyProofs.TextOfCurveKey(token.Id, publicKey, curveKey))
        );
    }

    /// <summary>The public half of the agent's own CURVE key, which is enrolled too; null for none.</summary>
    private static string? CurveKeyOf(AgentDialOptions? dial)
    {
        try
        {
            return dial?.CurveKeyFile is { } file ? CurveKeyFile.ReadPair(file).Public.Text : null;
        }
        catch (IOException e)
        {
            throw new IdentityException(e.Message);
        }
    }

    private static async Task<Enrolled> AskAsync(
        Carriers carriers,
        Uri address,
        Enrol enrol,
        PendingEnrolment pending,
        CancellationToken cancellationToken
    )
    {
        var wasAsked = false;
        for (var attempt = 1; ; attempt++)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(IdentityDial.AnswerTimeout);
            try
            {
                await using var connection = await carriers.ConnectAsync(address, new Inbox(), timeout.Token);
                wasAsked = true;
                return await connection.AskAsync(enrol, timeout.Token);
            }
            catch (RefusedException e)
            {
                pending.Forget();
                throw new IdentityException(e.Message);
            }
            catch (CarrierException) when (attempt < TriesMax)
            {
                // The same question is asked again: if only the answer was lost, it comes again.
            }
            catch (CarrierException e)
            {
                throw NoAnswer($"{address} was not reached: {e.Message}", wasAsked, pending);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw NoAnswer(
                    $"{address} did not answer within {IdentityDial.AnswerTimeout.TotalSeconds:0} s.",
                    wasAsked,
                    pending
                );
            }
        }
    }

    // Once it was asked, the Broker may have taken the key although its answer was lost; then only the same key is of
    // use.
    private static IdentityException NoAnswer(string what, bool wasAsked, PendingEnrolment pending)
    {
        if (wasAsked)
        {
            return new IdentityException(
                $"{what} Try again with the same token: it is still good for the key that was made here."
            );
        }

        pending.Forget();
        return new IdentityException($"{what} The token was not used.");
    }

    private static void Save(ECDsa key, Enrolled enrolled, string file)
    {
        var identity = new IdentityFile
        {
            KeyId = enrolled.KeyId,
            BrokerId = enrolled.BrokerId,
            Namespace = enrolled.Namespace,
            Handler = enrolled.Handler,
            Generation = enrolled.Generation,
            PrivateKey = key.ExportPkcs8PrivateKey(),
            BrokerKey = enrolled.BrokerKey,
        };
        try
        {
            // An identity that is locked or lost is replaced by enrolling again; nothing else could bring it back.
            if (File.Exists(file))
            {
                File.Move(file, $"{file}.old", overwrite: true);
            }

            identity.Write(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or IdentityException)
        {
            throw new IdentityException(
                $"Key {enrolled.KeyId} is enrolled, but {file} cannot be written: {e.Message} "
                    + "Mend that, and try again with the same token."
            );
        }
    }
}
