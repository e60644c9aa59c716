using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ScheduleZero.Authorities;

namespace ScheduleZero.Cli.Tests;

internal sealed record Recorded(string Method, string Target, string Body, IHeaderDictionary Headers)
{
    public string Line => $"{Method} {Target}";
}

/// <summary>
/// An HTTP server that records requests, and gives the answers of a list in order; the last answer is given again and
/// again.
/// </summary>
internal sealed class RecordingServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _answers = new();
    private readonly ConcurrentQueue<Recorded> _requests = new();

    private RecordingServer(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    public IReadOnlyList<Recorded> Requests => [.. _requests];

    /// <summary>The common name of the certificate that a client showed last; null for none.</summary>
    public string? ShownCertificate { get; private set; }

    /// <param name="certificate">The certificate of the server, for https; null for http.</param>
    /// <param name="asksForCertificates">Whether clients must show a certificate; any will do.</param>
    public static async Task<RecordingServer> StartAsync(
        ServerFiles? certificate = null,
        bool asksForCertificates = false
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => TlsListener.Listen(kestrel, 0, certificate, asksForCertificates));
        var app = builder.Build();
        var server = new RecordingServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Address = new Uri(app.Urls.Single());
        return server;
    }

    public RecordingServer Answer(Func<HttpContext, Task> answer)
    {
        _answers.Enqueue(answer);
        return this;
    }

    public RecordingServer Answer(
        string json,
        int status = 200,
        string contentType = "application/json",
        string? retryAfter = null
    ) =>
        Answer(context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            if (retryAfter is not null)
            {
                context.Response.Headers.RetryAfter = retryAfter;
            }

            return context.Response.WriteAsync(json);
        });

    public RecordingServer Status(int status) =>
        Answer(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        ShownCertificate = context.Connection.ClientCertificate?.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        // The headers are copied, since the server uses the dictionary again for the next request.
        _requests.Enqueue(
            new Recorded(
                context.Request.Method,
                $"{context.Request.Path}{context.Request.QueryString}",
                body,
                new HeaderDictionary(context.Request.Headers.ToDictionary())
            )
        );
        if (!(_answers.Count > 1 ? _answers.TryDequeue(out var answer) : _answers.TryPeek(out answer)))
        {
            context.Response.StatusCode = 500;
            return;
        }

        await answer!(context);
    }
}
