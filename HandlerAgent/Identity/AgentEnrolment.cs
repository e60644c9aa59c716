using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Identity;

namespace ScheduleZero.HandlerAgent;

/// <summary>What an agent became.</summary>
/// <param name="IdentityFile">For <see cref="HandlerAgentOptions.IdentityFile"/>.</param>
public sealed record EnrolledAgent(string KeyId, string Namespace, string Handler, string IdentityFile);

/// <summary>Where an agent keeps its identity.</summary>
/// <param name="Folder">It is made if need be.</param>
/// <param name="FileName">Named after the handler, <c>HANDLER.json</c>, when null.</param>
public sealed record IdentityPlace(string Folder, string? FileName = null)
{
    /// <summary>The whole path of the identity of a handler of this name.</summary>
    public string FileOf(string handler) => Path.GetFullPath(Path.Combine(Folder, FileName ?? $"{handler}.json"));
}

/// <summary>
/// Makes an agent's own key, whose secret half never leaves the machine, and has the Broker take it for a token.
/// </summary>
public static class AgentEnrolment
{
    private const int TriesMax = 3;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Enrols, and writes the identity to a file that only its owner may read.</summary>
    /// <param name="address">As for <see cref="HandlerAgentOptions.Bridges"/>.</param>
    /// <param name="token">What an admin made, <c>sze_…</c>.</param>
    /// <param name="handler">The name that the handler shall have; the token's when null.</param>
    /// <param name="place"> Where the identity shall lie. It is written to before the token is used: a place that
    /// cannot be written costs no token. An identity that lies there is kept beside it, with <c>.old</c> behind its
    /// name.
    /// </param>
    /// <param name="certificateAuthorityFile">As <see cref="HandlerAgentOptions.CertificateAuthorityFile"/>.</param>
    /// <param name="cancellationToken">Gives up. The same token may be tried again: it enrols the same key.</param>
    /// <exception cref="IdentityException">The Broker refused, was not reached, or is not the one that made the token;
    /// or the file cannot be written.</exception>
    public static async Task<EnrolledAgent> EnrolAsync(
        Uri address,
        string token,
        string? handler,
        IdentityPlace place,
        string? certificateAuthorityFile = null,
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

        using var pending = PendingEnrolment.Begin(Path.GetFullPath(place.Folder), parsed.Id);
        var publicKey = KeyProofs.Encode(pending.Key.ExportSubjectPublicKeyInfo());
        var text = KeyProofs.TextOfEnrol(parsed.Id, handler, publicKey);
        var proof = KeyProofs.Prove(parsed.SecretHash(), text);
        var enrol = new Enrol(parsed.Id, publicKey, proof, KeyProofs.Sign(pending.Key, text), handler);
        var enrolled = await AskAsync(address, enrol, pending, certificateAuthorityFile, cancellationToken);
        if (
            !KeyProofs.IsProved(
                parsed.SecretHash(),
                KeyProofs.TextOfEnrolled(parsed.Id, publicKey, enrolled),
                enrolled.Proof
            )
        )
        {
            throw new IdentityException("The answer is not from the Broker that made the token.");
        }

        var file = place.FileOf(enrolled.Handler);
        Keep(pending.Key, enrolled, file);
        pending.Forget();
        return new EnrolledAgent(enrolled.KeyId, enrolled.Namespace, enrolled.Handler, file);
    }

    private static async Task<Enrolled> AskAsync(
        Uri address,
        Enrol enrol,
        PendingEnrolment pending,
        string? certificateAuthorityFile,
        CancellationToken cancellationToken
    )
    {
        var carriers = new Carriers(
            new HandlerAgentOptions
            {
                CertificateAuthorityFile = certificateAuthorityFile,
                ConnectTimeout = AnswerTimeout,
            },
            TimeProvider.System,
            NullLogger.Instance
        );
        var wasAsked = false;
        for (var attempt = 1; ; attempt++)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(AnswerTimeout);
            try
            {
                await using var connection = await carriers.ConnectAsync(address, new Inbox(), timeout.Token);
                wasAsked = true;
                return await connection.AskAsync<Enrolled>(
                    MessageKind.Enrol,
                    MessageKind.Enrolled,
                    ProtocolJson.Write(enrol),
                    timeout.Token
                );
            }
            catch (RefusedException e)
            {
                pending.Forget();
                throw new IdentityException(e.Message);
            }
            catch (CarrierException) when (attempt < TriesMax)
            {
                // The same question again: if only the answer was lost, it comes again.
            }
            catch (CarrierException e)
            {
                throw NoAnswer($"{address} was not reached: {e.Message}", wasAsked, pending);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw NoAnswer($"{address} did not answer within {AnswerTimeout.TotalSeconds:0} s.", wasAsked, pending);
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

    private static void Keep(ECDsa key, Enrolled enrolled, string file)
    {
        var identity = new IdentityFile
        {
            KeyId = enrolled.KeyId,
            BrokerId = enrolled.BrokerId,
            Namespace = enrolled.Namespace,
            Handler = enrolled.Handler,
            Generation = enrolled.Generation,
            PrivateKey = key.ExportPkcs8PrivateKey(),
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
