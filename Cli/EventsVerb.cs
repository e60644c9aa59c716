using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero events</c>.</summary>
internal static class EventsVerb
{
    public static Command Create(Shell shell)
    {
        var after = Values.Text("--after", "Go on after this event's id [default: from now on]", "ID");
        var count = Values.Count("--count", "Stop after so many [default: never]");
        var verb = new Verb(
            "events",
            "Watch jobs, schedules and handlers change; goes on by itself when the connection is cut",
            "schedulezero events",
            "schedulezero events -o json | jq -c 'select(.type == \"job.failed\")'"
        )
        {
            after,
            count,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var left = call.Value(count) ?? int.MaxValue;
                await foreach (
                    var happened in call.Client.EventsAsync(call.Value(after), cancellationToken: cancellationToken)
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
}
