namespace ScheduleZero.Network.Tests.Processes;

/// <summary>The paths of the built programs.</summary>
internal static class Installation
{
    public static string DotNet { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>The path of the program, built in the same configuration as these tests.</summary>
    public static string Program { get; } = Find();

    private static string Find()
    {
        // The folder has the form …/tests/Network.Tests/bin/Release/net10.0.
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var configuration = framework.Parent!;
        var root = configuration.Parent!.Parent!.Parent!.Parent!;
        var program = Path.Combine(root.FullName, "Cli", "bin", configuration.Name, framework.Name, "schedulezero.dll");
        return File.Exists(program) ? program : throw new FileNotFoundException($"The program is not built: {program}");
    }
}
