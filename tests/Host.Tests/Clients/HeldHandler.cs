using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScheduleZero.Host.Tests.Clients;

/// <summary>A request that waits for the test's answer.</summary>
internal sealed class HeldRequest(string path, string body)
{
    public string Path => path;

    public string Body => body;

    public bool IsGathered => Path.EndsWith("/batch", StringComparison.Ordinal);

    /// <summary>The methods of the jobs, in order.</summary>
    public IReadOnlyList<string> Methods =>
        IsGathered
            ? [.. JsonNode.Parse(Body)!["jobs"]!.AsArray().Select(job => (string)job!["method"]!)]
            : [(string)JsonNode.Parse(Body)!["method"]!];

    public TaskCompletionSource<HttpResponseMessage> Answer { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Answers that all jobs are new.</summary>
    public void Accept() =>
        Respond(
            IsGathered ? HttpStatusCode.OK : HttpStatusCode.Created,
            IsGathered ? Items([.. Methods.Select(Made)]) : Job(Methods[0])
        );

    public void Respond(HttpStatusCode status, string json, string type = "application/json", int? retryAfter = null)
    {
        var response = new HttpResponseMessage(status) { Content = new StringContent(json, Encoding.UTF8, type) };
        if (retryAfter is { } seconds)
        {
            response.Headers.RetryAfter = new(TimeSpan.FromSeconds(seconds));
        }

        Answer.SetResult(response);
    }

    public static string Items(params string[] items) => $$"""{"items":[{{string.Join(',', items)}}]}""";

    public static string Made(string method) => $$"""{"status":201,"job":{{Job(method)}}}""";

    public static string Job(string method) =>
        $$"""
            {"id":"{{Guid.CreateVersion7()}}","namespace":"default","state":"ready","attempts":0,"method":"{{method}}",
            "enqueuedAt":"2026-10-01T12:00:00Z","runAt":"2026-10-01T12:00:00Z","retry":{},"createdBy":"test"}
            """;

    public static string Problem(int status, string code, string path = "priority") =>
        JsonSerializer.Serialize(
            new
            {
                status,
                code,
                detail = "No.",
                errors = new Dictionary<string, string[]> { [path] = ["Wrong."] },
            }
        );
}

/// <summary>Holds every request until the test answers it.</summary>
internal sealed class HeldHandler : HttpMessageHandler
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _arrived = new(0);
    private readonly ConcurrentQueue<HeldRequest> _requests = new();

    public int Waiting => _requests.Count;

    /// <summary>The next request, when it has come.</summary>
    public async Task<HeldRequest> NextAsync()
    {
        Assert.That(await _arrived.WaitAsync(Patience), Is.True, "a request was to come");
        return _requests.TryDequeue(out var request) ? request : throw new InvalidOperationException();
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var held = new HeldRequest(
            request.RequestUri!.AbsolutePath,
            await request.Content!.ReadAsStringAsync(cancellationToken)
        );
        _requests.Enqueue(held);
        _arrived.Release();
        return await held.Answer.Task.WaitAsync(cancellationToken);
    }
}
