using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary><c>schedulezero schedules simulate</c>.</summary>
internal static class SimulateVerb
{
    public static Verb Create(Shell shell)
    {
        var options = new SimulateOptions(shell.Terminal.Time);
        var verb = new Verb(
            "simulate",
            "Show what schedules would do: starts by hour, collisions, changes of the clocks, and what differs "
                + "from what is saved",
            "schedulezero schedules simulate --to +7d --time-zone Europe/Berlin",
            "schedulezero schedules simulate nightly invoices --to +366d",
            "schedulezero schedules simulate --file schedules.json --prune -o json | jq .collisions"
        );
        options.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) => call.Client.Schedules.SimulateAsync(options.Read(call), token),
            (call, simulation) =>
                call.Printer.Answer(
                    simulation,
                    RestJson.Default.SimulationAnswer,
                    shown => SimulationText.Print(call.Printer, shown, options.ReadTimeZone(call) ?? "UTC")
                )
        );
    }

    private sealed class SimulateOptions(TimeProvider time)
    {
        private readonly Argument<string[]> _names = new("NAME")
        {
            Description = "Saved schedules; all of them when none is given",
            Arity = ArgumentArity.ZeroOrMore,
        };
        private readonly Option<string?> _file = Values.Text(
            "--file",
            "Schedules as JSON, simulated as if they were saved; - for standard input",
            "FILE"
        );
        private readonly Option<bool> _prune = new("--prune")
        {
            Description = "With --file: as if all other saved schedules were deleted",
        };
        private readonly Option<DateTimeOffset?> _from = Values.Instant("--from", "First instant [default: now]", time);
        private readonly Option<DateTimeOffset?> _to = Values.Instant(
            "--to",
            "End, at most 366 days later [default: 30 days later]",
            time
        );
        private readonly Option<string?> _timeZone = Values.Text(
            "--time-zone",
            "Whose hours of the day are shown, as an IANA name [default: UTC]",
            "ZONE"
        );

        public void AddTo(Command verb)
        {
            verb.Add(_names);
            verb.Add(_file);
            verb.Add(_prune);
            verb.Add(_from);
            verb.Add(_to);
            verb.Add(_timeZone);
        }

        /// <exception cref="UsageException">The file holds no schedules, or two options exclude each other.</exception>
        public SimulationRequest Read(Call call)
        {
            var names = call.Value(_names);
            var prune = call.Value(_prune);
            var schedules = call.Value(_file) is { } file ? ScheduleFile.Read(file, call.Terminal.In) : null;
            if (schedules is null && prune)
            {
                throw new UsageException("--prune needs --file.");
            }

            if (schedules is not null && names.Length > 0)
            {
                throw new UsageException("Give names of saved schedules, or --file.");
            }

            return new SimulationRequest
            {
                From = call.Value(_from),
                To = call.Value(_to),
                Names = Values.GivenOrNull(names),
                Schedules = schedules,
                Prune = prune ? true : null,
                TimeZone = ReadTimeZone(call),
            };
        }

        public string? ReadTimeZone(Call call) => call.Value(_timeZone);
    }
}
