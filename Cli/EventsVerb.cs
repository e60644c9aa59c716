using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero events</c>.</summary>
internal static class EventsVerb
{
    public static Command Create(Shell shell)
    {
        var options = new EventOptions();
        var count = Values.Count("--count", "Stop after so many [default: never]");
        var verb = new Verb(
            "events",
            "Watch jobs, schedules and handlers change; goes on by itself when the connection is cut",
            "schedulezero events",
            "schedulezero events --type job.failed --type handler.offline --last 20",
            "schedulezero events -o json | jq -c 'select(.type == \"job.failed\")'"
        )
        {
            count,
        };
        options.AddTo(verb);
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var left = call.Value(count) ?? int.MaxValue;
                await foreach (
                    var happened in call.Client.EventsAsync(options.Read(call), cancellationToken: cancellationToken)
                )
                {
                    call.Printer.StreamValue(happened, RestJson.Default.BrokerEvent, Line);
                    if (--left == 0)
                    {
                        break;
                    }
                }

                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static string Line(BrokerEvent happened) =>
        PlainText.OneLine(
            $"{PlainText.TimeOfDay(happened.At)}  {happened.Type, -18}  {happened.Subject}  {happened.Method}  "
                + $"{happened.Handler}  {happened.Detail}".TrimEnd()
        );

    /// <summary>The options that say which events are meant, and where the stream begins.</summary>
    private sealed class EventOptions
    {
        private readonly Option<string[]> _types = Values.Many(
            "--type",
            "Only events of this type or kind, such as job.failed or handler",
            "TYPE"
        );
        private readonly Option<string?> _method = Values.Text("--method", "Only of jobs of this method", "NAME");
        private readonly Option<string?> _handler = Values.Text("--handler", "Only of this handler", "NAME");
        private readonly Option<string?> _schedule = Values.Text(
            "--schedule",
            "Only of this schedule, and of jobs that it made",
            "NAME"
        );
        private readonly Option<string?> _job = Values.Text("--job", "Only of this job", "ID");
        private readonly Option<int?> _last = Values.Count("--last", "Begin with the newest ones, 1 to 500");
        private readonly Option<string?> _after = Values.Text(
            "--after",
            "Go on after this event's id [default: from now on]",
            "ID"
        );

        public void AddTo(Command verb)
        {
            foreach (var option in (Option[])[_types, _method, _handler, _schedule, _job, _last, _after])
            {
                verb.Options.Add(option);
            }
        }

        /// <exception cref="UsageException">A value makes no sense.</exception>
        public EventFilter Read(Call call) =>
            new()
            {
                Types = Values.GivenOrNull(call.Value(_types)),
                Method = call.Value(_method),
                Handler = call.Value(_handler),
                Schedule = call.Value(_schedule),
                Job = ReadJob(call.Value(_job)),
                Last = call.Value(_last),
                After = call.Value(_after),
            };

        private static JobId? ReadJob(string? text) =>
            text is null ? null
            : JobId.TryParse(text, out var id) ? id
            : throw new UsageException($"'{text}' is no job id.");
    }
}
