using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ScheduleZero.Acme.Tests;

/// <summary>
/// A CA that misbehaves when the test wants it, which Pebble does not. It checks signature, nonce, address and key of
/// each request, and believes every challenge.
/// </summary>
internal sealed class FakeCa : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TestAuthority _authority = new();
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, bool> _nonces = [];
    private readonly ConcurrentDictionary<string, ECDsa> _accounts = [];
    private JsonArray _identifiers = [];
    private byte[]? _csr;
    private int _refusedNonces;

    private FakeCa(TimeProvider time)
    {
        _time = time;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_authority.SignServer()))
        );
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    public string Address =>
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>The root of the directory's own certificate, and of those that are issued.</summary>
    public X509Certificate2 Root => _authority.Root;

    public TimeSpan Life { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The kind of challenge that is offered.</summary>
    public string ChallengeKind { get; set; } = "http-01";

    /// <summary>How long before its issue a certificate begins to be valid.</summary>
    public TimeSpan Age { get; set; }

    /// <summary>How many signed requests in a row are refused with badNonce.</summary>
    public int NoncesToRefuse { get; set; }

    /// <summary>The name that certificates are for; null for the ones that were asked for.</summary>
    public string? OtherName { get; set; }

    /// <summary>The answer of renewalInfo; null for a CA without.</summary>
    public Func<string>? RenewalInfo { get; set; }

    /// <summary>Answers in place of the CA when it returns true.</summary>
    public Func<HttpContext, Task<bool>> Intercept { get; set; } = _ => Task.FromResult(false);

    /// <summary>The paths that were asked for, with the payload of signed requests.</summary>
    public ConcurrentQueue<(string Path, string Payload)> Requests { get; } = [];

    public static async Task<FakeCa> StartAsync(TimeProvider time)
    {
        var ca = new FakeCa(time);
        await ca._app.StartAsync();
        return ca;
    }

    public AcmeSettings Settings(string folder) =>
        new()
        {
            Directory = new Uri(Address + "/dir"),
            Names = ["one.example", "two.example"],
            Folder = folder,
            AgreesToTerms = true,
            Roots = _authority.Roots,
        };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    public static async Task RefuseAsync(HttpContext context, int status, string type, string detail = "as told")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        await context.Response.WriteAsync(
            new JsonObject { ["type"] = $"urn:ietf:params:acme:error:{type}", ["detail"] = detail }.ToJsonString()
        );
    }

    private async Task HandleAsync(HttpContext context)
    {
        var nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        _nonces[nonce] = true;
        context.Response.Headers["Replay-Nonce"] = nonce;
        var path = context.Request.Path.Value!;
        if (context.Request.Method != "POST")
        {
            Requests.Enqueue((path, ""));
            if (!await Intercept(context))
            {
                await AnswerGetAsync(context, path);
            }

            return;
        }

        var payload = await VerifyAsync(context);
        if (payload is null)
        {
            return;
        }

        Requests.Enqueue((path, payload));
        if (!await Intercept(context))
        {
            await AnswerPostAsync(context, path, payload);
        }
    }

    private async Task AnswerGetAsync(HttpContext context, string path)
    {
        if (path.StartsWith("/ari/", StringComparison.Ordinal))
        {
            await context.Response.WriteAsync(RenewalInfo!());
        }
        else if (path == "/dir")
        {
            var directory = new JsonObject
            {
                ["newNonce"] = Address + "/nonce",
                ["newAccount"] = Address + "/new-account",
                ["newOrder"] = Address + "/new-order",
                ["meta"] = new JsonObject { ["termsOfService"] = "https://terms.example/" },
            };
            if (RenewalInfo != null)
            {
                directory["renewalInfo"] = Address + "/ari";
            }

            await context.Response.WriteAsync(directory.ToJsonString());
        }
    }

    private async Task AnswerPostAsync(HttpContext context, string path, string payload)
    {
        switch (path)
        {
            case "/new-account":
                await EnterAsync(context, JsonNode.Parse(payload)!);
                return;
            case "/new-order":
                _identifiers = JsonNode.Parse(payload)!["identifiers"]!.DeepClone().AsArray();
                _csr = null;
                context.Response.StatusCode = 201;
                context.Response.Headers.Location = Address + "/order";
                await WriteOrderAsync(context);
                return;
            case "/finalize":
                _csr = Base64Url.DecodeFromChars(JsonNode.Parse(payload)!["csr"]!.GetValue<string>());
                await WriteOrderAsync(context);
                return;
            case "/order":
                await WriteOrderAsync(context);
                return;
            case "/certificate":
                var leaf = _authority.Sign(_csr!, _time.GetUtcNow() - Age, Life, OtherName);
                await context.Response.WriteAsync(leaf.ExportCertificatePem());
                return;
            default:
                await WriteAuthorizationAsync(context, int.Parse(path[(path.LastIndexOf('/') + 1)..]), path);
                return;
        }
    }

    private async Task EnterAsync(HttpContext context, JsonNode request)
    {
        var key = (string)context.Items["thumbprint"]!;
        var exists = _accounts.ContainsKey(key);
        if (!exists && request["onlyReturnExisting"]?.GetValue<bool>() == true)
        {
            await RefuseAsync(context, 400, "accountDoesNotExist");
            return;
        }

        _accounts.TryAdd(key, (ECDsa)context.Items["key"]!);
        context.Response.StatusCode = exists ? 200 : 201;
        context.Response.Headers.Location = $"{Address}/account/{key}";
        await context.Response.WriteAsync("""{"status":"valid"}""");
    }

    private Task WriteOrderAsync(HttpContext context) =>
        context.Response.WriteAsync(
            new JsonObject
            {
                ["status"] = _csr is null ? "ready" : "valid",
                ["authorizations"] = new JsonArray([
                    .. Enumerable.Range(0, _identifiers.Count).Select(n => (JsonNode)$"{Address}/authz/{n}"),
                ]),
                ["finalize"] = Address + "/finalize",
                ["certificate"] = Address + "/certificate",
            }.ToJsonString()
        );

    private Task WriteAuthorizationAsync(HttpContext context, int number, string path)
    {
        var isProven = Requests.Any(request => request.Path == $"/challenge/{number}");
        var challenge = new JsonObject
        {
            ["type"] = ChallengeKind,
            ["url"] = $"{Address}/challenge/{number}",
            ["status"] = "pending",
            ["token"] = $"token-{number}",
        };
        return context.Response.WriteAsync(
            path.StartsWith("/challenge", StringComparison.Ordinal)
                ? challenge.ToJsonString()
                : new JsonObject
                {
                    ["identifier"] = _identifiers[number]!.DeepClone(),
                    ["status"] = isProven ? "valid" : "pending",
                    ["challenges"] = new JsonArray(challenge),
                }.ToJsonString()
        );
    }

    /// <summary>The payload of a request that is signed as it must be; null when it was refused.</summary>
    private async Task<string?> VerifyAsync(HttpContext context)
    {
        var jws = (await JsonNode.ParseAsync(context.Request.Body))!;
        var (header64, payload64) = (jws["protected"]!.GetValue<string>(), jws["payload"]!.GetValue<string>());
        var header = JsonNode.Parse(Base64Url.DecodeFromChars(header64))!;
        if (
            !_nonces.TryRemove(header["nonce"]!.GetValue<string>(), out _)
            || Interlocked.Increment(ref _refusedNonces) <= NoncesToRefuse
        )
        {
            await RefuseAsync(context, 400, "badNonce");
            return null;
        }

        var key = KeyOf(context, header);
        var signature = Base64Url.DecodeFromChars(jws["signature"]!.GetValue<string>());
        if (
            key is null
            || context.Request.ContentType != "application/jose+json"
            || header["url"]!.GetValue<string>() != Address + context.Request.Path
            || !key.VerifyData(Encoding.ASCII.GetBytes($"{header64}.{payload64}"), signature, HashAlgorithmName.SHA256)
        )
        {
            await RefuseAsync(context, 400, "malformed");
            return null;
        }

        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(payload64));
    }

    private ECDsa? KeyOf(HttpContext context, JsonNode header)
    {
        if (header["kid"]?.GetValue<string>() is { } account)
        {
            return _accounts.GetValueOrDefault(account[(account.LastIndexOf('/') + 1)..]);
        }

        var jwk = header["jwk"]!;
        var (x, y) = (jwk["x"]!.GetValue<string>(), jwk["y"]!.GetValue<string>());
        var key = ECDsa.Create(
            new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = Base64Url.DecodeFromChars(x), Y = Base64Url.DecodeFromChars(y) },
            }
        );
        context.Items["key"] = key;
        context.Items["thumbprint"] = x;
        return key;
    }
}
