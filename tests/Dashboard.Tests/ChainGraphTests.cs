using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.OneJob;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The drawing of a job's chain.</summary>
public sealed class ChainGraphTests
{
    [Test]
    public void A_job_alone_has_no_neighbours_and_one_with_neighbours_that_are_not_shown_has()
    {
        Assert.That(ChainGraph.Of([Job(0)]).HasNeighbours, Is.False);
        Assert.That(ChainGraph.Of([Job(0) with { MoreAfter = 1 }]).HasNeighbours, Is.True);
        Assert.That(ChainGraph.Of([Job(0) with { MoreDependents = 1 }]).HasNeighbours, Is.True);
    }

    [Test]
    public void Steps_are_columns_and_no_box_covers_another_or_leaves_the_picture()
    {
        var (first, second) = (Job(-1), Job(-1));
        var asked = Job(0, first.Id, second.Id);
        var graph = ChainGraph.Of([first, second, asked, .. Enumerable.Range(0, 5).Select(_ => Job(1, asked.Id))]);
        Assert.That(graph.Nodes.Select(node => node.X).Distinct().Count(), Is.EqualTo(3));
        Assert.That(graph.Nodes.Select(node => (node.X, node.Y)).Distinct().Count(), Is.EqualTo(8));
        foreach (var node in graph.Nodes)
        {
            Assert.That(node.X, Is.InRange(0, graph.Width - ChainGraph.NodeWidth));
            Assert.That(node.Y, Is.InRange(0, graph.Height - graph.NodeHeight));
            Assert.That(
                graph
                    .Nodes.Where(other => other != node && other.X == node.X)
                    .Select(other => Math.Abs(other.Y - node.Y)),
                Is.All.GreaterThan(graph.NodeHeight)
            );
        }

        Assert.That(graph.Lines, Has.Count.EqualTo(7));
        Assert.That(graph.Lines.Select(line => line.Key).Distinct().Count(), Is.EqualTo(7));
        Assert.That(graph.Lines.Select(line => line.To.X - line.From.X), Is.All.GreaterThan(ChainGraph.NodeWidth));
    }

    [Test]
    public void Lines_to_jobs_that_are_not_drawn_are_left_out()
    {
        var graph = ChainGraph.Of([Job(0, new JobId(Guid.CreateVersion7()))]);
        Assert.That(graph.Lines, Is.Empty);
    }

    [TestCase(1, "1 more runs after it")]
    [TestCase(7, "7 more run after it")]
    [TestCase(100, "100+ more run after it")]
    public void What_is_not_drawn_is_counted_in_words(int more, string words)
    {
        var node = ChainGraph.Of([Job(1) with { MoreDependents = more, MoreAfter = 2 }]).Nodes[0];
        Assert.That(node.MoreDependents, Is.EqualTo(words));
        Assert.That(node.Words, Is.EqualTo($"Ready, after this job, runs after 2 more, {words}"));
    }

    [Test]
    public void Each_state_has_a_mark_of_its_own()
    {
        var marks = Enum.GetValues<JobState>()
            .Select(state => ChainGraph.Of([Job(0) with { State = state }]).Nodes[0].Mark);
        Assert.That(marks, Is.Unique);
    }

    private static ChainedJob Job(int depth, params JobId[] after) =>
        new()
        {
            Id = new JobId(Guid.CreateVersion7()),
            State = JobState.Ready,
            Method = "mail.send",
            Depth = depth,
            After = after,
        };
}
