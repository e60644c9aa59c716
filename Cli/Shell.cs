using System.CommandLine;
using System.Text;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;

namespace ScheduleZero.Cli;

/// <summary>
/// The parts that every verb shares: the terminal, the global options, and the one place where failures become exit
/// codes.
/// </summary>
internal sealed class Shell(Terminal terminal)
{
    public Terminal Terminal { get; } = terminal;

    public GlobalOptions Options { get; } = new();

    /// <summary>Gives the verb an action that talks to a Broker, with the caller's credential.</summary>
    public void Connect(Command verb, Func<Call, CancellationToken, Task<int>> action) =>
        RunLocally(
            verb,
            async (parsed, cancellationToken) =>
            {
                var settings = await ConnectionSettings.ResolveAsync(parsed, Options, Terminal, cancellationToken);
                return await RunAsync(parsed, settings, action, cancellationToken);
            }
        );

    /// <summary>Gives the verb an action that talks to a Broker without a credential.</summary>
    public void ConnectAnonymously(Command verb, Func<Call, CancellationToken, Task<int>> action) =>
        RunLocally(
            verb,
            async (parsed, cancellationToken) =>
            {
                var settings = ConnectionSettings.ResolveAnonymous(parsed, Options, Terminal);
                ConnectionSettings.WarnIfPlain(settings.Server, Terminal);
                return await RunAsync(parsed, settings, action, cancellationToken);
            }
        );

    /// <summary>Makes the printer that writes in the format of <c>--output</c>.</summary>
    public Printer PrinterOf(ParseResult parsed) =>
        new(Terminal, parsed.GetValue(Options.Output) ?? OutputFormat.Table);

    /// <summary>Gives the verb an action that finds its own connection to a Broker, or needs none.</summary>
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

    private async Task<int> RunAsync(
        ParseResult parsed,
        ConnectionSettings settings,
        Func<Call, CancellationToken, Task<int>> action,
        CancellationToken cancellationToken
    )
    {
        using var client = settings.Connect();
        return await action(new Call(parsed, Terminal, client, PrinterOf(parsed), settings), cancellationToken);
    }

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

    /// <summary>The value of an argument; never null, since the parser refuses a line without the argument.</summary>
    public T Value<T>(Argument<T> argument) => Parsed.GetValue(argument)!;

    /// <summary>Writes the warning that came with an answer to standard error; nothing when it is null.</summary>
    public void WarnOf(string? warning)
    {
        if (warning is not null)
        {
            Printer.Note($"warning: {warning}");
        }
    }

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
