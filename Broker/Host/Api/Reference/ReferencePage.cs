using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using ScheduleZero.Broker.Host.Access;

namespace ScheduleZero.Broker.Host.Api.Reference;

/// <summary>
/// Serves the OpenAPI document, and a page to read it with. The document needs a key like everything else; the page
/// itself is empty until a reader gives it one, and loads nothing from elsewhere.
/// </summary>
internal static class ReferencePage
{
    public const string Path = "/reference";

    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "font-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // Scripts may be cached, since only few requests a minute are served without a key.
    private const string ScriptCaching = "public, max-age=600";

    private const string Page = """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>ScheduleZero API</title><link rel="icon" href="data:,">
        <style>
          body { margin: 0; font-family: system-ui, sans-serif; }
          #key-form { max-width: 36rem; margin: 18vh auto 0; padding: 0 1rem; line-height: 1.5; }
          #key-form input, #key-form button { font: inherit; padding: .5rem; width: 100%; box-sizing: border-box; margin-top: .5rem; }
        </style></head>
        <body>
        <form id="key-form">
          <h1>ScheduleZero API</h1>
          <p>The reference opens with any service's API key. A Broker prints its admin key at its first start; <code>schedulezero keys create service NAME</code> makes more.</p>
          <label>API key <input id="key" type="password" autocomplete="off" placeholder="szk_…" required autofocus></label>
          <button>Show the reference</button>
          <p id="problem" role="alert"></p>
        </form>
        <div id="reference"></div>
        <script src="{base}/reference/scalar.js"></script>
        <script src="{base}/reference/page.js"></script>
        </body>
        </html>
        """;

    private const string Script = """
        // The document's address is found from that of this script, since a proxy may serve both below a path of its own.
        const documentUrl = new URL('../openapi/v1.json', document.currentScript.src);
        const form = document.getElementById('key-form');
        form.addEventListener('submit', async event => {
          event.preventDefault();
          const key = document.getElementById('key').value.trim();
          const answer = await fetch(documentUrl, { headers: { authorization: `Bearer ${key}` } });
          if (!answer.ok) {
            document.getElementById('problem').textContent = `The key was not accepted (${answer.status}).`;
            return;
          }
          form.remove();
          Scalar.createApiReference('#reference', {
            content: await answer.json(),
            withDefaultFonts: false,
            showDeveloperTools: 'never',
            hideClientButton: true,
            telemetry: false,
            persistAuth: false,
            agent: { disabled: true },
            mcp: { disabled: true },
            authentication: { preferredSecurityScheme: 'apiKey', securitySchemes: { apiKey: { token: key } } },
          });
        });
        """;

    private static readonly byte[] Scalar = LoadScalar();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json").Demand(Permissions.ReferenceRead);
        routes
            .MapGet(
                Path,
                (HttpContext http) => Asset(http, PageFor(http.Request), "text/html; charset=utf-8", "no-cache")
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
        routes
            .MapGet(
                $"{Path}/page.js",
                (HttpContext http) =>
                    Asset(http, Encoding.UTF8.GetBytes(Script), "text/javascript; charset=utf-8", ScriptCaching)
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
        routes
            .MapGet(
                $"{Path}/scalar.js",
                (HttpContext http) => Asset(http, Scalar, "text/javascript; charset=utf-8", ScriptCaching)
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    private static byte[] PageFor(HttpRequest request) =>
        Encoding.UTF8.GetBytes(Page.Replace("{base}", WebUtility.HtmlEncode(request.PathBase.Value)));

    private static FileContentHttpResult Asset(HttpContext http, byte[] body, string contentType, string caching)
    {
        http.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        http.Response.Headers.CacheControl = caching;
        return TypedResults.Bytes(body, contentType);
    }

    // The package contains the script for an endpoint of its own. This page serves it with a content security policy.
    private static byte[] LoadScalar()
    {
        var assembly = typeof(global::Scalar.AspNetCore.ScalarOptions).Assembly;
        var name = assembly
            .GetManifestResourceNames()
            .Single(name => name.EndsWith(".scalar.js", StringComparison.Ordinal));
        using var stream = assembly.GetManifestResourceStream(name)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        var bytes = copy.ToArray();
        if (bytes is not [0x1f, 0x8b, ..])
        {
            return bytes;
        }

        using var packed = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
