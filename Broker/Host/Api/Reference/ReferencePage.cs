using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using ScheduleZero.Broker.Host.Access;

namespace ScheduleZero.Broker.Host.Api.Reference;

/// <summary>
/// The OpenAPI document, and a page to read it with. The document needs a key like everything else; the page is an empty shell that
/// asks for one, and loads nothing from elsewhere.
/// </summary>
internal static class ReferencePage
{
    public const string Path = "/reference";

    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Page =
        """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>ScheduleZero API</title></head>
        <body>
        <form id="key-form">
          <label>API key <input id="key" type="password" autocomplete="off" size="64" required></label>
          <button>Show the reference</button>
          <p id="problem" role="alert"></p>
        </form>
        <div id="reference"></div>
        <script src="/reference/scalar.js"></script>
        <script src="/reference/page.js"></script>
        </body>
        </html>
        """;

    private const string Script =
        """
        const form = document.getElementById('key-form');
        form.addEventListener('submit', async event => {
          event.preventDefault();
          const key = document.getElementById('key').value.trim();
          const answer = await fetch('/openapi/v1.json', { headers: { authorization: `Bearer ${key}` } });
          if (!answer.ok) {
            document.getElementById('problem').textContent = `The key was not accepted (${answer.status}).`;
            return;
          }
          form.remove();
          Scalar.createApiReference('#reference', {
            content: await answer.json(),
            withDefaultFonts: false,
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
        routes.MapGet(Path, (HttpContext http) => Asset(http, Encoding.UTF8.GetBytes(Page), "text/html; charset=utf-8"))
            .AllowAnonymous().ExcludeFromDescription();
        routes.MapGet($"{Path}/page.js", (HttpContext http) => Asset(http, Encoding.UTF8.GetBytes(Script), "text/javascript; charset=utf-8"))
            .AllowAnonymous().ExcludeFromDescription();
        routes.MapGet($"{Path}/scalar.js", (HttpContext http) => Asset(http, Scalar, "text/javascript; charset=utf-8"))
            .AllowAnonymous().ExcludeFromDescription();
    }

    private static FileContentHttpResult Asset(HttpContext http, byte[] body, string contentType)
    {
        http.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        http.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Bytes(body, contentType);
    }

    // The package brings the script along for its own endpoint; this page serves it under a policy of ours.
    private static byte[] LoadScalar()
    {
        var assembly = typeof(global::Scalar.AspNetCore.ScalarOptions).Assembly;
        var name = assembly.GetManifestResourceNames().Single(name => name.EndsWith(".scalar.js", StringComparison.Ordinal));
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
