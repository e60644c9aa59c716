using System.CommandLine;
using System.Text;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;

namespace ScheduleZero.Cli;

/// <summary>
/// What every verb shares: the terminal, the global options, and the one place where failures become exit codes.
/// </summary>
internal sealed class Shell(Terminal terminal)
{
    public Terminal Terminal { get; } = terminal;

    public GlobalOptions Options { get; } = new();

    /// <summary>Gives the verb an action that talks to a Broker.</summary>
    public void Connect(Command verb, Func<Call, CancellationToken, Task<int>> action) =>
        RunLocally(
            verb,
            async (parsed, cancellationToken) =>
            {
                var settings = await ConnectionSettings.ResolveAsync(parsed, Options, Terminal, cancellationToken);
                using var client = settings.Connect();
                var printer = new Printer(Terminal, parsed.GetValue(Options.Output) ?? OutputFormat.Table);
                return await action(new Call(parsed, Terminal, client, printer, settings), cancellationToken);
            }
        );

    /// <summary>Gives the verb an action that talks to a Broker without showing who asks.</summary>
    public void ConnectAnonymously(Command verb, Func<Call, CancellationToken, Task<int>> action) =>
        RunLocally(
            verb,
            async (parsed, cancellationToken) =>
            {
                var settings = ConnectionSettings.ResolveAnonymous(parsed, Options, Terminal);
                ConnectionSettings.WarnIfPlain(settings.Server, Terminal);
                using var client = settings.Connect();
                var printer = new Printer(Terminal, parsed.GetValue(Options.Output) ?? OutputFormat.Table);
                return await action(new Call(parsed, Terminal, client, printer, settings), cancellationToken);
            }
        );

    /// <summary>Gives the verb an action that talks to nobody.</summary>
    public void RunLocally(Command verb, Func<ParseResult, CancellationToken, Task<int>> action) =>
        verb.SetAction(
            async (parsed, cancellationToken) =>
            {
                try
                {
                    return await action(parsed, cancellationToken);
                }
                catch (ScheduleZeroException e)
                {
                    return Fail(e.Message, ExitCodes.Of(e));
                }
                catch (UsageException e)
                {
                    return Fail(e.Message, ExitCodes.Usage);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return Fail(e.Message, ExitCodes.Failed);
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    return ExitCodes.Interrupted;
                }
            }
        );

    private int Fail(string message, int exitCode)
    {
        Terminal.Error.WriteLine($"error: {PlainText.Clean(message)}");
        return exitCode;
    }
}

/// <summary>One run of a verb that talks to a Broker.</summary>
internal sealed record Call(
    ParseResult Parsed,
    Terminal Terminal,
    ScheduleZeroClient Client,
    Printer Printer,
    ConnectionSettings Settings
)
{
    public T? Value<T>(Option<T> option) => Parsed.GetValue(option);

    /// <summary>A value that the parser has made sure of.</summary>
    public T Value<T>(Argument<T> argument) => Parsed.GetValue(argument)!;

    /// <summary>Writes a text in UTF-8 to a file; to standard output when no file is given.</summary>
    public async Task WriteAsync(Stream text, string? path, CancellationToken cancellationToken)
    {
        if (path is not null)
        {
            await using var file = File.Create(path);
            await text.CopyToAsync(file, cancellationToken);
            return;
        }

        using var reader = new StreamReader(text, Encoding.UTF8);
        var buffer = new char[16 * 1024];
        for (int read; (read = await reader.ReadAsync(buffer, cancellationToken)) > 0; )
        {
            await Terminal.Out.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }
}
