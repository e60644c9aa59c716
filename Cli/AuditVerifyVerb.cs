using System.CommandLine;
using System.Text.Json;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary>
/// <c>schedulezero audit verify</c>: verifies the Broker's log while it streams, or an exported file without a Broker.
/// </summary>
internal static class AuditVerifyVerb
{
    public static Verb Create(Shell shell)
    {
        var options = new VerifyOptions();
        var verb = new Verb(
            "verify",
            "Check that no event was changed, removed, added or moved. Without --checkpoint nobody can tell "
                + "that the newest were cut off",
            "schedulezero audit verify --checkpoint 5012:9f86d081…",
            "schedulezero audit verify --file audit.ndjson --keys audit-keys.json"
        );
        options.AddTo(verb);
        shell.RunLocally(verb, (parsed, cancellationToken) => RunAsync(shell, parsed, options, cancellationToken));
        return verb;
    }

    private static async Task<int> RunAsync(
        Shell shell,
        ParseResult parsed,
        VerifyOptions options,
        CancellationToken cancellationToken
    )
    {
        var known = parsed.GetValue(options.Checkpoints)!.Select(ReadPoint).ToList();
        var keys = parsed.GetValue(options.KeysFile) is { } path ? ReadKeys(path) : null;
        if (parsed.GetValue(options.File) is { } exported)
        {
            await using var lines = File.OpenRead(exported);
            return await VerifyAsync(lines, keys ?? []);
        }

        var settings = await ConnectionSettings.ResolveAsync(parsed, shell.Options, shell.Terminal, cancellationToken);
        using var client = settings.Connect();
        keys ??= await client.Audit.KeysAsync(cancellationToken);
        await using var stream = await client.Audit.ExportAsync(cancellationToken: cancellationToken);
        return await VerifyAsync(stream, keys);

        async Task<int> VerifyAsync(Stream log, IReadOnlyList<AuditKey> signers)
        {
            var verifier = VerifierOf(signers, known, parsed.GetValue(options.IsPart));
            var verdict = await verifier.VerifyAsync(log, cancellationToken);
            return Print(shell.PrinterOf(parsed), verdict, areKeysGiven: signers.Count > 0);
        }
    }

    private static int Print(Printer printer, AuditVerdict verdict, bool areKeysGiven)
    {
        printer.Answer(
            verdict,
            RestJson.Default.AuditVerdict,
            shown =>
                [
                    ("events", $"{shown.Count}"),
                    ("first", $"{shown.First}"),
                    ("last", $"{shown.Last}"),
                    ("begins at", PlainText.Word(shown.Start)),
                    ("signed checkpoints", areKeysGiven ? $"{shown.Checkpoints}" : "not checked: no keys were given"),
                    ("newest checkpoint", shown.NewestCheckpoint?.ToString()),
                    ("end", shown.End?.ToString()),
                ]
        );
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

    private sealed class VerifyOptions
    {
        public Option<string?> File { get; } = Values.Text("--file", "An export, in place of the Broker's log", "FILE");

        public Option<string?> KeysFile { get; } =
            Values.Text("--keys", "A JWK set from `audit keys`, in place of what the Broker says now", "FILE");

        public Option<string[]> Checkpoints { get; } =
            Values.Many(
                "--checkpoint",
                "A place in the log that was kept from an earlier run or the Broker's own log",
                "SEQUENCE:HASH"
            );

        public Option<bool> IsPart { get; } =
            new("--partial") { Description = "The export begins later than the log, as one made with --from does" };

        public void AddTo(Command verb)
        {
            verb.Add(File);
            verb.Add(KeysFile);
            verb.Add(Checkpoints);
            verb.Add(IsPart);
        }
    }
}
