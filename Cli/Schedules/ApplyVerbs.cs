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
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) =>
            {
                var schedules = call.Value(files)
                    .SelectMany(file => ScheduleFile.Read(file, call.Terminal.In))
                    .ToList();
                var request = new ApplyRequest(schedules, call.Value(prune), call.Value(matching), call.Value(dryRun));
                return call.Client.Schedules.ApplyAsync(request, token);
            },
            (call, answer) =>
                call.Printer.Answer(answer, RestJson.Default.ApplyAnswer, shown => Print(call.Printer, shown))
        );
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
                await foreach (var schedule in call.Client.Schedules.ListAllAsync(null, cancellationToken))
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

    /// <summary>
    /// Makes the request that would save the schedule as it is. The owner is left out where the owner made the
    /// schedule: whoever applies the file becomes the owner then.
    /// </summary>
    private static ScheduleRequest RequestOf(ScheduleView schedule)
    {
        // A view holds the fields of the request under the same names.
        var request = JsonSerializer
            .SerializeToElement(schedule, RestJson.Default.ScheduleView)
            .Deserialize(RestJson.Default.ScheduleRequest)!;
        return request with
        {
            Paused = request.Paused == true ? true : null,
            Owner = schedule.Owner == schedule.CreatedBy ? null : schedule.Owner,
        };
    }

    private static void Print(Printer printer, ApplyAnswer answer)
    {
        foreach (var line in answer.Items.Select(LineOf).OfType<string>())
        {
            printer.Line(line);
        }

        var counts = answer
            .Items.GroupBy(item => item.Action)
            .OrderBy(group => group.Key)
            .Select(group => $"{group.Count()} {PlainText.Word(group.Key)}");
        printer.Note($"{string.Join(", ", counts)}{(answer.DryRun ? "; a dry run, nothing was done" : "")}");
    }

    /// <summary>The line that tells what became of a schedule; null for one that did not differ.</summary>
    private static string? LineOf(AppliedSchedule applied) =>
        applied.Action switch
        {
            AppliedAction.Created => $"+ {applied.Name}",
            AppliedAction.Changed =>
                $"~ {applied.Name}: {string.Join("; ", applied.Changes.Select(ScheduleText.Change))}",
            AppliedAction.Deleted => $"- {applied.Name}",
            AppliedAction.Kept => $"= {applied.Name}: not deleted. {applied.Reason}",
            _ => null,
        };
}
