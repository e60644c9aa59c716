using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ScheduleZero.Dashboard.InProcess;

/// <summary>One request to REST in this process, with its answer.</summary>
internal sealed class Exchange : IHttpRequestLifetimeFeature, IHttpRequestBodyDetectionFeature, IDisposable
{
    private readonly TaskCompletionSource<HttpResponseMessage> _response = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly CancellationTokenSource _aborted = new();
    private readonly HttpRequestMessage _request;
    private readonly ResponseParts _parts = new();
    private readonly ResponseBody _body;
    private readonly StreamResponseBodyFeature _bodyFeature;

    /// <summary>Whether the answer may not be whole. Written by whoever cuts the exchange.</summary>
    private volatile bool _isCut;

    /// <param name="body">The body of the request; null for none.</param>
    public Exchange(HttpRequestMessage request, byte[]? body, IPageCaller caller)
    {
        _request = request;
        _body = new ResponseBody(StartAsync);
        _bodyFeature = new StreamResponseBodyFeature(_body.Writing);
        CanHaveBody = body is { Length: > 0 };
        RequestAborted = _aborted.Token;
        var requestBody = new RequestBody(body ?? []);
        Features.Set<IHttpRequestFeature>(MakeRequest(request, requestBody, caller));
        Features.Set<IHttpMaxRequestBodySizeFeature>(requestBody);
        Features.Set<IHttpResponseFeature>(_parts);
        Features.Set<IHttpResponseBodyFeature>(_bodyFeature);
        Features.Set<IHttpRequestLifetimeFeature>(this);
        Features.Set<IHttpRequestBodyDetectionFeature>(this);
        Features.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = caller.Address });
        Features.Set(DashboardRequest.Instance);
    }

    public FeatureCollection Features { get; } = new();

    /// <summary>The answer, once its headers stand.</summary>
    public Task<HttpResponseMessage> Response => _response.Task;

    public bool CanHaveBody { get; }

    public CancellationToken RequestAborted { get; set; }

    /// <summary>Cuts the exchange: the request is cancelled, and the body of the answer ends with a failure.</summary>
    public void Abort()
    {
        try
        {
            _aborted.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The request has been served meanwhile.
        }

        _isCut = true;
        _response.TrySetException(new IOException("The request was cut."));
    }

    /// <summary>Ends the answer, after the pipeline has served the request.</summary>
    public async Task EndAsync(Exception? failure)
    {
        if (failure is null)
        {
            try
            {
                await StartAsync();
                await _bodyFeature.CompleteAsync();
            }
            catch (Exception e)
            {
                failure = e;
            }
        }

        _body.End(failure ?? (_isCut ? new IOException("The answer was cut.") : null));
        if (failure is not null)
        {
            _response.TrySetException(new HttpRequestException("The Broker could not serve the request.", failure));
        }

        await _parts.FinishAsync();
        Dispose();
    }

    public void Dispose() => _aborted.Dispose();

    private static HttpRequestFeature MakeRequest(HttpRequestMessage request, RequestBody body, IPageCaller caller)
    {
        var uri = request.RequestUri!;
        var feature = new HttpRequestFeature
        {
            Protocol = HttpProtocol.Http11,
            Scheme = Uri.UriSchemeHttp,
            Method = request.Method.Method,
            Path = PathString.FromUriComponent(uri).Value!,
            QueryString = uri.Query,
            RawTarget = uri.PathAndQuery,
            Body = body,
        };
        Copy(request.Headers, feature.Headers);
        if (request.Content is { } content)
        {
            Copy(content.Headers, feature.Headers);
            feature.Headers.ContentLength = body.Length;
        }

        feature.Headers.Host = uri.Authority;
        feature.Headers.UserAgent = caller.UserAgent;
        return feature;
    }

    private static void Copy(HttpHeaders from, IHeaderDictionary to)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            to.Append(name, values.ToArray());
        }
    }

    // Fixes status and headers, and gives the answer to the caller. Called before the first byte of the body, and at
    // the end; what comes after the first call changes nothing.
    private async Task StartAsync()
    {
        if (!await _parts.StartAsync())
        {
            return;
        }

        var response = new HttpResponseMessage((HttpStatusCode)_parts.StatusCode)
        {
            RequestMessage = _request,
            Content = new StreamContent(_body.Reading(Abort)),
        };
        foreach (var (name, values) in _parts.Headers)
        {
            if (!response.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                response.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        _response.TrySetResult(response);
    }
}
