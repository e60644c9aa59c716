using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Cli.Servers;

namespace ScheduleZero.Cli.Tests;

internal sealed record Outcome(int ExitCode, string Out, string Error);

/// <summary>
/// The base of the fixtures of the command line: gives each test a server, a configuration folder and a captured
/// terminal.
/// </summary>
internal abstract class CliFixture
{
    public const string Key = "szk_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    public const string Job = "0198c1a2-7f00-7abc-8def-0123456789ab";

    protected RecordingServer Server { get; private set; } = null!;

    protected string Folder { get; private set; } = null!;

    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.Zero));

    protected Dictionary<string, string> Variables { get; } = [];

    protected string Input { get; set; } = "";

    /// <summary>The terminal that the command writes to; null for a pipe.</summary>
    protected PseudoTerminal? Screen { get; set; }

    /// <summary>The secrets that the person at the terminal types when asked, in order.</summary>
    protected Queue<string> Secrets { get; } = [];

    [SetUp]
    public async Task StartServer()
    {
        Server = await RecordingServer.StartAsync();
        Folder = Directory.CreateTempSubdirectory("schedulezero-cli").FullName;
        Input = "";
        Screen = null;
        Secrets.Clear();
        Variables.Clear();
        Variables["XDG_CONFIG_HOME"] = Folder;
        Variables["SCHEDULEZERO_SERVER"] = Server.Address.ToString();
        Variables["SCHEDULEZERO_API_KEY"] = Key;
    }

    [TearDown]
    public async Task StopServer()
    {
        await Server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    protected async Task<Outcome> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal
        {
            In = new StringReader(Input),
            Out = (TextWriter?)Screen?.Output ?? output,
            Error = error,
            IsInteractive = Screen is not null,
            Width = () => Screen!.Width,
            Variable = name => Variables.GetValueOrDefault(name),
            Time = Time,
            AskSecret = _ => Secrets.TryDequeue(out var secret) ? secret : null,
        };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var exitCode = await CommandLine.RunAsync(args, terminal, limit.Token, ServerVerbs.Create(terminal));
        return new Outcome(
            exitCode,
            Screen is null ? output.ToString() : await Screen.ReadToEndAsync(),
            error.ToString()
        );
    }

    /// <summary>Makes a terminal for tests that inspect the commands and run none.</summary>
    protected static Terminal NoTerminal() =>
        new()
        {
            In = TextReader.Null,
            Out = TextWriter.Null,
            Error = TextWriter.Null,
            IsInteractive = false,
            Variable = _ => null,
            Time = TimeProvider.System,
            AskSecret = _ => null,
        };

    protected static string JobJson(string state = "succeeded", string extra = "\"result\":{\"pages\":12},") =>
        $$"""
            {"id":"{{Job}}","namespace":"default","state":"{{state}}","attempts":1,"method":"m",{{extra}}"enqueuedAt":"2026-01-02T12:00:00Z",
             "runAt":"2026-01-02T12:00:00Z","timeout":"PT1H","retry":{"maxAttempts":3},"createdBy":"key:x"}
            """;

    protected static string ScheduleJson() =>
        """
            {"name":"nightly","namespace":"default","version":3,"trigger":{"kind":"cron","expression":"0 2 * * *"},"job":{"method":"db.backup"},
             "misfire":"latest","catchUpWindow":"PT1H","overlap":"skip","jitter":"PT30S","paused":false,"nextNominal":"2026-01-03T02:00:00Z","occurrences":7,"missed":0,
             "createdAt":"2026-01-02T12:00:00Z","changedAt":"2026-01-02T12:00:00Z","createdBy":"key:x","owner":"key:x"}
            """;

    protected static string HandlerJson() =>
        """
            {"name":"office-7","online":true,"drained":false,"methods":["m"],"groups":["g"],"sessions":[{"sessionId":"s1","instance":"i","state":"ready",
             "capacity":4,"running":1,"connectedAt":"2026-01-02T12:00:00Z"}]}
            """;

    protected static string PageOf(string item, string? next = null) =>
        $$"""{"items":[{{item}}]{{(next is null ? "" : $",\"nextCursor\":\"{next}\"")}} }""";
}
