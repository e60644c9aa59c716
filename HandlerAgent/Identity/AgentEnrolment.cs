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

/// <summary>Makes an agent's own key, whose secret half never leaves the machine, and has the Broker take it for a token.</summary>
public static class AgentEnrolment
{
    private const int TriesMax = 3;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Enrols, and writes the identity to a file that only its owner may read.</summary>
    /// <param name="address">As for <see cref="HandlerAgentOptions.Bridges"/>.</param>
    /// <param name="token">What an admin made, <c>sze_…</c>.</param>
    /// <param name="handler">The name that the handler shall have; the token's when null.</param>
    /// <param name="fileOf">Where the identity of a handler of this name shall lie. Its folder is made if need be; what lies there is replaced.</param>
    /// <param name="certificateAuthorityFile">As <see cref="HandlerAgentOptions.CertificateAuthorityFile"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IdentityException">The Broker refused, was not reached, or is not the one that made the token; or the file cannot be written.</exception>
    public static async Task<EnrolledAgent> EnrolAsync(
        Uri address, string token, string? handler, Func<string, string> fileOf, string? certificateAuthorityFile = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(fileOf);
        if (!EnrolmentToken.TryParse(token, out var parsed))
        {
            throw new IdentityException("This is no enrolment token of the form sze_<12 hex>_<43 characters>; was it cut?");
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var publicKey = KeyProofs.Encode(key.ExportSubjectPublicKeyInfo());
        var text = KeyProofs.TextOfEnrol(parsed.Id, handler, publicKey);
        var enrol = new Enrol(parsed.Id, publicKey, KeyProofs.Prove(parsed.SecretHash(), text), KeyProofs.Sign(key, text), handler);
        var enrolled = await AskAsync(address, enrol, certificateAuthorityFile, cancellationToken);
        if (!KeyProofs.IsProved(parsed.SecretHash(), KeyProofs.TextOfEnrolled(parsed.Id, publicKey, enrolled), enrolled.Proof))
        {
            throw new IdentityException("The answer is not from the Broker that made the token.");
        }

        var file = Path.GetFullPath(fileOf(enrolled.Handler));
        Keep(key, enrolled, file);
        return new EnrolledAgent(enrolled.KeyId, enrolled.Namespace, enrolled.Handler, file);
    }

    private static async Task<Enrolled> AskAsync(Uri address, Enrol enrol, string? certificateAuthorityFile, CancellationToken cancellationToken)
    {
        var carriers = new Carriers(
            new HandlerAgentOptions { CertificateAuthorityFile = certificateAuthorityFile, ConnectTimeout = AnswerTimeout }, TimeProvider.System, NullLogger.Instance);
        for (var attempt = 1; ; attempt++)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(AnswerTimeout);
            try
            {
                await using var connection = await carriers.ConnectAsync(address, new Inbox(), timeout.Token);
                return await connection.AskAsync<Enrolled>(MessageKind.Enrol, MessageKind.Enrolled, ProtocolJson.Write(enrol), timeout.Token);
            }
            catch (RefusedException e)
            {
                throw new IdentityException(e.Message);
            }
            catch (CarrierException) when (attempt < TriesMax)
            {
                // The same question again: if only the answer was lost, it comes again.
            }
            catch (CarrierException e)
            {
                throw new IdentityException($"{address} was not reached: {e.Message}");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new IdentityException($"{address} did not answer within {AnswerTimeout.TotalSeconds:0} s.");
            }
        }
    }

    private static void Keep(ECDsa key, Enrolled enrolled, string file)
    {
        try
        {
            var folder = Path.GetDirectoryName(file)!;
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdentityException($"The identity file's folder cannot be made: {e.Message}");
        }

        var identity = new IdentityFile
        {
            KeyId = enrolled.KeyId,
            BrokerId = enrolled.BrokerId,
            Namespace = enrolled.Namespace,
            Handler = enrolled.Handler,
            Generation = enrolled.Generation,
            PrivateKey = key.ExportPkcs8PrivateKey(),
        };
        identity.Write(file);
    }
}
