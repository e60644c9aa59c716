using System.CommandLine;
using System.Text.Json;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary>
/// <c>schedulezero audit verify</c>: of the Broker's log as it streams, or of a file, without a Broker.
/// </summary>
internal static class AuditVerifyVerb
{
    public static Verb Create(Shell shell)
    {
        var file = Values.Text("--file", "An export, in place of the Broker's log", "FILE");
        var keysFile = Values.Text(
            "--keys",
            "A JWK set from `audit keys`, in place of what the Broker says now",
            "FILE"
        );
        var checkpoints = Values.Many(
            "--checkpoint",
            "A place in the log that was kept from an earlier run or the Broker's own log",
            "SEQUENCE:HASH"
        );
        var isPart = new Option<bool>("--partial")
        {
            Description = "The export begins later than the log, as one made with --from does",
        };
        var verb = new Verb(
            "verify",
            "Check that no event was changed, removed, added or moved. Without --checkpoint nobody can tell "
                + "that the newest were cut off",
            "schedulezero audit verify --checkpoint 5012:9f86d081…",
            "schedulezero audit verify --file audit.ndjson --keys audit-keys.json"
        )
        {
            file,
            keysFile,
            checkpoints,
            isPart,
        };
        shell.RunLocally(
            verb,
            async (parsed, cancellationToken) =>
            {
                var known = parsed.GetValue(checkpoints)!.Select(ReadPoint).ToList();
                var keys = parsed.GetValue(keysFile) is { } path ? ReadKeys(path) : null;
                var printer = new Printer(shell.Terminal, parsed.GetValue(shell.Options.Output) ?? OutputFormat.Table);
                if (parsed.GetValue(file) is { } exported)
                {
                    await using var lines = File.OpenRead(exported);
                    return await VerifyAsync(
                        lines,
                        keys ?? [],
                        known,
                        parsed.GetValue(isPart),
                        printer,
                        cancellationToken
                    );
                }

                using var client = (
                    await ConnectionSettings.ResolveAsync(parsed, shell.Options, shell.Terminal, cancellationToken)
                ).Connect();
                keys ??= await client.Audit.KeysAsync(cancellationToken);
                await using var stream = await client.Audit.ExportAsync(cancellationToken: cancellationToken);
                return await VerifyAsync(stream, keys, known, parsed.GetValue(isPart), printer, cancellationToken);
            }
        );
        return verb;
    }

    private static async Task<int> VerifyAsync(
        Stream lines,
        IReadOnlyList<AuditKey> keys,
        List<AuditPoint> known,
        bool isPart,
        Printer printer,
        CancellationToken cancellationToken
    )
    {
        var verdict = await VerifierOf(keys, known, isPart).VerifyAsync(lines, cancellationToken);
        if (printer.IsJson)
        {
            printer.Json(verdict, RestJson.Default.AuditVerdict);
        }
        else
        {
            printer.Details(
                ("events", $"{verdict.Count}"),
                ("first", $"{verdict.First}"),
                ("last", $"{verdict.Last}"),
                ("begins at", PlainText.Word(verdict.Start)),
                ("signed checkpoints", keys.Count == 0 ? "not checked: no keys were given" : $"{verdict.Checkpoints}"),
                ("newest checkpoint", verdict.NewestCheckpoint?.ToString()),
                ("end", verdict.End?.ToString())
            );
        }

        if (verdict.Fault is { } fault)
        {
            printer.Note($"error: event {fault.Sequence}: {PlainText.Word(fault.Kind)}. {fault.Detail}");
            return ExitCodes.Failed;
        }

        if (verdict.End is { } end)
        {
            printer.Note(
                "The log is whole. Keep this where the Broker's machine cannot reach it, for the next run: "
                    + $"--checkpoint {end}"
            );
        }

        return ExitCodes.Ok;
    }

    private static AuditVerifier VerifierOf(IReadOnlyList<AuditKey> keys, List<AuditPoint> known, bool isPart)
    {
        try
        {
            return new AuditVerifier(keys, known, isPart);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static AuditPoint ReadPoint(string text) =>
        AuditPoint.TryParse(text, out var point)
            ? point
            : throw new UsageException(
                $"'{text}' is no checkpoint: a sequence, a colon and 64 lower-case hexadecimal digits, as "
                    + "`audit verify` prints it."
            );

    private static IReadOnlyList<AuditKey> ReadKeys(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize(file, RestJson.Default.AuditKeySet)?.Keys is { Count: > 0 } keys
                ? keys
                : throw new UsageException($"{path} holds no keys.");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path} is no JWK set of an audit log: {e.Message}");
        }
    }
}
