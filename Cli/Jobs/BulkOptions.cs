using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Jobs;

/// <summary>The argument and options of a verb that acts on one job, or on all jobs that match.</summary>
internal sealed class BulkOptions(TimeProvider time, BulkAction action)
{
    private readonly Argument<string> _id = OptionalIdArgument();
    private readonly JobFilterOptions _filter = new(time);
    private readonly Option<bool> _all = new("--all")
    {
        Description = "All jobs of the namespace that this is possible for",
    };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only count the jobs that match" };
    private readonly Option<bool> _yes = new("--yes") { Description = "Act on every job that matches" };
    private readonly Option<int?> _priority = Values.Number<int>("--priority", "−100 to 100, higher first");

    public void AddTo(Command verb)
    {
        verb.Add(_id);
        _filter.AddTo(verb);
        verb.Add(_all);
        verb.Add(_dryRun);
        verb.Add(_yes);
        if (action == BulkAction.Priority)
        {
            verb.Add(_priority);
        }
    }

    /// <summary>Reads what is to be done; the filter is empty when one job is named by its id.</summary>
    /// <exception cref="UsageException">The priority is missing, or a value makes no sense.</exception>
    public BulkActRequest Read(Call call) =>
        new()
        {
            Action = action,
            Priority = action == BulkAction.Priority ? RequirePriority(call) : null,
            Filter = _filter.Read(call),
            DryRun = call.Value(_dryRun),
        };

    /// <summary>Reads the id of the one job that is meant; null when options say which jobs are meant.</summary>
    /// <exception cref="UsageException">An id and such options are both given.</exception>
    public JobId? ReadJob(Call call)
    {
        if (call.Parsed.GetResult(_id)?.Tokens.Count is null or 0)
        {
            return null;
        }

        return IsFiltered(call) || call.Value(_dryRun) || call.Value(_yes)
            ? throw new UsageException("A job's id, or options that say which jobs are meant: not both.")
            : IdArguments.ReadJob(call, _id);
    }

    /// <summary>Makes sure that the caller has said which jobs are meant, and that they may be changed.</summary>
    /// <param name="word">The verb, as it is typed.</param>
    /// <exception cref="UsageException">The caller has not; the message says how to.</exception>
    public void RequireConsent(Call call, string word)
    {
        if (!IsFiltered(call))
        {
            throw new UsageException(
                "Which jobs? Name one by its id, or say which with --state, --method and so on (schedulezero "
                    + $"jobs {word} --help), or --all."
            );
        }

        if (!call.Value(_dryRun) && !call.Value(_yes))
        {
            throw new UsageException(
                "Every job that matches would be changed. Count them first with --dry-run, then say so: --yes"
            );
        }
    }

    private static Argument<string> OptionalIdArgument()
    {
        var id = IdArguments.OfJob();
        id.Arity = ArgumentArity.ZeroOrOne;
        return id;
    }

    private bool IsFiltered(Call call) => _filter.Read(call) != new BulkFilter() || call.Value(_all);

    private int RequirePriority(Call call) =>
        call.Value(_priority) ?? throw new UsageException("--priority is needed: −100 to 100, higher first.");
}
