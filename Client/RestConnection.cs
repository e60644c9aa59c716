using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Certificates;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>
/// Sends requests and reads answers as JSON. A refusal, or a Broker that cannot be reached, becomes a
/// <see cref="ScheduleZeroException"/>.
/// </summary>
internal sealed partial class RestConnection(HttpClient http, ScheduleZeroClientOptions options)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <summary>How long a call may take before it counts as unanswered.</summary>
    public TimeSpan Timeout => options.Timeout;

    public string InNamespace(string path) => $"api/namespaces/{options.Namespace}/{path}";

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> answer, CancellationToken cancellationToken) =>
        GetAsync(path, answer, TimeSpan.Zero, cancellationToken);

    /// <param name="wait">How much longer than usual the answer may take.</param>
    public Task<T> GetAsync<T>(
        string path,
        JsonTypeInfo<T> answer,
        TimeSpan wait,
        CancellationToken cancellationToken
    ) => AskAsync(new HttpRequestMessage(HttpMethod.Get, path), answer, wait, cancellationToken);

    /// <summary>Reads one page of a list.</summary>
    /// <param name="limit">Rows on the page at most; null for the Broker's default.</param>
    /// <param name="cursor">The cursor that came with the page before; null for the first page.</param>
    public Task<Page<T>> ListAsync<T>(
        string path,
        int? limit,
        string? cursor,
        JsonTypeInfo<Page<T>> answer,
        CancellationToken cancellationToken
    ) =>
        GetAsync(new QueryString(path).Add("limit", limit).Add("cursor", cursor).ToString(), answer, cancellationToken);

    /// <summary>Posts without a body.</summary>
    public Task<T> PostAsync<T>(string path, JsonTypeInfo<T> answer, CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Post, path), answer, TimeSpan.Zero, cancellationToken);

    public Task<T> PostAsync<TBody, T>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<T> answer,
        CancellationToken cancellationToken
    ) => PostAsync(path, body, bodyType, answer, TimeSpan.Zero, cancellationToken);

    /// <param name="wait">How much longer than usual the answer may take.</param>
    public Task<T> PostAsync<TBody, T>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<T> answer,
        TimeSpan wait,
        CancellationToken cancellationToken
    ) => AskAsync(WithBody(HttpMethod.Post, path, body, bodyType), answer, wait, cancellationToken);

    /// <summary>Posts a body that is JSON already.</summary>
    public Task<T> PostAsync<T>(
        string path,
        ReadOnlyMemory<byte> body,
        JsonTypeInfo<T> answer,
        CancellationToken cancellationToken
    ) => AskAsync(WithBody(HttpMethod.Post, path, body), answer, TimeSpan.Zero, cancellationToken);

    /// <param name="ifVersion">The only version of the object that may be replaced; null for any.</param>
    public Task<T> PutAsync<TBody, T>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<T> answer,
        long? ifVersion,
        CancellationToken cancellationToken
    )
    {
        var request = WithBody(HttpMethod.Put, path, body, bodyType);
        AddIfMatch(request, ifVersion);
        return AskAsync(request, answer, TimeSpan.Zero, cancellationToken);
    }

    /// <summary>
    /// Puts an object that must not be there yet; one that is there is <c>conflict</c> with status 412.
    /// </summary>
    public Task<T> PutNewAsync<TBody, T>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<T> answer,
        CancellationToken cancellationToken
    )
    {
        var request = WithBody(HttpMethod.Put, path, body, bodyType);
        request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        return AskAsync(request, answer, TimeSpan.Zero, cancellationToken);
    }

    public Task<T> PatchAsync<TBody, T>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<T> answer,
        CancellationToken cancellationToken
    ) => PatchAsync(path, body, bodyType, answer, ifVersion: null, cancellationToken);

    /// <param name="ifVersion">The only version of the object that may be changed; null for any.</param>
    public Task<T> PatchAsync<TBody, T>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<T> answer,
        long? ifVersion,
        CancellationToken cancellationToken
    )
    {
        var request = WithBody(HttpMethod.Patch, path, body, bodyType);
        AddIfMatch(request, ifVersion);
        return AskAsync(request, answer, TimeSpan.Zero, cancellationToken);
    }

    /// <summary>Deletes, and reads the body of the answer.</summary>
    public Task<T> DeleteAsync<T>(string path, JsonTypeInfo<T> answer, CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Delete, path), answer, TimeSpan.Zero, cancellationToken);

    /// <summary>Deletes, and does not read the body of the answer.</summary>
    /// <param name="ifVersion">The only version of the object that may be deleted; null for any.</param>
    public Task DeleteAsync(string path, long? ifVersion, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Delete, path);
        AddIfMatch(request, ifVersion);
        return TellAsync(request, cancellationToken);
    }

    public Task DeleteAsync(string path, CancellationToken cancellationToken) =>
        DeleteAsync(path, ifVersion: null, cancellationToken);

    /// <summary>Posts without a body, and does not read the body of the answer.</summary>
    public Task TellAsync(string path, CancellationToken cancellationToken) =>
        TellAsync(new HttpRequestMessage(HttpMethod.Post, path), cancellationToken);

    /// <summary>Posts, and does not read the body of the answer.</summary>
    public Task TellAsync<TBody>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        CancellationToken cancellationToken
    ) => TellAsync(WithBody(HttpMethod.Post, path, body, bodyType), cancellationToken);

    /// <summary>Asks, and returns the status of the answer, whatever it is.</summary>
    public async Task<HttpStatusCode> ProbeAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await TransmitAsync(
            request,
            HttpCompletionOption.ResponseContentRead,
            options.Timeout,
            cancellationToken
        );
        return response.StatusCode;
    }

    /// <summary>Asks, and returns the body of the answer as it arrives. The caller disposes of the stream.</summary>
    public async Task<Stream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        var response = await SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            options.Timeout,
            cancellationToken
        );
        // Disposing of the stream gives the connection back; the response itself holds nothing else.
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    /// <summary>The exception for an answer that no Broker gives.</summary>
    public ScheduleZeroException NotOurs(string path, string reason) =>
        NotOurs(new Uri(path, UriKind.Relative), new JsonException(reason));

    /// <summary>The exception for a call that was not answered in time.</summary>
    public ScheduleZeroException Unanswered(string path, TimeoutException e) =>
        Unanswered(new Uri(path, UriKind.Relative), Timeout, e);

    private static void AddIfMatch(HttpRequestMessage request, long? version)
    {
        if (version is { } number)
        {
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{number}\""));
        }
    }

    private static HttpRequestMessage WithBody<T>(HttpMethod method, string path, T body, JsonTypeInfo<T> type) =>
        WithBody(method, path, JsonSerializer.SerializeToUtf8Bytes(body, type));

    private static HttpRequestMessage WithBody(HttpMethod method, string path, ReadOnlyMemory<byte> json) =>
        new(method, path)
        {
            // Bytes, not a stream: the length is then known, and the request travels in one piece.
            Content = new ReadOnlyMemoryContent(json) { Headers = { ContentType = Json } },
        };

    private async Task TellAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            using var response = await SendAsync(
                request,
                HttpCompletionOption.ResponseContentRead,
                options.Timeout,
                cancellationToken
            );
        }
    }

    private async Task<T> AskAsync<T>(
        HttpRequestMessage request,
        JsonTypeInfo<T> answer,
        TimeSpan wait,
        CancellationToken cancellationToken
    )
    {
        using (request)
        {
            // The body is read to its end within the time limit, so that a body that stalls does not hang the caller.
            using var response = await SendAsync(
                request,
                HttpCompletionOption.ResponseContentRead,
                options.Timeout + wait,
                cancellationToken
            );
            try
            {
                return await response.Content.ReadFromJsonAsync(answer, cancellationToken)
                    ?? throw new JsonException("The answer is null.");
            }
            catch (JsonException e)
            {
                throw NotOurs(request.RequestUri!, e);
            }
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        HttpCompletionOption completion,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        var response = await TransmitAsync(request, completion, timeout, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await ReadFailureAsync(response, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> TransmitAsync(
        HttpRequestMessage request,
        HttpCompletionOption completion,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            return await http.SendAsync(request, completion, limit.Token);
        }
        catch (HttpRequestException e)
        {
            throw NoAnswer(e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unanswered(request.RequestUri!, timeout, e);
        }
    }

    private static async Task<ScheduleZeroException> ReadFailureAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        var wait = response.Headers.RetryAfter?.Delta;
        if (response.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json")
        {
            try
            {
                if (
                    await response.Content.ReadFromJsonAsync(RestJson.Default.Problem, cancellationToken) is { } problem
                )
                {
                    return ScheduleZeroException.FromProblem(
                        response.StatusCode,
                        problem,
                        wait,
                        response.Headers.WwwAuthenticate.Count > 0
                    );
                }
            }
            catch (Exception e) when (e is JsonException or HttpRequestException or IOException)
            {
                // The body is another program's JSON, or was cut short. The status still says what matters most.
            }
        }

        return ScheduleZeroException.FromStatus(response.StatusCode, response.RequestMessage?.RequestUri, wait);
    }

    private ScheduleZeroException NoAnswer(Exception e)
    {
        var authority = options.Server.GetLeftPart(UriPartial.Authority);
        var reason = (e.InnerException?.Message ?? e.Message).TrimEnd('.');
        var told = TlsFailure.Explain(e, options.Server, options.ClientCertificateFile);
        return new ScheduleZeroException(
            ErrorCodes.Unavailable,
            CertificateRefusedException.Within(e) is not null
                ? $"{authority} is not trusted, and was told nothing. {told}"
                : $"The Broker at {authority} cannot be reached: {reason}. "
                    + (told ?? "Is it running, and is the address right?"),
            e
        );
    }

    private ScheduleZeroException NotOurs(Uri address, Exception e) =>
        new(
            ErrorCodes.Invalid,
            $"{Place(address)} answered something that is not ScheduleZero's ({e.Message}) Is the address right?",
            e
        );

    private ScheduleZeroException Unanswered(Uri address, TimeSpan timeout, Exception e) =>
        new(
            ErrorCodes.Unavailable,
            $"{Place(address)} did not answer within {timeout.TotalSeconds:0} s. Whether it acted is not known.",
            e
        );

    private string Place(Uri address) => new Uri(http.BaseAddress!, address).GetLeftPart(UriPartial.Path);
}
