using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>The checker as a program, over real processes.</summary>
public sealed class HistoryCommandTests : StageTest
{
    [Test]
    public async Task A_run_is_judged_from_what_each_side_wrote_down()
    {
        await Stage.StartBrokerAsync();
        var journal = Path.Combine(Stage.Folder, "office-7.journal");
        await StartAgentAsync(
            "office-7",
            (await Stage.CreateHandlerKeyAsync("office-7")).Key,
            journal,
            4,
            Stage.Router
        );
        var acknowledged = new List<JobId>();
        for (var i = 0; i < 10; i++)
        {
            acknowledged.Add((await Stage.Client.Jobs.EnqueueAndWaitAsync(Work(1), Deadline)).Id);
        }

        Assert.That(
            await JudgeAsync(acknowledged, journal),
            Is.EqualTo((0, "10 acknowledged, 10 known, 10 executions: every promise was kept"))
        );

        var lost = new JobId(Guid.CreateVersion7());
        Assert.That((await JudgeAsync([.. acknowledged, lost], journal)).ExitCode, Is.EqualTo(1));

        var cut = Path.Combine(Stage.Folder, "cut.journal");
        await File.WriteAllLinesAsync(cut, (await File.ReadAllLinesAsync(journal)).SkipLast(2));
        Assert.That(
            (await JudgeAsync(acknowledged, cut)).ExitCode,
            Is.EqualTo(1),
            "a success without an execution is found"
        );
    }

    [TestCase("--journals", "x")]
    [TestCase("--nonsense")]
    public async Task What_is_asked_wrongly_is_told_how(params string[] arguments)
    {
        var checker = Stage.Start(
            "checker",
            Path.Combine(AppContext.BaseDirectory, "ScheduleZero.EndToEnd.Tests"),
            [HistoryCommand.Verb, .. arguments]
        );
        Assert.That(await checker.ExitAsync(Deadline), Is.EqualTo(2));
        Assert.That(checker.Describe(), Does.Contain("Usage:"));
    }

    private async Task<(int ExitCode, string Last)> JudgeAsync(IEnumerable<JobId> acknowledged, string journal)
    {
        var file = Path.Combine(Stage.Folder, "acknowledged");
        await File.WriteAllLinesAsync(file, acknowledged.Select(id => id.ToString()));
        var checker = Stage.Start(
            "checker",
            Path.Combine(AppContext.BaseDirectory, "ScheduleZero.EndToEnd.Tests"),
            [HistoryCommand.Verb, "--server", Stage.Rest.AbsoluteUri, "--acknowledged", file, "--journals", journal],
            ("SCHEDULEZERO_API_KEY", Stage.AdminKey)
        );
        var exitCode = await checker.ExitAsync(Deadline);
        return (exitCode, checker.Lines[^1]);
    }
}
