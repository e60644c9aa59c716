using System.Runtime.Versioning;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Commands;

namespace ScheduleZero.Agent.Tests;

[Parallelizable(ParallelScope.All)]
[Platform(Include = "Linux,MacOsX")]
public sealed class CommandConfigTests
{
    [TestCase("methods: {}", "the file (line 1): \"handler\" is missing")]
    [TestCase("handler: h\nmethods: { a: { } }", "methods.a (line 2): \"command\" is missing")]
    [TestCase(
        "handler: h\nmethods: { a: { command: /nowhere/x } }",
        "methods.a.command (line 2): there is no executable"
    )]
    [TestCase("handler: h\nmethods: { a: { command: bin/x } }", "methods.a.command (line 2): an absolute path")]
    [TestCase("handler: h\nmethods: { a: { command: sh, arg: [x] } }", "methods.a (line 2): \"arg\" is not known here")]
    [TestCase(
        "handler: h\nmethods: { a: { command: sh, args: [x, \"${params.y}\"] } }",
        "methods.a.args[1] (line 2): ${params.y} names a param"
    )]
    [TestCase(
        "handler: h\nmethods: { a: { command: sh, args: [\"${HOME}\"] } }",
        "methods.a.args[0] (line 2): only ${params.name}"
    )]
    [TestCase(
        "handler: h\nmethods: { a: { command: sh, params: { n: { type: int } } } }",
        "methods.a.params.n.type (line 2): one of string, integer"
    )]
    [TestCase(
        "handler: h\nmethods: { a: { command: sh, params: { n: { type: string, pattern: \"(\" } } } }",
        "methods.a.params.n.pattern (line 2): this pattern"
    )]
    [TestCase(
        "handler: h\nmethods: { a: { command: sh, params: { n: { type: string, min: 1 } } } }",
        "methods.a.params.n (line 2): \"min\" is not known here"
    )]
    [TestCase(
        "handler: h\nmethods: { a: { command: sh, timeout: 5s } }",
        "methods.a.timeout (line 2): a duration from PT1S to P7D"
    )]
    [TestCase(
        "handler: h\nmethods: { a: { command: sh, exitCodes: { x: retry } } }",
        "methods.a.exitCodes.x (line 2): an exit code"
    )]
    [TestCase(
        "handler: h\ncapacity: 0\nmethods: { a: { command: sh } }",
        "capacity (line 2): a whole number from 1 to 2500"
    )]
    [TestCase(
        "handler: h\nmethods: { a: { command: sh } }\nhandlre: x",
        "the file (line 1): \"handlre\" is not known here"
    )]
    [TestCase("handler: [", "line")]
    [TestCase("handler: -bad-\napiKeyFile: key\nmethods: { a: { command: sh } }", "Handler: a name is expected")]
    public async Task A_mistake_is_named_with_its_place_and_ends_with_2(string yaml, string complaint)
    {
        using var folder = new TemporaryFolder();
        var error = new StringWriter();

        var code = await CommandAgent.RunAsync(
            new CommandAgentSettings
            {
                ConfigFile = folder.Write("agent.yaml", yaml),
                Error = error,
                Output = TextWriter.Null,
            },
            CancellationToken.None
        );

        Assert.That(error.ToString(), Does.Contain(complaint));
        Assert.That(code, Is.EqualTo(2));
    }

    [TestCase("[")]
    [TestCase("{a: ")]
    [TestCase("- ")]
    public async Task A_file_that_is_nested_without_end_is_refused_with_its_place(string opening)
    {
        using var folder = new TemporaryFolder();
        var error = new StringWriter();
        var file = folder.Write(
            "agent.yaml",
            "handler: h\nmethods:\n  " + string.Concat(Enumerable.Repeat(opening, 5_000))
        );
        var settings = new CommandAgentSettings
        {
            ConfigFile = file,
            Error = error,
            Output = TextWriter.Null,
        };
        Assert.That(await CommandAgent.RunAsync(settings, CancellationToken.None), Is.EqualTo(2));
        Assert.That(error.ToString(), Does.Contain("agent.yaml, line 3").And.Contain("nested more than 100 deep"));
    }

    [TestCase("", "settings.json", "key", "enrolled.json", "lying-about", "only.json", "settings.json", null, null)]
    [TestCase("", null, "key", "enrolled.json", "lying-about", "only.json", null, "key", null)]
    [TestCase(
        "identityFile: /file.json",
        null,
        null,
        "enrolled.json",
        "lying-about",
        "only.json",
        "/file.json",
        null,
        null
    )]
    [TestCase(
        "apiKeyFile: /file.key",
        null,
        null,
        "enrolled.json",
        "lying-about",
        "only.json",
        null,
        null,
        "/file.key"
    )]
    [TestCase("", null, null, "enrolled.json", "lying-about", "only.json", "enrolled.json", null, null)]
    [TestCase("", null, null, null, "lying-about", "only.json", null, "lying-about", null)]
    [TestCase("", null, null, null, null, "only.json", "only.json", null, null)]
    public async Task The_credential_that_is_named_wins_over_those_that_lie_about(
        string line,
        string? identity,
        string? key,
        string? enrolled,
        string? lying,
        string? only,
        string? takenIdentity,
        string? takenKey,
        string? takenFile
    )
    {
        using var folder = new TemporaryFolder();
        var error = new StringWriter();
        HandlerAgentOptions? taken = null;
        var settings = new CommandAgentSettings
        {
            ConfigFile = folder.Write("agent.yaml", $"handler: office-7\nmethods: {{ a: {{ command: sh }} }}\n{line}"),
            IdentityFile = identity,
            ApiKey = key,
            FindIdentity = handler => handler == "office-7" ? enrolled : null,
            DefaultApiKey = lying,
            DefaultIdentityFile = only,
            Error = error,
            Output = TextWriter.Null,
            Configure = options =>
            {
                taken = options;
                throw new ConfigException("test", "seen enough");
            },
        };
        Assert.That(await CommandAgent.RunAsync(settings, CancellationToken.None), Is.EqualTo(2));
        Assert.That(
            (taken!.IdentityFile, taken.ApiKey, taken.ApiKeyFile),
            Is.EqualTo((takenIdentity, takenKey, takenFile))
        );
        var isNoted = lying is not null && takenKey is null;
        Assert.That(
            error.ToString().Contains("note: the API key of the environment is not used", StringComparison.Ordinal),
            Is.EqualTo(isNoted)
        );
    }

