using System.CommandLine;
using ScheduleZero.Certificates;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero profiles …</c>: saved connection settings.</summary>
internal static class ProfilesVerbs
{
    public static Command Create(Shell shell) =>
        new Verb("profiles", "Keep the settings of several Brokers")
        {
            List(shell),
            Set(shell),
            Use(shell),
            Remove(shell),
        };

    private static Argument<string> NameArgument() => new("NAME") { Description = "The profile's name" };

    private static Verb List(Shell shell)
    {
        var verb = new Verb("list", "List the profiles; * marks the one in use", "schedulezero profiles list");
        shell.RunLocally(
            verb,
            (parsed, _) =>
            {
                Print(shell.PrinterOf(parsed), ProfileFile.Locate(shell.Terminal).Load());
                return Task.FromResult(ExitCodes.Ok);
            }
        );
        return verb;
    }

    private static void Print(Printer printer, ProfileSet set)
    {
        // Without the keys themselves: a listing ends up in tickets and chats.
        var shown = set with
        {
            Profiles = set.Profiles.ToDictionary(
                profile => profile.Key,
                profile => profile.Value with { ApiKey = Hint(profile.Value.ApiKey) }
            ),
        };
        printer.Answer(
            shown,
            CliJson.Default.ProfileSet,
            _ =>
                printer.Table(
                    ["", "NAME", "SERVER", new("NAMESPACE", Fit.Lesser), new("KEY", Fit.Lesser)],
                    shown.Profiles.Select(profile =>
                        new[]
                        {
                            profile.Key == shown.Current ? "*" : "",
                            profile.Key,
                            profile.Value.Server,
                            profile.Value.Namespace,
                            profile.Value.ApiKeyFile ?? profile.Value.ApiKey,
                        }
                    )
                )
        );
    }

    private static Verb Set(Shell shell)
    {
        var name = NameArgument();
        var storeKey = new Option<bool>("--store-key")
        {
            Description = "Keep the key itself in the profile, not the key file's path",
        };
        var verb = new Verb(
            "set",
            "Make a profile or change it, by the global options; what is not given stays",
            "schedulezero profiles set prod --server https://broker.example --api-key-file ~/.keys/prod",
            "schedulezero profiles set prod --api-key-file /run/secrets/key --store-key",
            "schedulezero profiles set prod --ca ca.pem --client-cert ana.pem --client-key ana.key"
        )
        {
            name,
            storeKey,
        };
        shell.RunLocally(
            verb,
            (parsed, _) =>
            {
                var file = ProfileFile.Locate(shell.Terminal);
                var set = file.Load();
                var given = parsed.GetValue(name)!;
                if (!Names.IsName(given))
                {
                    throw new UsageException($"'{given}' is no name: letters, digits and . _ - : only.");
                }

                var before = set.Profiles.GetValueOrDefault(given) ?? new Profile();
                file.Save(set.With(given, Change(before, shell, parsed, parsed.GetValue(storeKey))));
                new Printer(shell.Terminal, OutputFormat.Table).Note($"Saved profile {given} in {file.Path}");
                return Task.FromResult(ExitCodes.Ok);
            }
        );
        return verb;
    }

    /// <summary>Changes a profile by the global options; an option that is not given changes nothing.</summary>
    /// <param name="isKeyStored">Whether the profile holds the key itself, in place of the path of its file.</param>
    private static Profile Change(Profile profile, Shell shell, ParseResult parsed, bool isKeyStored)
    {
        if (parsed.GetValue(shell.Options.Server) is { } server)
        {
            profile = profile with { Server = ConnectionSettings.RequireAddress(server).AbsoluteUri };
        }

        if (parsed.GetValue(shell.Options.Namespace) is { } scope)
        {
            profile = profile with { Namespace = ConnectionSettings.RequireNamespace(scope) };
        }

        profile = ChangeTls(profile, ClientTlsOptions.RequireUsable(ClientTlsOptions.OfFlags(parsed)));
        if (parsed.GetValue(shell.Options.ApiKeyFile) is not { } keyFile)
        {
            return isKeyStored ? throw new UsageException("--store-key needs --api-key-file.") : profile;
        }

        // The file is read in either case, so that a wrong file is found now and not at the first call.
        var key = KeyFile.Read(keyFile, shell.Terminal);
        return isKeyStored
            ? profile with
            {
                ApiKey = key,
                ApiKeyFile = null,
            }
            : profile with
            {
                ApiKey = null,
                ApiKeyFile = Path.GetFullPath(keyFile),
            };
    }

    private static Profile ChangeTls(Profile profile, ClientTlsFiles given)
    {
        if (given.Authority is { } authority)
        {
            profile = profile with { Ca = Path.GetFullPath(authority) };
        }

        // The key and the password belong to the certificate: those of an earlier one are of no use.
        return given.Certificate is { } certificate
            ? profile with
            {
                ClientCert = Path.GetFullPath(certificate),
                ClientKey = given.Key is { } key ? Path.GetFullPath(key) : null,
                ClientPasswordFile = given.Password is { } password ? Path.GetFullPath(password) : null,
            }
            : profile;
    }

    private static Verb Use(Shell shell)
    {
        var name = NameArgument();
        var verb = new Verb("use", "Take a profile's settings from now on", "schedulezero profiles use prod") { name };
        shell.RunLocally(
            verb,
            (parsed, _) =>
            {
                var file = ProfileFile.Locate(shell.Terminal);
                var set = file.Load();
                set.Require(parsed.GetValue(name)!);
                file.Save(set with { Current = parsed.GetValue(name) });
                NoteVariables(shell.Terminal);
                return Task.FromResult(ExitCodes.Ok);
            }
        );
        return verb;
    }

    private static Verb Remove(Shell shell)
    {
        var name = NameArgument();
        var verb = new Verb("remove", "Forget a profile; its key stays valid", "schedulezero profiles remove prod")
        {
            name,
        };
        shell.RunLocally(
            verb,
            (parsed, _) =>
            {
                var file = ProfileFile.Locate(shell.Terminal);
                var set = file.Load();
                set.Require(parsed.GetValue(name)!);
                file.Save(set.Without(parsed.GetValue(name)!));
                return Task.FromResult(ExitCodes.Ok);
            }
        );
        return verb;
    }

    private static void NoteVariables(Terminal terminal)
    {
        string[] names =
        [
            ConnectionSettings.ServerVariable,
            ConnectionSettings.ApiKeyVariable,
            ConnectionSettings.NamespaceVariable,
        ];
        var given = names.Where(name => terminal.Setting(name) is not null).ToList();
        if (given.Count > 0)
        {
            new Printer(terminal, OutputFormat.Table).Note(
                $"note: {string.Join(" and ", given)} of the environment win over the profile in use; "
                    + "--profile wins over both"
            );
        }
    }

    private static string? Hint(string? apiKey) => ApiKey.TryParse(apiKey, out var key) ? key.ToString() : null;
}
