using System.CommandLine;
using ScheduleZero.Cli.Output;

namespace ScheduleZero.Cli.Configuration;

/// <summary>The options that every verb has.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Server { get; } =
        new("--server")
        {
            Description = "The Broker's address [default: http://127.0.0.1:8888]",
            HelpName = "URL",
            Recursive = true,
        };

    public Option<string?> ApiKeyFile { get; } =
        new("--api-key-file")
        {
            Description =
                "A file that holds the API key; there is no flag for the key itself, since others could see it "
                + "in the process list",
            HelpName = "FILE",
            Recursive = true,
        };

    public Option<string?> Namespace { get; } =
        new("--namespace", "-n")
        {
            Description = "The namespace to act in [default: default]",
            HelpName = "NAME",
            Recursive = true,
        };

    public Option<string?> Profile { get; } =
        new("--profile")
        {
            Description = "Settings saved with `profiles set` [default: the one chosen with `profiles use`]",
            HelpName = "NAME",
            Recursive = true,
        };

    public Option<OutputFormat?> Output { get; } =
        Values.Word<OutputFormat>(
            "--output",
            "table for people, json (as the REST API writes it) for scripts [default: table]"
        );

    public ClientTlsOptions Tls { get; } = new();

    public void AddTo(RootCommand root)
    {
        Output.Aliases.Add("-o");
        Output.Recursive = true;
        root.Add(Server);
        root.Add(ApiKeyFile);
        root.Add(Namespace);
        root.Add(Profile);
        root.Add(Output);
        Tls.AddTo(root);
    }
}
