using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ScheduleZero.Acme.Wire;

/// <summary>Signed requests of one account to one CA, one after the other.</summary>
internal sealed class AcmeSession(AcmeHttp http, AccountKey key, AcmeDirectory directory)
{
    /// <summary>How often one request is sent again because the CA did not like its nonce. A busy CA of many machines
    /// refuses several in a row; one that refuses all must not hold us for ever.</summary>
    private const int NonceTriesMax = 10;

    /// <summary>The nonce of the last answer; null when it was used or there was none.</summary>
    private string? _nonce;

    public AcmeDirectory Directory => directory;

    public AccountKey Key => key;

    /// <summary>The account's address; null until the account has been found or created.</summary>
    public Uri? Account { get; set; }

    /// <exception cref="AcmeException">The directory cannot be read.</exception>
    public static async Task<AcmeDirectory> FetchDirectoryAsync(
        AcmeHttp http,
        Uri url,
        CancellationToken cancellationToken
    )
    {
        var answer = await http.SendAsync(HttpMethod.Get, url, null, cancellationToken);
        return answer.Status == 200
            ? answer.TryRead(AcmeJson.Default.AcmeDirectory)
                ?? throw new AcmeException($"{url} is no ACME directory: check the address.")
            : throw Problem.ExceptionOf(answer);
    }

    /// <summary>Sends a signed request with a body.</summary>
    /// <exception cref="AcmeException">The CA refused it, or cannot be reached.</exception>
    public Task<AcmeAnswer> PostAsync<T>(
        Uri url,
        T request,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    ) => PostAsync(url, JsonSerializer.SerializeToUtf8Bytes(request, type), cancellationToken);

    /// <summary>Reads a resource by a signed request without a body (RFC 8555, 6.3: POST-as-GET).</summary>
    /// <exception cref="AcmeException">The CA refused it, or cannot be reached.</exception>
    public Task<AcmeAnswer> ReadAsync(Uri url, CancellationToken cancellationToken) =>
        PostAsync(url, [], cancellationToken);

    /// <summary>Sends a signed request whose body is JSON already.</summary>
    /// <exception cref="AcmeException">The CA refused it, or cannot be reached.</exception>
    public async Task<AcmeAnswer> PostAsync(Uri url, byte[] payload, CancellationToken cancellationToken)
    {
        AcmeHttp.RequireHttps(url);
        for (var tries = 1; ; tries++)
        {
            var nonce = _nonce ?? await FetchNonceAsync(cancellationToken);
            // Used up also when no answer comes: whether the CA saw it is not known.
            _nonce = null;
            var jws = Jws.Sign(key, Account, nonce, url, payload);
            var answer = await http.SendAsync(HttpMethod.Post, url, jws, cancellationToken);
            _nonce = answer.Nonce;
            if (answer.Status < 400)
            {
                return answer;
            }

            var refusal = Problem.ExceptionOf(answer);
            if (refusal.ProblemType != Problem.BadNonce || tries == NonceTriesMax)
            {
                throw refusal;
            }
        }
    }

    private async Task<string> FetchNonceAsync(CancellationToken cancellationToken)
    {
        var answer = await http.SendAsync(HttpMethod.Head, directory.NewNonce, null, cancellationToken);
        if (answer.Status >= 400)
        {
            throw Problem.ExceptionOf(answer);
        }

        return answer.Nonce ?? throw new AcmeException($"{directory.NewNonce} gives no nonce.");
    }
}
