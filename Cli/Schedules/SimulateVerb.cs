using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary><c>schedulezero schedules simulate</c>.</summary>
internal static class SimulateVerb
{
    public static Verb Create(Shell shell)
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "Saved schedules; all of them when none is given",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var file = Values.Text(
            "--file",
            "Schedules as JSON, simulated as if they were saved; - for standard input",
            "FILE"
        );
        var prune = new Option<bool>("--prune")
        {
            Description = "With --file: as if all other saved schedules were deleted",
        };
        var from = Values.Instant("--from", "First instant [default: now]", shell.Terminal.Time);
        var to = Values.Instant("--to", "End, at most 366 days later [default: 30 days later]", shell.Terminal.Time);
        var zone = Values.Text(
            "--time-zone",
            "Whose hours of the day are shown, as an IANA name [default: UTC]",
            "ZONE"
        );
        var verb = new Verb(
            "simulate",
            "Show what schedules would do: starts by hour, collisions, changes of the clocks, and what differs "
                + "from what is saved",
            "schedulezero schedules simulate --to +7d --time-zone Europe/Berlin",
            "schedulezero schedules simulate nightly invoices --to +366d",
            "schedulezero schedules simulate --file schedules.json --prune -o json | jq .collisions"
        )
        {
            names,
            file,
            prune,
            from,
            to,
            zone,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var given = call.Value(names);
                var schedules = call.Value(file) is { } name ? ScheduleFile.Read(name, call.Terminal.In) : null;
                if (schedules is null ? call.Value(prune) : given.Length > 0)
                {
                    throw new UsageException(
                        schedules is null ? "--prune needs --file." : "Give names of saved schedules, or --file."
                    );
                }

                var answer = await call.Client.Schedules.SimulateAsync(
                    new SimulationRequest
                    {
                        From = call.Value(from),
                        To = call.Value(to),
                        Names = given.Length > 0 ? given : null,
                        Schedules = schedules,
                        Prune = call.Value(prune) ? true : null,
                        TimeZone = call.Value(zone),
                    },
                    cancellationToken
                );
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(answer, RestJson.Default.SimulationAnswer);
                }
                else
                {
                    SimulationText.Print(call.Printer, answer, call.Value(zone) ?? "UTC");
                }

                return ExitCodes.Ok;
            }
        );
        return verb;
    }
}
