using ScheduleZero.Processes;

namespace ScheduleZero.Benchmarks.Compare;

/// <summary>Finds what a peer needs on this machine.</summary>
internal static class Programs
{
    // tests/install-peers.sh names the same version.
    private const string BullMqVersion = "6.7.0";
    private const string PostgresFolder = "/usr/lib/postgresql";
    private const string Advice = "run tests/install-peers.sh";

    /// <summary>The folder in which npm has installed BullMQ.</summary>
    public static string BullMqFolder =>
        Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "schedulezero",
            $"bullmq-{BullMqVersion}",
            "node_modules"
        );

    /// <summary>The folder of the newest PostgreSQL's programs; null without any.</summary>
    public static string? PostgresPrograms =>
        Directory.Exists(PostgresFolder)
            ? Directory
                .GetDirectories(PostgresFolder)
                .Select(folder => Path.Combine(folder, "bin"))
                .Where(folder => File.Exists(Path.Combine(folder, "postgres")))
                .MaxBy(folder => int.TryParse(Path.GetFileName(Path.GetDirectoryName(folder)), out var v) ? v : 0)
            : null;

    public static string? MissingOf(params string[] programs)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return
            programs.FirstOrDefault(name => !folders.Any(folder => File.Exists(Path.Combine(folder, name))))
                is { } missing
            ? $"no {missing}: {Advice}"
            : null;
    }

    public static string? MissingFile(string path) => File.Exists(path) ? null : $"no {path}: {Advice}";

    public static string? MissingBullMq() =>
        Directory.Exists(Path.Combine(BullMqFolder, "bullmq")) ? null : $"no BullMQ {BullMqVersion}: {Advice}";

    public static string? MissingPostgres() => PostgresPrograms is null ? $"no PostgreSQL: {Advice}" : null;

    /// <summary>The folder of the peers' clients, built in the configuration of this program.</summary>
    public static string PeersFolder =>
        AppContext.BaseDirectory.Replace("/tests/Benchmarks/", "/tests/Benchmarks.Peers/", StringComparison.Ordinal);

    /// <summary>Builds the peers' clients. Returns why that was not possible; null when it was.</summary>
    public static async Task<string?> BuildPeersAsync()
    {
        var configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')))!;
        await using var build = ChildProcess.Start(
            "build",
            "dotnet",
            [
                "build",
                Shipped.Find("tests/Benchmarks.Peers"),
                "-c",
                configuration,
                "-v",
                "quiet",
                // No servers of the build stay behind.
                "-nodeReuse:false",
                "-p:UseSharedCompilation=false",
            ]
        );
        return await build.ExitAsync(TimeSpan.FromMinutes(10)) == 0
            ? null
            : "tests/Benchmarks.Peers does not build: "
                + build.Lines.FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal));
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">The program failed.</exception>
    public static async Task RunAsync(string file, params string[] arguments)
    {
        await using var child = ChildProcess.Start(Path.GetFileName(file), file, arguments);
        if (await child.ExitAsync(Stage.StartLimit) != 0)
        {
            throw new InvalidOperationException(child.Describe());
        }
    }
}
