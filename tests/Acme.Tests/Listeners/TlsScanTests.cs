using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Acme.Tests.Listeners;

/// <summary>
/// What testssl.sh finds at the https listeners: protocols, suites, their order and headers, or all that it knows with
/// <c>SZ_SCAN=full</c>.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")]
public sealed class TlsScanTests : AcmeFixture
{
    private const string Program = "/usr/bin/testssl";

    /// <summary>The judgements that are worse than "low".</summary>
    private static readonly string?[] Worse = ["MEDIUM", "HIGH", "CRITICAL", "FATAL"];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // The first listener looks for handshakes of a CA before TLS, and the second does not.
    [TestCase(Kind.Bridge, null)]
    [TestCase(Kind.Broker, "http://127.0.0.1:0")]
    public async Task A_scan_finds_nothing_worse_than_low(Kind kind, string? redirect)
    {
        if (!File.Exists(Program))
        {
            Assert.Ignore("testssl.sh is not here: tests/install-tools.sh installs it from Debian.");
        }

        var authority = new TestAuthority();
        // Nobody answers at the address of the CA, and the stored certificate needs none.
        var order = Order("https://127.0.0.1:1/dir", authority.Root, Name);
        Store(order, authority, TimeSpan.FromDays(1));
        var tls = new TlsSettings { RedirectUrl = redirect, Acme = order };
        await using var server = await AcmeServer.StartAsync(kind, Folder, 0, tls, Log);
        var findings = await ScanAsync(server.Port);
        Assert.That(findings, Has.Count.GreaterThan(20), "The scan went through.");
        Assert.That(
            findings
                .Where(finding => Worse.Contains((string?)finding["severity"]))
                // The certificate is of the test's own CA. What is scanned is the listener.
                .Where(finding => !((string)finding["id"]!).StartsWith("cert_", StringComparison.Ordinal))
                .Select(finding => finding.ToJsonString()),
            Is.Empty
        );
        await server.RequireServedAsync(Name, authority.Root);
        Assert.That(Log.Errors, Is.Empty);
    }

    private async Task<List<JsonNode>> ScanAsync(int port)
    {
        var report = Path.Combine(Folder, "report.json");
        string[] what =
            Environment.GetEnvironmentVariable("SZ_SCAN") == "full"
                ? []
                : ["--protocols", "--std", "--server-preference", "--headers"];
        string[] how = ["--quiet", "--warnings", "batch", "--color", "0", "--nodns", "min", "--jsonfile", report];
        var start = new ProcessStartInfo(Program, [.. how, .. what, $"127.0.0.1:{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        using var patience = new CancellationTokenSource(Patience);
        using var process = Process.Start(start)!;
        try
        {
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            var output = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.That(File.Exists(report), $"{output}\n{await error}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        return [.. JsonNode.Parse(await File.ReadAllTextAsync(report))!.AsArray().Select(finding => finding!)];
    }
}
