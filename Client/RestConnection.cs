using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Requests and answers as JSON, failures as <see cref="ScheduleZeroException"/>.</summary>
internal sealed partial class RestConnection(HttpClient http, ScheduleZeroClientOptions options)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

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

    /// <summary>Posts without a body.</summary>
    public Task<T> PostAsync<T>(string path, JsonTypeInfo<T> answer, CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Post, path), answer, TimeSpan.Zero, cancellationToken);

    /// <param name="wait">How much longer than usual the answer may take.</param>
    public Task<T> PostAsync<TBody, T>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<T> answer,
        TimeSpan wait,
        CancellationToken cancellationToken
    ) =>
        AskAsync(
            new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonBody(body, bodyType) },
            answer,
            wait,
            cancellationToken
        );

    public Task<T> PutAsync<TBody, T>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<T> answer,
        string? ifMatch,
        CancellationToken cancellationToken
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonBody(body, bodyType) };
        AddIfMatch(request, ifMatch);
        return AskAsync(request, answer, TimeSpan.Zero, cancellationToken);
    }

    public Task<T> PatchAsync<TBody, T>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<T> answer,
        CancellationToken cancellationToken
    ) =>
        AskAsync(
            new HttpRequestMessage(HttpMethod.Patch, path) { Content = JsonBody(body, bodyType) },
            answer,
            TimeSpan.Zero,
            cancellationToken
        );

    public Task<T> DeleteAsync<T>(string path, JsonTypeInfo<T> answer, CancellationToken cancellationToken) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Delete, path), answer, TimeSpan.Zero, cancellationToken);

    /// <summary>Posts, and does not read the answer's body.</summary>
    public async Task TellAsync<TBody>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonBody(body, bodyType) };
        using var response = await SendAsync(
            request,
            HttpCompletionOption.ResponseContentRead,
            options.Timeout,
            cancellationToken
        );
    }

    /// <summary>Sends without a body and does not read the answer's.</summary>
    public async Task TellAsync(HttpMethod method, string path, string? ifMatch, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        AddIfMatch(request, ifMatch);
        using var response = await SendAsync(
            request,
            HttpCompletionOption.ResponseContentRead,
            options.Timeout,
            cancellationToken
        );
    }

    /// <summary>The status, whatever it is.</summary>
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

    /// <summary>The body as it arrives; the caller disposes of it.</summary>
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

    private static void AddIfMatch(HttpRequestMessage request, string? ifMatch)
    {
        if (ifMatch is not null)
        {
            request.Headers.IfMatch.Add(new EntityTagHeaderValue(ifMatch));
        }
    }

    // Bytes, not a stream: the length is then known, and the request travels in one piece.
    private static ByteArrayContent JsonBody<T>(T body, JsonTypeInfo<T> type) =>
        new(JsonSerializer.SerializeToUtf8Bytes(body, type)) { Headers = { ContentType = Json } };

    private async Task<T> AskAsync<T>(
        HttpRequestMessage request,
        JsonTypeInfo<T> answer,
        TimeSpan wait,
        CancellationToken cancellationToken
    )
    {
        using (request)
        {
            // Read to its end within the time limit, so that a body that stalls does not hang the caller.
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
                throw new ScheduleZeroException(
                    ErrorCodes.Invalid,
                    $"{Place(request)} answered something that is not ScheduleZero's ({e.Message}) Is the "
                        + "address right?",
                    e
                );
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
            throw new ScheduleZeroException(
                ErrorCodes.Unavailable,
                $"{Place(request)} did not answer within {timeout.TotalSeconds:0} s. Whether it acted is not known.",
                e
            );
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
                // Someone else's JSON, or a body cut short: the status still says most of it.
            }
        }

        return ScheduleZeroException.FromStatus(response.StatusCode, response.RequestMessage?.RequestUri, wait);
    }

    private ScheduleZeroException NoAnswer(Exception e) =>
        new(
            ErrorCodes.Unavailable,
            $"The Broker at {options.Server.GetLeftPart(UriPartial.Authority)} cannot be reached: "
                + $"{(e.InnerException?.Message ?? e.Message).TrimEnd('.')}. Is it running, and is the address "
                + "right?",
            e
        );

    private string Place(HttpRequestMessage request) =>
        new Uri(http.BaseAddress!, request.RequestUri!).GetLeftPart(UriPartial.Path);
}
