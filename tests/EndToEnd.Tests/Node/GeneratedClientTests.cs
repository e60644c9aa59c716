using System.Diagnostics;
using System.Net.Http.Headers;
using ScheduleZero.Contracts;
using ScheduleZero.EndToEnd.Tests.Agents;

namespace ScheduleZero.EndToEnd.Tests.Node;

/// <summary>
/// A client whose types a third-party tool generates from the OpenAPI document of a running Broker: the client compiles
/// under strict rules, and runs a job.
/// </summary>
public sealed class GeneratedClientTests : StageTest
{
    private string _folder = "";

    [Test]
    public async Task A_client_that_is_generated_from_the_document_compiles_and_runs_a_job()
    {
        NodePackages.Require(NodePackages.OpenApiTypescript);
        await Stage.StartBrokerAsync();
        await PrepareAsync();
        await RunAsync("openapi-typescript", "openapi.json", "--output", "schema.d.ts");
        await RunAsync(
            "tsc",
            "run-job.ts",
            "--strict",
            "--noUncheckedIndexedAccess",
            "--exactOptionalPropertyTypes",
            "--module",
            "nodenext",
            "--moduleResolution",
            "nodenext",
            "--target",
            "es2022",
            "--lib",
            "es2022,dom,dom.iterable",
            "--skipLibCheck",
            "--outDir",
            "."
        );

        await StartAgentAsync("office", Stage.Router);
        var client = Stage.Start(
            "client",
            "node",
            [
                Path.Combine(_folder, "run-job.js"),
                Stage.Rest.AbsoluteUri.TrimEnd('/'),
                JournalingAgent.Method,
                RawJson.From(new WorkParams(1)).ToString(),
            ],
            ("SCHEDULEZERO_API_KEY", Stage.AdminKey)
        );
        var said = await client.LineAsync("done: ", Deadline);
        Assert.That(said, Does.Match("^done: succeeded [0-9a-f-]{36} not_found 412 true$"));
    }

    [Test]
    public async Task A_client_that_takes_the_document_for_something_else_would_not_compile()
    {
        NodePackages.Require(NodePackages.OpenApiTypescript);
        await Stage.StartBrokerAsync();
        await PrepareAsync();
        await RunAsync("openapi-typescript", "openapi.json", "--output", "schema.d.ts");
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "wrong.ts"),
            """
            import type { paths } from "./schema";
            export const query: paths["/api/namespaces/{ns}/jobs"]["get"]["parameters"]["query"] = { limit: "five", stat: "failed" };
            """
        );
        var (exitCode, output) = await TryAsync("tsc", "wrong.ts", "--strict", "--noEmit");
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain("TS2322").Or.Contain("TS2353"));
    }

    private async Task PrepareAsync()
    {
        _folder = Directory.CreateDirectory(Path.Combine(Stage.Folder, "client")).FullName;
        using var http = new HttpClient { BaseAddress = Stage.Rest };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Stage.AdminKey);
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "openapi.json"),
            await http.GetStringAsync("/openapi/v1.json")
        );
        File.Copy(NodePackages.Script("run-job.ts"), Path.Combine(_folder, "run-job.ts"));
        Directory.CreateSymbolicLink(
            Path.Combine(_folder, "node_modules"),
            Path.Combine(NodePackages.OpenApiTypescript, "node_modules")
        );
    }

    private async Task RunAsync(string tool, params string[] arguments)
    {
        var (exitCode, output) = await TryAsync(tool, arguments);
        Assert.That(exitCode, Is.Zero, $"{tool}: {output}");
    }

    private async Task<(int ExitCode, string Output)> TryAsync(string tool, params string[] arguments)
    {
        // Generous, since a build may run on the same cores.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var start = new ProcessStartInfo(Path.Combine(_folder, "node_modules", ".bin", tool), arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output + await errors);
    }
}
