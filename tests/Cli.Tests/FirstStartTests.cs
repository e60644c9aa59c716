using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Host;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of the admin key of a first start, and of the way back in for owners who have lost the key.</summary>
internal sealed class FirstStartTests : CliFixture
{
    private string Data => Path.Combine(Folder, "data");

    [TestCase("--urls", "http://127.0.0.1:{0}", "--router", "tcp://127.0.0.1:0")]
    [TestCase("--urls", "http://127.0.0.1:0", "--router", "tcp://127.0.0.1:{0}")]
    public async Task A_first_start_that_finds_a_port_taken_makes_no_key_that_nobody_has_seen(params string[] addresses)
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;
        var failed = await RunAsync([
            "broker",
            "--data",
            Data,
            .. addresses.Select(word => string.Format(CultureInfo.InvariantCulture, word, port)),
        ]);
        Assert.That((failed.ExitCode, failed.Out), Is.EqualTo((BrokerCommand.ExitTaken, "")), failed.Error);

        await using var broker = await StartAsync();
        Assert.That(broker.BootstrapKey, Is.Not.Null, "the next start shows a key");
        Assert.That((await StatsAsync(broker, broker.BootstrapKey!)).Sessions, Is.Zero);
    }

    [Test]
    public async Task The_first_key_is_signed_by_the_start_that_makes_it()
    {
        using var signed = new SignatureWatch();
        await using var broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = Data,
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
            },
            logging => logging.AddProvider(signed),
            CancellationToken.None
        );
        Assert.That(
            await signed.First.WaitAsync(TimeSpan.FromSeconds(30)),
            Does.Contain(" 1:"),
            "through event 1, the key's"
        );
    }

    [Test]
    public async Task A_key_that_cannot_be_printed_where_it_belongs_is_printed_elsewhere()
    {
        using var error = new StringWriter();
        using var stop = new CancellationTokenSource();
        var settings = new BrokerSettings
        {
            DataFolder = Data,
            Urls = ["http://127.0.0.1:0"],
            Router = ["tcp://127.0.0.1:0"],
        };
        await using var full = new FullWriter(stop);
        await BrokerCommand.RunAsync(settings, full, error, null, stop.Token);
        Assert.That(error.ToString(), Does.Contain("admin key, shown only this once: szk_"));
    }

    [Test]
    public async Task A_demo_that_finds_its_port_taken_says_so()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var outcome = await RunAsync("dev", "--urls", $"http://127.0.0.1:{((IPEndPoint)holder.LocalEndpoint).Port}");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Unreachable));
        Assert.That(outcome.Error, Does.Contain("cannot listen").And.Not.Contain("   at "));
    }

    [Test]
    public async Task Whoever_owns_the_machine_makes_an_admin_key_while_the_broker_is_stopped()
    {
        await using (await StartAsync())
        {
            // This start made the store and the first key, which nobody has any more.
        }

        var made = await RunAsync("admin", "new-key", "--data", Data);
        Assert.That(made.ExitCode, Is.Zero, made.Error);
        Assert.That(ApiKey.TryParse(made.Out.Trim(), out var key), made.Out);
        Assert.That(made.Error, Does.Contain(key!.Id).And.Not.Contain(key.Reveal()));

        await using var broker = await StartAsync();
        Assert.That(broker.BootstrapKey, Is.Null);
        Variables["SCHEDULEZERO_SERVER"] = broker.Urls[0];
        Variables["SCHEDULEZERO_API_KEY"] = key.Reveal();
        using var client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri(broker.Urls[0]), ApiKey = key.Reveal() }
        );
        Assert.That((await client.StatsAsync()).Sessions, Is.Zero);
        await using var log = await client.Audit.ExportAsync();
        using var lines = new MemoryStream();
        await log.CopyToAsync(lines);
        lines.Position = 0;
        var verdict = await new AuditVerifier(await client.Audit.KeysAsync(), [], isPart: false).VerifyAsync(
            lines,
            CancellationToken.None
        );
        Assert.That(verdict.Fault, Is.Null);
        Assert.That(
            Encoding.UTF8.GetString(lines.ToArray()).Split('\n'),
            Has.Exactly(1)
                .Contains($"\"key:{key.Id}\"")
                .And.Exactly(1)
                .Contains($"made offline by account {Environment.UserName}")
        );
        Assert.That((await RunAsync("keys", "revoke", key.Id)).ExitCode, Is.Zero, "as it is said to be ended");
    }

    [Test]
    public async Task While_the_broker_runs_no_key_is_made_and_the_process_is_named()
    {
        await using var broker = await StartAsync();
        var refused = await RunAsync("admin", "new-key", "--data", Data);
        Assert.That((refused.ExitCode, refused.Out), Is.EqualTo((ExitCodes.Conflict, "")));
        Assert.That(refused.Error, Does.Contain($"process {Environment.ProcessId}"));
    }

    [Test]
    public async Task A_folder_without_a_store_is_not_given_one()
    {
        Directory.CreateDirectory(Data);
        var refused = await RunAsync("admin", "new-key", "--data", Data);
        Assert.That((refused.ExitCode, refused.Out), Is.EqualTo((ExitCodes.Usage, "")));
        Assert.That(refused.Error, Does.Contain("There is no Broker's store in").And.Contain(Data));
        Assert.That(Directory.GetFileSystemEntries(Data), Is.Empty);
    }

    [Test]
    public async Task The_key_goes_to_a_file_and_a_file_that_cannot_be_written_costs_no_key()
    {
        await using (await StartAsync()) { }

        var size = new FileInfo(Path.Combine(Data, "broker.db")).Length;
        var refused = await RunAsync(
            "admin",
            "new-key",
            "--data",
            Data,
            "--out",
            Path.Combine(Folder, "none", "admin.key")
        );
        Assert.That((refused.ExitCode, refused.Out), Is.EqualTo((ExitCodes.Usage, "")));
        Assert.That(new FileInfo(Path.Combine(Data, "broker.db")).Length, Is.EqualTo(size));

        var file = Path.Combine(Folder, "admin.key");
        var made = await RunAsync("admin", "new-key", "--data", Data, "--out", file);
        Assert.That((made.ExitCode, made.Out), Is.EqualTo((ExitCodes.Ok, "")), made.Error);
        Assert.That(ApiKey.TryParse((await File.ReadAllTextAsync(file)).Trim(), out _));
    }

    private Task<RunningBroker> StartAsync() =>
        BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = Data,
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
            },
            null,
            CancellationToken.None
        );

    private static async Task<Contracts.Rest.BrokerStats> StatsAsync(RunningBroker broker, string key)
    {
        using var client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri(broker.Urls[0]), ApiKey = key }
        );
        return await client.StatsAsync();
    }

    /// <summary>
    /// Standard output on a full disk: fails each write, and stops the Broker when the Broker says that it is ready.
    /// </summary>
    private sealed class FullWriter(CancellationTokenSource stop) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override Task WriteLineAsync(string? value) =>
            value?.StartsWith("ready", StringComparison.Ordinal) == true
                ? stop.CancelAsync()
                : throw new IOException("No space left on device");
    }

    /// <summary>Waits for the log event of the Broker that says that the audit log was signed (4201).</summary>
    private sealed class SignatureWatch : ILoggerProvider, ILogger
    {
        private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> First => _first.Task;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (eventId.Id == 4201)
            {
                _first.TrySetResult(formatter(state, exception));
            }
        }

        public void Dispose() { }
    }
}
