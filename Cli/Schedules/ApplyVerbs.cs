using System.CommandLine;
using System.Text.Json;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary>Schedules as files: <c>schedulezero schedules apply</c> and <c>export</c>.</summary>
internal static class ApplyVerbs
{
    public static Verb Apply(Shell shell)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "YAML or JSON; a folder for all of its .yaml, .yml and .json files; - for standard input",
            Arity = ArgumentArity.OneOrMore,
        };
        var prune = new Option<bool>("--prune")
        {
            Description = "Delete the schedules that the files do not name, of those that are yours to change",
        };
        var matching = Values.Text("--prune-matching", "With --prune: only those whose names match", "PATTERN");
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what would be changed" };
        var verb = new Verb(
            "apply",
            "Make schedules be as files say, all or none; what does not differ is left alone",
            "schedulezero schedules apply schedules.yaml --dry-run",
            "schedulezero schedules apply schedules/ --prune --prune-matching 'team-a.*'",
            "schedulezero schedules export > schedules.yaml; $EDITOR schedules.yaml; schedulezero schedules "
                + "apply schedules.yaml"
        )
        {
            files,
            prune,
            matching,
            dryRun,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var schedules = call.Value(files)
                    .SelectMany(file => ScheduleFile.Read(file, shell.Terminal.In))
                    .ToList();
                var request = new ApplyRequest(schedules, call.Value(prune), call.Value(matching), call.Value(dryRun));
                Print(call, await call.Client.Schedules.ApplyAsync(request, cancellationToken));
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    public static Verb Export(Shell shell)
    {
        var matching = Values.Text("--matching", "Only those whose names match [default: *]", "PATTERN");
        var verb = new Verb(
            "export",
            "Print schedules as apply takes them: YAML, or JSON with -o json",
            "schedulezero schedules export > schedules.yaml",
            "schedulezero schedules export --matching 'team-a.*' -o json"
        )
        {
            matching,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var pattern = call.Value(matching) ?? "*";
                var schedules = new List<ScheduleRequest>();
                await foreach (var schedule in call.Client.Schedules.ListAllAsync(cancellationToken))
                {
                    if (Names.Matches(pattern, schedule.Name))
                    {
                        schedules.Add(RequestOf(schedule));
                    }
                }

                ScheduleFile.Write(shell.Terminal.Out, schedules, call.Printer.IsJson);
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    // A view holds the fields of the request under the same names. A pause is only worth saying where there is one, and
    // an owner who did not make it: elsewhere it belongs to who applies it.
    private static ScheduleRequest RequestOf(ScheduleView schedule)
    {
        var request = JsonSerializer
            .SerializeToElement(schedule, RestJson.Default.ScheduleView)
            .Deserialize(RestJson.Default.ScheduleRequest)!;
        return request with
        {
            Paused = request.Paused == true ? true : null,
            Owner = schedule.Owner == schedule.CreatedBy ? null : schedule.Owner,
        };
    }

    private static void Print(Call call, ApplyAnswer answer)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(answer, RestJson.Default.ApplyAnswer);
            return;
        }

        foreach (var item in answer.Items)
        {
            var line = item.Action switch
            {
                AppliedAction.Created => $"+ {item.Name}",
                AppliedAction.Changed =>
                    $"~ {item.Name}: {string.Join("; ", item.Changes.Select(ScheduleText.Change))}",
                AppliedAction.Deleted => $"- {item.Name}",
                AppliedAction.Kept => $"= {item.Name}: not deleted. {item.Reason}",
                _ => null,
            };
            if (line is not null)
            {
                call.Printer.Line(line);
            }
        }

        var counts = answer
            .Items.GroupBy(item => item.Action)
            .OrderBy(group => group.Key)
            .Select(group => $"{group.Count()} {PlainText.Word(group.Key)}");
        call.Printer.Note($"{string.Join(", ", counts)}{(answer.DryRun ? "; a dry run, nothing was done" : "")}");
    }
}
