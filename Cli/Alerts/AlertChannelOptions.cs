using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Alerts;

/// <summary>Where a channel sends notices, as options.</summary>
internal sealed class AlertChannelOptions
{
    private readonly Option<AlertChannelKind?> _kind = Values.Word<AlertChannelKind>(
        "--kind",
        "In which form notices are sent"
    );
    private readonly Option<string?> _urlFile = Values.Text(
        "--url-file",
        "Read the URL from this file; - for standard input [default: as it is]",
        "FILE"
    );
    private readonly Option<string?> _url = Values.Text(
        "--url",
        "The URL itself. The URL of a chat is a secret, and others on this machine may see it here: better --url-file",
        "URL"
    );
    private readonly Option<string?> _secretFile = Values.Text(
        "--secret-file",
        "webhook: read the secret that signs, whsec_…, from this file; - for standard input [default: as it is; a new "
            + "webhook gets one]",
        "FILE"
    );
    private readonly Option<string[]> _to = Values.Many("--to", "mail: an address that gets notices", "ADDRESS");
    private readonly Option<string?> _description = Values.Text("--description", "What it is for", "TEXT");
    private readonly Option<bool> _disabled = new("--disabled") { Description = "Switched off: gets nothing" };

    /// <summary>The only version of the channel that may be replaced.</summary>
    public Option<int?> IfVersion { get; } =
        Values.Number<int>("--if-version", "Only if the channel still has this version");

    public void AddTo(Command verb)
    {
        _kind.Required = true;
        verb.Add(_kind);
        verb.Add(_urlFile);
        verb.Add(_url);
        verb.Add(_secretFile);
        verb.Add(_to);
        verb.Add(_description);
        verb.Add(_disabled);
        verb.Add(IfVersion);
    }

    /// <exception cref="UsageException">Two options contradict each other, or a file cannot be read.</exception>
    public async Task<AlertChannelRequest> ReadAsync(Call call, CancellationToken cancellationToken)
    {
        var (url, urlFile, secretFile) = (call.Value(_url), call.Value(_urlFile), call.Value(_secretFile));
        if (url is not null && urlFile is not null)
        {
            throw new UsageException("Give --url or --url-file, not both.");
        }

        if (urlFile == "-" && secretFile == "-")
        {
            throw new UsageException("Standard input holds one of the URL and the secret, not both.");
        }

        return new AlertChannelRequest
        {
            Kind = call.Value(_kind)!.Value,
            Description = call.Value(_description),
            Url = url ?? await ReadFileAsync(urlFile, call.Terminal, cancellationToken),
            Secret = await ReadFileAsync(secretFile, call.Terminal, cancellationToken),
            To = Values.GivenOrNull(call.Value(_to)),
            Enabled = !call.Value(_disabled),
        };
    }

    /// <summary>The text of a file without the line break at its end; null when no file is given.</summary>
    private static async Task<string?> ReadFileAsync(
        string? file,
        Terminal terminal,
        CancellationToken cancellationToken
    ) =>
        file is null ? null
        : (await Values.ReadTextAsync(file == "-" ? file : $"@{file}", terminal.In, cancellationToken)).Trim()
            is { Length: > 0 } text
            ? text
        : throw new UsageException($"{(file == "-" ? "Standard input" : file)} is empty.");
}
