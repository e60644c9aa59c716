using System.CommandLine;
using System.Text.Json;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Jobs;

/// <summary><c>schedulezero batches …</c>.</summary>
internal static class BatchesVerbs
{
    private static readonly IReadOnlyList<Column<BatchView>> Columns =
    [
        new("ID", batch => batch.Id.ToString()),
        new("NAME", batch => batch.Name),
        new("ENDED", batch => $"{Ended(batch)} of {batch.Total}"),
        new("SUCCEEDED", batch => $"{batch.Counts.Succeeded}", Fit.Lesser),
        new("CREATED AT", batch => PlainText.Instant(batch.CreatedAt), Fit.Lesser),
        new("FINISHED AT", batch => PlainText.Instant(batch.FinishedAt), Fit.Lesser),
    ];

    public static Command Create(Shell shell) =>
        new Verb("batches", "Submit jobs that are followed as one, watch them, cancel them")
        {
            Submit(shell),
            List(shell),
            Show(shell),
            Cancel(shell),
        };

    private static Verb Submit(Shell shell)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "The batch as JSON: {\"jobs\":[…],\"name\":…,\"onComplete\":…}; - for standard input",
        };
        var verb = new Verb(
            "submit",
            "Submit a batch, all of its jobs or none, and print it",
            "schedulezero batches submit october.json",
            "jq -n '{jobs: [{method: \"reports.render\", ref: \"a\"}, {method: \"mail.send\", after: "
                + "[\"#a\"]}]}' | schedulezero batches submit - -o json | jq -r .batch.id"
        )
        {
            file,
        };
        return CommonVerbs.Ask(
            shell,
            verb,
            async (call, token) =>
                await call.Client.Batches.SubmitAsync(await ReadAsync(call, call.Value(file), token), token),
            (call, created) =>
                call.Printer.Answer(created, RestJson.Default.BatchCreated, shown => Details(shown.Batch))
        );
    }

    private static Verb List(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb("list", "List batches, newest first", "schedulezero batches list --limit 5"),
            (call, page, token) => call.Client.Batches.ListAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageBatchView,
            Columns
        );

    private static Verb Show(Shell shell) =>
        Act(
            shell,
            new Verb(
                "show",
                "Show one batch: its jobs counted by state",
                "schedulezero batches show 0198c1a2-7f00-7abc-8def-0123456789ab",
                "schedulezero jobs list --batch 0198c1a2-7f00-7abc-8def-0123456789ab --state failed"
            ),
            (batches, id, token) => batches.GetAsync(id, token)
        );

    private static Verb Cancel(Shell shell) =>
        Act(
            shell,
            new Verb(
                "cancel",
                "Cancel the jobs of a batch that have not ended",
                "schedulezero batches cancel 0198c1a2-7f00-7abc-8def-0123456789ab"
            ),
            (batches, id, token) => batches.CancelAsync(id, token)
        );

    private static Verb Act(
        Shell shell,
        Verb verb,
        Func<BatchesClient, BatchId, CancellationToken, Task<BatchView>> act
    )
    {
        var id = IdArguments.OfBatch();
        verb.Add(id);
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) => act(call.Client.Batches, IdArguments.ReadBatch(call, id), token),
            (call, batch) => call.Printer.Answer(batch, RestJson.Default.BatchView, Details)
        );
    }

    private static async Task<BatchSubmission> ReadAsync(Call call, string file, CancellationToken cancellationToken)
    {
        var json = await Values.ReadJsonAsync(
            file == "-" ? file : $"@{file}",
            "contents of the file",
            call.Terminal.In,
            cancellationToken
        );
        try
        {
            return JsonSerializer.Deserialize(json.Utf8.Span, StrictJson.Of(RestJson.Default.BatchSubmission))
                ?? throw new UsageException("The file holds null.");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{file} is no batch: {e.Message}");
        }
    }

    private static int Ended(BatchView batch) =>
        batch.Counts.Succeeded + batch.Counts.Failed + batch.Counts.Cancelled + batch.Counts.Expired;

    private static IEnumerable<(string Name, string? Value)> Details(BatchView batch) =>
        [
            ("id", batch.Id.ToString()),
            ("namespace", batch.Namespace),
            ("name", batch.Name),
            ("total", $"{batch.Total}"),
            ("scheduled", $"{batch.Counts.Scheduled}"),
            ("ready", $"{batch.Counts.Ready}"),
            ("running", $"{batch.Counts.Running}"),
            ("succeeded", $"{batch.Counts.Succeeded}"),
            ("failed", $"{batch.Counts.Failed}"),
            ("cancelled", $"{batch.Counts.Cancelled}"),
            ("expired", $"{batch.Counts.Expired}"),
            ("created at", PlainText.Instant(batch.CreatedAt)),
            ("started at", PlainText.Instant(batch.StartedAt)),
            ("finished at", PlainText.Instant(batch.FinishedAt)),
            ("cancel requested at", PlainText.Instant(batch.CancelRequestedAt)),
            ("completion job", batch.CompletionJob?.ToString()),
            ("created by", batch.CreatedBy),
        ];
}
