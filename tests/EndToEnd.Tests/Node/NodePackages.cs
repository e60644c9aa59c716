using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests.Node;

/// <summary>Third-party npm packages, which tests/install-tools.sh puts into a folder of the user's cache.</summary>
internal static class NodePackages
{
    // The versions are those of tests/install-tools.sh.
    private const string SignalRVersion = "10.0.11";
    private const string OpenApiTypescriptVersion = "7.13.0";

    /// <summary>The folder of Microsoft's SignalR client.</summary>
    public static string SignalR { get; } = FolderOf($"signalr-{SignalRVersion}");

    /// <summary>The folder of openapi-typescript, the client that goes with it, and the compiler.</summary>
    public static string OpenApiTypescript { get; } = FolderOf($"openapi-typescript-{OpenApiTypescriptVersion}");

    /// <summary>Skips the test where npm reaches no registry.</summary>
    public static void Require(string folder)
    {
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            Assert.Ignore($"{folder} is missing: tests/install-tools.sh gets it where npm reaches a registry.");
        }
    }

    /// <summary>The path of a script in this folder of tests.</summary>
    public static string Script(string name) => Shipped.Find($"tests/EndToEnd.Tests/Node/{name}");

    private static string FolderOf(string name) =>
        Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
                ? cache
                : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "", ".cache"),
            "schedulezero",
            name
        );
}
