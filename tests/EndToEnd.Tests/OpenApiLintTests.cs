using System.Diagnostics;
using System.Net.Http.Headers;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>The document that a running Broker serves, checked by third-party tools.</summary>
public sealed class OpenApiLintTests : StageTest
{
    // The version is that of tests/install-tools.sh.
    private const string Version = "6.16.3";

    private static string Spectral =>
        Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
                ? cache
                : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "", ".cache"),
            "schedulezero",
            $"spectral-{Version}",
            "node_modules",
            ".bin",
            "spectral"
        );

    [Test]
    public async Task The_document_has_no_errors_and_no_warnings()
    {
        if (!File.Exists(Spectral))
        {
            Assert.Ignore($"{Spectral} is missing: tests/install-tools.sh gets it where npm reaches a registry.");
        }

        await Stage.StartBrokerAsync();
        using var client = new HttpClient { BaseAddress = Stage.Rest };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Stage.AdminKey);
        var document = Path.Combine(Stage.Folder, "openapi.json");
        await File.WriteAllTextAsync(document, await client.GetStringAsync("/openapi/v1.json"));
        var (exitCode, said) = await LintAsync(document);
        Assert.That(exitCode, Is.Zero, said);
    }

    [Test]
    public async Task A_document_with_a_warning_would_be_found()
    {
        if (!File.Exists(Spectral))
        {
            Assert.Ignore($"{Spectral} is missing: tests/install-tools.sh gets it where npm reaches a registry.");
        }

        var document = Path.Combine(Stage.Folder, "openapi.json");
        await File.WriteAllTextAsync(document, """{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{}}""");
        var (exitCode, said) = await LintAsync(document);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(said, Does.Contain("info-license"));
    }

    private static async Task<(int ExitCode, string Said)> LintAsync(string document)
    {
        using var patience = new CancellationTokenSource(Deadline);
        var start = new ProcessStartInfo(
            Spectral,
            ["lint", document, "--ruleset", Shipped.Find("tests/openapi-rules.yaml"), "--fail-severity", "warn"]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var spectral = Process.Start(start)!;
        var output = spectral.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = spectral.StandardError.ReadToEndAsync(patience.Token);
        await spectral.WaitForExitAsync(patience.Token);
        return (spectral.ExitCode, await output + await errors);
    }
}
