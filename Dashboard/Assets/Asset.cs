using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace ScheduleZero.Dashboard.Assets;

/// <summary>
/// A script, style sheet or picture that is embedded in this assembly. The name of its address has a hash of the bytes,
/// so a browser may hold it for ever.
/// </summary>
internal sealed class Asset
{
    private readonly byte[] _bytes;
    private readonly string _contentType;
    private readonly string _tag;
    private readonly Lazy<byte[]> _brotli;
    private readonly Lazy<byte[]> _gzip;

    /// <param name="name">The name of the file, such as <c>dashboard.css</c>.</param>
    public Asset(string name, byte[] bytes)
    {
        _bytes = bytes;
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));
        var dot = name.LastIndexOf('.');
        FileName = $"{name[..dot]}.{hash}{name[dot..]}";
        _contentType = ContentTypeOf(name[dot..]);
        _tag = $"\"{hash}\"";
        _brotli = new Lazy<byte[]>(() => Pack(static to => new BrotliStream(to, CompressionLevel.Optimal)));
        _gzip = new Lazy<byte[]>(() => Pack(static to => new GZipStream(to, CompressionLevel.SmallestSize)));
    }

    /// <summary>The name of the file with its hash.</summary>
    public string FileName { get; }

    public async Task ServeAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.ETag = _tag;
        headers.Vary = HeaderNames.AcceptEncoding;
        if (http.Request.Headers.IfNoneMatch.Contains(_tag))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        http.Response.ContentType = _contentType;
        var accepted = http.Request.Headers.AcceptEncoding.ToString();
        var (coding, bytes) =
            accepted.Contains("br", StringComparison.OrdinalIgnoreCase) ? ("br", _brotli.Value)
            : accepted.Contains("gzip", StringComparison.OrdinalIgnoreCase) ? ("gzip", _gzip.Value)
            : (null, _bytes);
        if (coding is not null)
        {
            headers.ContentEncoding = coding;
        }

        http.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
        }
    }

    private static string ContentTypeOf(string extension) =>
        extension switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => throw new ArgumentOutOfRangeException(nameof(extension), extension, "No content type is known."),
        };

    private byte[] Pack(Func<Stream, Stream> packing)
    {
        using var packed = new MemoryStream();
        using (var stream = packing(packed))
        {
            stream.Write(_bytes);
        }

        return packed.ToArray();
    }
}
