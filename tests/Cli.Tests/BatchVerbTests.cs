namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of batches ask and print.</summary>
internal sealed class BatchVerbTests : VerbFixture<BatchVerbTests>, IVerbCases
{
    private const string BatchJson =
        $$"""{"id":"{{Job}}","namespace":"default","name":"october","total":3,"counts":{"scheduled":0,"ready":1,"running":0,"succeeded":2,"failed":0,"cancelled":0,"expired":0},"createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x"}""";

    public static IEnumerable<TestCaseData> Cases =>
        [
            Case($"GET {Ns}/batches?limit=5&cursor=c", PageOf(BatchJson), "batches list --limit 5 --cursor c"),
            Case($"GET {Ns}/batches/{Job}", BatchJson, $"batches show {Job}"),
            Case($"POST {Ns}/batches/{Job}/cancel", BatchJson, $"batches cancel {Job}"),
        ];

    [Test]
    public async Task A_batch_is_submitted_from_a_file()
    {
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(
            file,
            """{"name":"october","jobs":[{"method":"a","ref":"a"},{"method":"b","after":["#a"]}],"onComplete":{"method":"done"}}"""
        );
        Server.Answer($$"""{"batch":{{BatchJson}},"jobs":["{{Job}}"]}""", 201);
        var outcome = await RunAsync("batches", "submit", file);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Server.Requests[0].Target, Is.EqualTo($"{Ns}/batches"));
        Assert.That(
            Server.Requests[0].Body,
            Is.EqualTo(
                """{"jobs":[{"method":"a","ref":"a"},{"method":"b","after":["#a"]}],"name":"october","onComplete":{"method":"done"}}"""
            )
        );
        Assert.That(outcome.Out, Does.Contain("october"));
        await File.WriteAllTextAsync(file, """{"name":"october"}""");
        Assert.That((await RunAsync("batches", "submit", file)).Error, Does.Contain("is no batch"));
        Assert.That((await RunAsync("jobs", "list", "--batch", "7")).Error, Does.Contain("no batch id"));
        File.Delete(file);
    }
}
