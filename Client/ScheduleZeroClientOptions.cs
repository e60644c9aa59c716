using ScheduleZero.Certificates;
using ScheduleZero.Contracts;

namespace ScheduleZero.Client;

/// <summary>The address of the Broker, the credential of the caller, and the limits of calls.</summary>
public sealed record ScheduleZeroClientOptions
{
    /// <summary>
    /// The Broker's address, such as <c>https://broker.example</c>; a path in front of <c>/api</c> is kept.
    /// </summary>
    public Uri Server { get; init; } = new("http://127.0.0.1:8888");

    /// <summary>
    /// A service account's key. Without this or <see cref="AccessToken"/> only health and sign-in answer.
    /// </summary>
    public string? ApiKey { get; init; }

    /// <summary>
    /// The access token of a user session, in place of a key. A token is valid for minutes: make another client with
    /// the next token.
    /// </summary>
    public string? AccessToken { get; init; }

    /// <summary>
    /// A PEM file of authorities that a server's certificate must come from, in place of the machine's own. Null: those
    /// of the machine. This file and those below are read when a client is made, and count for nothing when the client
    /// is given a handler of its own.
    /// </summary>
    public string? CertificateAuthorityFile { get; init; }

    /// <summary>
    /// The client's own certificate, for servers that ask for one (mutual TLS): PEM with the intermediates after it, or
    /// PKCS#12 by the names <c>.pfx</c> and <c>.p12</c>. Null for none.
    /// </summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>
    /// The key of <see cref="ClientCertificateFile"/> as PEM; only its owner may read the file. Null when the
    /// certificate's file holds the key.
    /// </summary>
    public string? ClientKeyFile { get; init; }

    /// <summary>
    /// A file with the password of the key; only its owner may read the file. Null for a key without one.
    /// </summary>
    public string? ClientPasswordFile { get; init; }

    /// <summary>The namespace that the calls of the sub-clients act in.</summary>
    public string Namespace { get; init; } = Names.DefaultNamespace;

    /// <summary>
    /// How long a call may take before it counts as unanswered; streams, and the wait that a caller asks for, come on
    /// top. More than 0 s.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>The pause before a stream that was cut is opened again. More than 0 s.</summary>
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether calls of <c>Jobs.EnqueueAsync</c> that come while two requests are under way share the next one. Each
    /// call has its own answer, as if it had been alone. Null: yes, unless the client is given a handler of its own,
    /// which may send something of each caller along.
    /// </summary>
    public bool? GathersJobs { get; init; }

    internal ClientTlsFiles TlsFiles =>
        new(CertificateAuthorityFile, ClientCertificateFile, ClientKeyFile, ClientPasswordFile);

    internal void RequireValid()
    {
        ArgumentNullException.ThrowIfNull(Server);
        if (!Server.IsAbsoluteUri || Server.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException(
                $"The server's address must begin with http:// or https://; it is '{Server}'.",
                nameof(Server)
            );
        }

        if (!Names.IsNamespace(Namespace))
        {
            throw new ArgumentException(
                $"'{Namespace}' is no namespace: lower-case letters, digits and dashes, beginning with a "
                    + "letter, 63 at most.",
                nameof(Namespace)
            );
        }

        if (ApiKey is not null && !Contracts.ApiKey.TryParse(ApiKey, out _))
        {
            // The message never holds the text: half a key in a log is a key half guessed.
            throw new ArgumentException(
                "The API key is not of the form szk_<12 hex>_<43 characters>; was it cut?",
                nameof(ApiKey)
            );
        }

        if (ApiKey is not null && AccessToken is not null)
        {
            throw new ArgumentException("Give an API key or an access token, not both.", nameof(AccessToken));
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ReconnectDelay, TimeSpan.Zero);
    }
}
