using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Jobs;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero logs</c>.</summary>
internal static class LogsVerb
{
    public static Command Create(Shell shell)
    {
        var options = new LogOptions();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with each line as it is written" };
        var verb = new Verb(
            "logs",
            "Show the newest lines that jobs logged, of all jobs; with -o json a line each",
            "schedulezero logs --level warning",
            "schedulezero logs --follow --handler office-7"
        )
        {
            follow,
        };
        options.AddTo(verb);
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var filter = options.Read(call);
                if (!call.Value(follow))
                {
                    foreach (var line in (await call.Client.Logs.NewestAsync(filter, cancellationToken)).Items)
                    {
                        call.Printer.StreamValue(line, RestJson.Default.JobLine, Line);
                    }

                    return ExitCodes.Ok;
                }

                var notes = new StreamNotes
                {
                    Lost = () => call.Printer.Note("Some lines were lost on the way; the logs of the jobs have them."),
                };
                await foreach (var line in call.Client.Logs.FollowAsync(filter, notes, cancellationToken))
                {
                    call.Printer.StreamValue(line, RestJson.Default.JobLine, Line);
                }

                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static string Line(JobLine line) => $"{line.Method}  {line.Handler}  {line.JobId}  {JobText.Line(line)}";

    /// <summary>The options that say which lines are meant.</summary>
    private sealed class LogOptions
    {
        private readonly Option<string?> _level = Values.Text(
            "--level",
            "Only of this level and above, such as warning",
            "LEVEL"
        );
        private readonly Option<string?> _method = Values.Text("--method", "Only of jobs of this method", "NAME");
        private readonly Option<string?> _handler = Values.Text("--handler", "Only of this handler", "NAME");
        private readonly Option<string?> _schedule = Values.Text("--schedule", "Only of jobs of this schedule", "NAME");
        private readonly Option<string?> _query = Values.Text("--query", "Only with this text", "TEXT");
        private readonly Option<int?> _tail = Values.Count("--tail", "How many of the newest, 1 to 500 [default: 50]");

        public void AddTo(Command verb)
        {
            foreach (var option in (Option[])[_level, _method, _handler, _schedule, _query, _tail])
            {
                verb.Options.Add(option);
            }
        }

        public LogFilter Read(Call call) =>
            new()
            {
                Level = call.Value(_level),
                Method = call.Value(_method),
                Handler = call.Value(_handler),
                Schedule = call.Value(_schedule),
                Text = call.Value(_query),
                Limit = call.Value(_tail),
            };
    }
}
