using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Jobs;

/// <summary>The options that say which jobs are meant; all options that are given must hold.</summary>
internal sealed class JobFilterOptions(TimeProvider time)
{
    private readonly Option<JobState?> _state = Values.Word<JobState>("--state", "Only jobs in this state");
    private readonly Option<string?> _method = Values.Text("--method", "Only jobs of this method", "NAME");
    private readonly Option<string?> _handler = Values.Text("--handler", "Only jobs of this handler", "NAME");
    private readonly Option<string?> _group = Values.Text("--group", "Only jobs for this group", "NAME");
    private readonly Option<string?> _tag = Values.Text("--tag", "Only jobs with this tag", "TAG");
    private readonly Option<string?> _schedule = Values.Text("--schedule", "Only jobs that this schedule made", "NAME");
    private readonly Option<string?> _batch = Values.Text("--batch", "Only jobs of this batch", "ID");
    private readonly Option<DateTimeOffset?> _from = Values.Instant("--from", "Enqueued then or later", time);
    private readonly Option<DateTimeOffset?> _to = Values.Instant("--to", "Enqueued before then", time);
    private readonly Option<string?> _query = Values.Text("--query", "Text to search for", "TEXT");
    private readonly Option<string?> _params = Values.Text("--params", "Text to search for in params", "TEXT");

    public void AddTo(Command verb)
    {
        verb.Options.Add(_state);
        verb.Options.Add(_params);
        AddWithoutState(verb);
    }

    /// <summary>Adds the options to a verb that counts jobs: in all states, and without a look at params.</summary>
    public void AddWithoutState(Command verb)
    {
        foreach (var option in (Option[])[_method, _handler, _group, _tag, _schedule, _batch, _from, _to, _query])
        {
            verb.Options.Add(option);
        }
    }

    /// <exception cref="UsageException">A value makes no sense.</exception>
    public BulkFilter Read(Call call) =>
        new()
        {
            State = call.Value(_state),
            Method = call.Value(_method),
            Handler = call.Value(_handler),
            Group = call.Value(_group),
            Tag = call.Value(_tag),
            Schedule = call.Value(_schedule),
            Batch = ReadBatch(call.Value(_batch)),
            From = call.Value(_from),
            To = call.Value(_to),
            Query = call.Value(_query),
            Params = call.Value(_params),
        };

    private static BatchId? ReadBatch(string? text) =>
        text is null ? null
        : BatchId.TryParse(text, out var id) ? id
        : throw new UsageException($"'{text}' is no batch id.");
}
