using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.OneJob;

/// <summary>
/// The neighbours of a job as a drawing: a column for each step, with the jobs that come first on the left, and a line
/// from each job to those that run after it.
/// </summary>
public sealed record ChainGraph
{
    public const int NodeWidth = 180;
    private const int PlainHeight = 50;
    private const int LineHeight = 15;
    private const int ColumnGap = 44;
    private const int RowGap = 14;
    private const int Margin = 4;

    public required IReadOnlyList<ChainNode> Nodes { get; init; }

    public required IReadOnlyList<ChainLine> Lines { get; init; }

    /// <summary>The height of each box: as much as the one with the most words needs.</summary>
    public required int NodeHeight { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Whether the job has any neighbour, shown or not.</summary>
    public bool HasNeighbours =>
        Nodes.Count > 1 || Nodes.Any(node => node.Job.MoreAfter is not null || node.Job.MoreDependents is not null);

    /// <param name="jobs">The jobs in the order of their columns.</param>
    public static ChainGraph Of(IReadOnlyList<ChainedJob> jobs)
    {
        var columns = jobs.GroupBy(job => job.Depth).OrderBy(column => column.Key).Select(column => column.ToList());
        var placed = columns.SelectMany((column, x) => column.Select((job, y) => (Job: job, X: x, Y: y))).ToList();
        var height = PlainHeight + (LineHeight * jobs.Select(LinesBelow).DefaultIfEmpty(0).Max());
        var tallest = placed.Select(one => one.Y + 1).DefaultIfEmpty(1).Max();
        List<ChainNode> nodes =
        [
            .. placed.Select(one => new ChainNode(
                one.Job,
                Margin + (one.X * (NodeWidth + ColumnGap)),
                // A short column stands in the middle of the drawing's height.
                Margin
                    + (one.Y * (height + RowGap))
                    + ((tallest - placed.Count(other => other.X == one.X)) * (height + RowGap) / 2)
            )),
        ];
        var byId = nodes.ToDictionary(node => node.Job.Id);
        return new ChainGraph
        {
            Nodes = nodes,
            Lines =
            [
                .. nodes.SelectMany(node =>
                    node.Job.After.Where(byId.ContainsKey).Select(id => new ChainLine(byId[id], node, height))
                ),
            ],
            NodeHeight = height,
            Width = (2 * Margin) + nodes.Select(node => node.X + NodeWidth - Margin).DefaultIfEmpty(0).Max(),
            Height = (2 * Margin) + (tallest * (height + RowGap)) - RowGap,
        };
    }

    private static int LinesBelow(ChainedJob job) =>
        (job.MoreAfter is null ? 0 : 1) + (job.MoreDependents is null ? 0 : 1);
}

/// <summary>One job of the drawing, with the place of its upper left corner.</summary>
public sealed record ChainNode(ChainedJob Job, int X, int Y)
{
    /// <summary>A number up to which jobs behind a job are counted: there may be more.</summary>
    private const int CountedMax = 100;

    public bool IsAsked => Job.Depth == 0;

    /// <summary>What tells the state apart without its colour.</summary>
    public string Mark =>
        Job.State switch
        {
            JobState.Succeeded => "✓",
            JobState.Failed => "✕",
            JobState.Cancelled => "⊘",
            JobState.Expired => "⌛",
            JobState.Running => "▶",
            JobState.Ready => "●",
            _ => "○",
        };

    /// <summary>How many jobs it runs after that are not shown; null for none.</summary>
    public string? MoreAfter => Job.MoreAfter is { } more ? $"runs after {NumberText.Whole(more)} more" : null;

    /// <summary>How many jobs run after it that are not shown; null for none.</summary>
    public string? MoreDependents =>
        Job.MoreDependents switch
        {
            null => null,
            1 => "1 more runs after it",
            var more => $"{NumberText.Whole(more.Value)}{(more >= CountedMax ? "+" : "")} more run after it",
        };

    /// <summary>Where the job stands, seen from the job that was asked for.</summary>
    public string Place =>
        Job.Depth switch
        {
            0 => "this job",
            -1 => "before this job",
            < -1 => "before those",
            1 => "after this job",
            _ => "after those",
        };

    /// <summary>Everything that the drawing says of the job beside its method, as one line.</summary>
    public string Words =>
        string.Join(
            ", ",
            new[] { StateText.Of(Job.State), Place, MoreAfter, MoreDependents }.Where(words => words is not null)
        );
}

/// <summary>A line from a job to one that runs after it.</summary>
/// <param name="NodeHeight">The height of each box.</param>
public sealed record ChainLine(ChainNode From, ChainNode To, int NodeHeight)
{
    /// <summary>The names of both ends, which no other line has.</summary>
    public (JobId From, JobId To) Key => (From.Job.Id, To.Job.Id);

    /// <summary>The line as the path of a picture: out on the right, and in on the left.</summary>
    public string Path
    {
        get
        {
            var (x1, y1) = (From.X + ChainGraph.NodeWidth, From.Y + (NodeHeight / 2));
            var (x2, y2) = (To.X, To.Y + (NodeHeight / 2));
            var middle = (x1 + x2) / 2;
            return FormattableString.Invariant($"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}");
        }
    }
}
