using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Logs;

/// <summary>A choice of lines of the job logs of one namespace. A line must pass every filter that is set.</summary>
/// <param name="Namespace">The namespace of the jobs.</param>
/// <param name="Methods">The methods that are open to the caller; null for all.</param>
internal sealed record LogChoice(string Namespace, NameScope? Methods)
{
    /// <summary>The rank of the lowest level; 0 for all levels.</summary>
    public int Rank { get; init; }

    public string? Method { get; init; }

    /// <summary>The handler whose attempt must have written the line; null for all.</summary>
    public string? Handler { get; init; }

    public string? Schedule { get; init; }

    /// <summary>The text that a line must hold, whatever the case; null for all lines.</summary>
    public string? Text { get; init; }

    /// <summary>Whether every line of a job that passes, passes.</summary>
    public bool IsOfWholeJobs => Rank == 0 && Handler is null && Text is null;

    public bool Passes(Job job) => job.Namespace == Namespace && PassesJob(job.Spec.Method, job.Occurrence?.Schedule);

    public bool Passes(OpenLog log) => PassesJob(log.Method, log.Schedule);

    /// <summary>Whether a line passes whose job does.</summary>
    public bool Passes(JobLine line) =>
        (Rank == 0 || LogLevels.RankOf(line.Level) >= Rank)
        && (Handler is null || line.Handler == Handler)
        && (Text is null || line.Message.Contains(Text, StringComparison.OrdinalIgnoreCase));

    private bool PassesJob(string method, string? schedule) =>
        (Method is null || method == Method) && (Schedule is null || schedule == Schedule) && Methods.Opens(method);
}
