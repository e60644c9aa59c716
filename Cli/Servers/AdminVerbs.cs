using System.CommandLine;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;

namespace ScheduleZero.Cli.Servers;

/// <summary>
/// <c>schedulezero admin …</c>: verbs for the owner of the Broker's machine, who has stopped the Broker.
/// </summary>
internal static class AdminVerbs
{
    public static Command Create(Terminal terminal) =>
        new Verb("admin", "For the owner of the Broker's machine, with the Broker stopped") { NewKey(terminal) };

    private static Verb NewKey(Terminal terminal)
    {
        var data = Values.Text(
            "--data",
            "Where the store lives (SCHEDULEZERO_DATA) [default: the platform's data folder]",
            "DIR"
        );
        var outFile = Values.Text(
            "--out",
            "Write the key to this file, readable by you only, in place of printing it",
            "FILE"
        );
        var verb = new Verb(
            "new-key",
            "Make an admin key when every other one is lost. Stop the Broker first; run this as the Broker's account",
            "schedulezero admin new-key --data /var/lib/schedulezero",
            "sudo -u schedulezero schedulezero admin new-key --data /var/lib/schedulezero --out admin.key"
        )
        {
            data,
            outFile,
        };
        new Shell(terminal).RunLocally(
            verb,
            async (parsed, cancellationToken) =>
            {
                var file = parsed.GetValue(outFile);
                if (file is not null)
                {
                    KeyFile.RequireWritable(file);
                }

                var folder =
                    parsed.GetValue(data) ?? terminal.Setting("SCHEDULEZERO_DATA") ?? new BrokerSettings().DataFolder;
                return await MakeAsync(terminal, folder, file, cancellationToken);
            }
        );
        return verb;
    }

    private static async Task<int> MakeAsync(
        Terminal terminal,
        string folder,
        string? file,
        CancellationToken cancellationToken
    )
    {
        var printer = new Printer(terminal, OutputFormat.Table);
        try
        {
            var key = await AdminRecovery.NewKeyAsync(folder, Environment.UserName, terminal.Time, cancellationToken);
            if (file is null)
            {
                printer.Line(key.Reveal());
                printer.Note($"Admin key {key.Id} is made; it is not shown again.");
            }
            else
            {
                KeyFile.Write(file, key.Reveal() + Environment.NewLine);
                printer.Note($"Wrote admin key {key.Id} to {file}");
            }

            printer.Note(
                $"Start the Broker, and end the key when it is of no use any more: schedulezero keys revoke {key.Id}"
            );
            return ExitCodes.Ok;
        }
        catch (StoreTakenException e)
        {
            return Fail(e, ExitCodes.Conflict);
        }
        catch (BrokerSettingsException e)
        {
            return Fail(e, ExitCodes.Usage);
        }
        catch (StoreFailedException e)
        {
            return Fail(e, ExitCodes.Failed);
        }

        int Fail(Exception e, int exitCode)
        {
            printer.Note($"error: {e.Message}");
            return exitCode;
        }
    }
}
