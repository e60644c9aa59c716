using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Host.Tests.Api;
using ScheduleZero.Hostile;

namespace ScheduleZero.Host.Tests.Edges;

/// <summary>
/// Requests that two servers in a row might read in two ways are refused (RFC 9112; CVE-2025-55315), and so are
/// requests that exceed a bound.
/// </summary>
[Parallelizable]
internal sealed class RequestFormTests
{
    private const string Body = """{"method":"a"}""";

    private ApiHost _host = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private static IEnumerable<TestCaseData> Forms()
    {
        static TestCaseData Case(string name, int status, string request) =>
            new TestCaseData(request, status).SetArgDisplayNames(name);
        const string Post =
            "POST /api/namespaces/default/jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
            + "application/json\r\nAuthorization: Bearer KEY\r\n";
        const string Get = "GET /health/live HTTP/1.1\r\n";
        yield return Case("a plain request", 201, $"{Post}Content-Length: {Body.Length}\r\n\r\n{Body}");
        yield return Case(
            "chunks",
            201,
            $"{Post}Transfer-Encoding: chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "a chunk with an extension",
            201,
            $"{Post}Transfer-Encoding: chunked\r\n\r\n{Body.Length:x};a=b\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "a bare LF after a chunk's extension",
            400,
            $"{Post}Transfer-Encoding: chunked\r\n\r\n{Body.Length:x};a\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "a bare LF within a chunk's extension",
            400,
            $"{Post}Transfer-Encoding: chunked\r\n\r\n{Body.Length:x};a\nb\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "a bare LF after a chunk's size",
            400,
            $"{Post}Transfer-Encoding: chunked\r\n\r\n{Body.Length:x}\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "a bare CR after a chunk's size",
            400,
            $"{Post}Transfer-Encoding: chunked\r\n\r\n{Body.Length:x}\r{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "a chunk's size that is none",
            400,
            $"{Post}Transfer-Encoding: chunked\r\n\r\n0x{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "a length and chunks",
            400,
            $"{Post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "chunks and a length",
            400,
            $"{Post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "two lengths",
            400,
            $"{Post}Content-Length: {Body.Length}\r\nContent-Length: 3\r\n\r\n{Body}"
        );
        yield return Case(
            "chunks that are not the last coding",
            400,
            $"{Post}Transfer-Encoding: chunked, gzip\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case("a length with a sign", 400, $"{Post}Content-Length: +{Body.Length}\r\n\r\n{Body}");
        yield return Case("a length below zero", 400, $"{Post}Content-Length: -{Body.Length}\r\n\r\n{Body}");
        yield return Case("a length that is minus nothing", 400, $"{Get}Host: x\r\nContent-Length: -0\r\n\r\n");
        yield return Case("a length in hex", 400, $"{Post}Content-Length: 0x{Body.Length:x}\r\n\r\n{Body}");
        yield return Case("a length with a space within", 400, $"{Post}Content-Length: 1 4\r\n\r\n{Body}");
        yield return Case(
            "a list of lengths",
            400,
            $"{Post}Content-Length: {Body.Length}, {Body.Length}\r\n\r\n{Body}"
        );
        yield return Case("an empty length", 400, $"{Post}Content-Length:\r\n\r\n{Body}");
        yield return Case(
            "a length that no number holds",
            400,
            $"{Post}Content-Length: 99999999999999999999999\r\n\r\n{Body}"
        );
        yield return Case(
            "a length with zeros before and spaces around",
            201,
            $"{Post}Content-Length:   00{Body.Length}  \r\n\r\n{Body}"
        );
        yield return Case(
            "chunks within another coding",
            400,
            $"{Post}Transfer-Encoding: gzip, chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "chunks twice",
            400,
            $"{Post}Transfer-Encoding: chunked, chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "chunks in two headers",
            400,
            $"{Post}Transfer-Encoding: chunked\r\nTransfer-Encoding: "
                + $"chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "no coding, then chunks",
            400,
            $"{Post}Transfer-Encoding: identity, chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "chunks in capitals",
            400,
            $"{Post}Transfer-Encoding: Chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "chunks after a list's comma",
            400,
            $"{Post}Transfer-Encoding: ,chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "chunks with a parameter",
            400,
            $"{Post}Transfer-Encoding: chunked;q=1\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case("an empty coding", 400, $"{Post}Transfer-Encoding:\r\n\r\n");
        yield return Case(
            "chunks of HTTP/1.0",
            400,
            $"{Post.Replace("1.1", "1.0", StringComparison.Ordinal)}Transfer-Encoding: "
                + $"chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "a chunk's size that no number holds",
            400,
            $"{Post}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "a chunk's size just beyond",
            400,
            $"{Post}Transfer-Encoding: chunked\r\n\r\n80000000\r\n{Body}\r\n0\r\n\r\n"
        );
        yield return Case(
            "a second chunk's size that no number holds",
            400,
            $"{Post}Transfer-Encoding: chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\nFFFFFFFFF\r\n\r\n"
        );
        yield return Case(
            "such a chunk where nobody reads it",
            200,
            $"{Get}Host: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFF\r\n\r\n"
        );
        yield return Case("no host", 400, $"{Get}\r\n");
        yield return Case("two hosts", 400, $"{Get}Host: a\r\nHost: b\r\n\r\n");
        yield return Case("a host that is none", 400, $"{Get}Host: a b\r\n\r\n");
        yield return Case(
            "another host in the request line",
            400,
            "GET http://a/health/live HTTP/1.1\r\nHost: b\r\n\r\n"
        );
        yield return Case("lines that end in LF", 400, "GET /health/live HTTP/1.1\nHost: x\n\n");
        yield return Case("a folded header", 400, $"{Get}Host: x\r\nX-A: 1\r\n 2\r\n\r\n");
        yield return Case("a space before a colon", 400, $"{Get}Host : x\r\n\r\n");
        yield return Case("a zero byte in a header", 400, $"{Get}Host: x\r\nX-A: a\0b\r\n\r\n");
        yield return Case(
            "65 headers",
            431,
            $"{Get}Host: x\r\n{string.Concat(Enumerable.Range(0, 64).Select(i => $"X-{i}: 1\r\n"))}\r\n"
        );
        yield return Case("large headers", 431, $"{Get}Host: x\r\nX-A: {new string('a', 17_000)}\r\n\r\n");
        yield return Case(
            "a long request line",
            414,
            $"GET /health/live?{new string('a', 9_000)} HTTP/1.1\r\nHost: x\r\n\r\n"
        );
        yield return Case("HTTP/1.0 without a host", 200, "GET /health/live HTTP/1.0\r\n\r\n");
        yield return Case("HTTP/3.7", 505, "GET /health/live HTTP/3.7\r\nHost: x\r\n\r\n");
        yield return Case("TRACE", 405, "TRACE /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        yield return Case(
            "a verb that nobody knows",
            405,
            "BREW /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );
        yield return Case(
            "CONNECT",
            404,
            "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\nConnection: close\r\n\r\n"
        );
        yield return Case("no HTTP at all", 400, "\u0016\u0003\u0001\r\n\r\n");
    }

    [TestCaseSource(nameof(Forms))]
    public async Task A_request_is_read_in_one_way_or_not_at_all(string request, int status) =>
        Assert.That(
            await RawHttp.StatusAsync(
                _host.Address,
                request.Replace("KEY", _host.AdminKey.Reveal(), StringComparison.Ordinal)
            ),
            Is.EqualTo(status)
        );

    [TestCase("/api/auth/login")]
    [TestCase("/api/auth/refresh")]
    [TestCase("/api/nothing")]
    public async Task A_body_that_cannot_be_read_is_the_callers_fault_and_fills_no_log(string path)
    {
        using var log = new ErrorLog();
        await using var host = await ApiHost.StartAsync(services: services =>
            services.AddLogging(logging => logging.AddProvider(log))
        );
        foreach (var size in new[] { "FFFFFFFFFFFFFFFF", "80000000", "xyz" })
        {
            var request =
                $"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
                + $"application/json\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n{{}}\r\n0\r\n\r\n";
            var answer = await RawHttp.AnswerAsync(host.Address, Encoding.Latin1.GetBytes(request), isWhole: true);
            Assert.That(
                answer,
                Does.StartWith(path == "/api/nothing" ? "HTTP/1.1 404" : "HTTP/1.1 400").And.Not.Contain("   at ")
            );
        }

        Assert.That(log.Lines, Is.Empty);
    }
}