    [TestCase("", null, null, "file.key", "file.pub")]
    [TestCase("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", null, null, "file.key", null)]
    [TestCase("", "/settings.key", "/settings.pub", "/settings.key", "/settings.pub")]
    public async Task Keys_of_CURVE_come_from_the_settings_or_else_from_the_file_and_its_folder(
        string serverKey,
        string? ownSetting,
        string? serverSetting,
        string ownTaken,
        string? serverTaken
    )
    {
        using var folder = new TemporaryFolder();
        HandlerAgentOptions? taken = null;
        var settings = new CommandAgentSettings
        {
            ConfigFile = folder.Write(
                "agent.yaml",
                "handler: h\nmethods: { a: { command: sh } }\ncurveKey: file.key\n"
                    + $"curveServerKeys: ['{(serverKey.Length > 0 ? serverKey : "file.pub")}']"
            ),
            CurveKeyFile = ownSetting,
            CurveServerKeys = serverSetting is null ? [] : [serverSetting],
            Error = TextWriter.Null,
            Output = TextWriter.Null,
            Configure = options =>
            {
                taken = options;
                throw new ConfigException("test", "seen enough");
            },
        };
        Assert.That(await CommandAgent.RunAsync(settings, CancellationToken.None), Is.EqualTo(2));
        Assert.That(taken!.CurveKeyFile, Is.EqualTo(Path.Combine(folder.Path, ownTaken)));
        Assert.That(
            taken.CurveServerKeys,
            Is.EqualTo(new[] { serverTaken is null ? serverKey : Path.Combine(folder.Path, serverTaken) })
        );
    }

    [TestCase(false)]
    [TestCase(true)]
    [UnsupportedOSPlatform("windows")]
    public async Task A_file_or_folder_that_others_may_write_to_is_refused_with_what_mends_it(bool isFolder)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("agent.yaml", "handler: h\nmethods: { a: { command: sh } }");
        var open = isFolder ? Path.GetDirectoryName(file)! : file;
        File.SetUnixFileMode(open, File.GetUnixFileMode(open) | UnixFileMode.GroupWrite);
        var error = new StringWriter();
        var code = await CommandAgent.RunAsync(
            new CommandAgentSettings
            {
                ConfigFile = file,
                Error = error,
                Output = TextWriter.Null,
            },
            CancellationToken.None
        );
        Assert.That(error.ToString(), Does.Contain($"chmod go-w {open}"));
        Assert.That(code, Is.EqualTo(2));
    }

    [Test]
    public async Task The_ready_agent_says_when_it_is_welcome_and_stops_cleanly()
    {
        await using var bridge = await FakeBridge.StartAsync();
        using var folder = new TemporaryFolder();
        folder.Write("key", ApiKey.Generate().Reveal() + "\n");
        var output = new SignallingWriter();
        using var stop = new CancellationTokenSource();
        var settings = new CommandAgentSettings
        {
            ConfigFile = folder.Write(
                "agent.yaml",
                $"handler: office-7\nbridges: [{bridge.Address}]\napiKeyFile: key\nofflineFolder: "
                    + $"offline\nmethods:\n  hi: "
                    + $"{{ command: echo, args: [hi], params: {{ n: {{ type: integer, min: 1 }} }} }}"
            ),
            Output = output,
        };

        var running = CommandAgent.RunAsync(settings, stop.Token);
        var ready = await output.Line.WaitAsync(FakeBroker.Patience);
        var hello = await bridge.Hellos.Reader.ReadAsync();
        await stop.CancelAsync();

        Assert.That(await running.WaitAsync(FakeBroker.Patience), Is.Zero);
        Assert.That(ready, Is.EqualTo($"ready: agent office-7 {bridge.Address}"));
        Assert.That(hello.Hello.OfflineStore, Has.Length.EqualTo(32));
        Assert.That(
            hello.Hello.Methods.Single().ParamsSchema.ToString(),
            Does.Contain("\"n\":{\"type\":\"integer\",\"minimum\":1}")
        );
    }

    [Test]
    public async Task A_refused_agent_ends_with_1_and_says_why()
    {
        await using var bridge = await FakeBridge.StartAsync();
        bridge.Refusal = "forbidden: not this handler";
        using var folder = new TemporaryFolder();
        var error = new StringWriter();

        var code = await CommandAgent
            .RunAsync(
                new CommandAgentSettings
                {
                    ConfigFile = folder.Write("agent.yaml", "handler: h\nmethods: { a: { command: sh } }"),
                    Bridges = [bridge.Address],
                    ApiKey = ApiKey.Generate().Reveal(),
                    Error = error,
                    Output = TextWriter.Null,
                },
                CancellationToken.None
            )
            .WaitAsync(FakeBroker.Patience);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(error.ToString(), Does.Contain("not this handler"));
    }

    private sealed class SignallingWriter : StringWriter
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => _line.Task;

        public override Task WriteLineAsync(string? value)
        {
            _line.TrySetResult(value!);
            return Task.CompletedTask;
        }
    }
}
