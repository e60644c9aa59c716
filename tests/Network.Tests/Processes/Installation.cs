namespace ScheduleZero.Network.Tests.Processes;

/// <summary>The paths of the built programs.</summary>
internal static class Installation
{
    public static string DotNet { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>The path of the program, built in the same configuration as these tests.</summary>
    public static string Program { get; } = Find();

    /// <summary>The root of the checkout that these tests were built in.</summary>
    public static string Repository => Framework.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;

    /// <summary>The folder of these tests; it has the form …/tests/Network.Tests/bin/Release/net10.0.</summary>
    private static DirectoryInfo Framework => new(AppContext.BaseDirectory.TrimEnd('/'));

    private static string Find()
    {
        var configuration = Framework.Parent!.Name;
        var program = Path.Combine(Repository, "Cli", "bin", configuration, Framework.Name, "schedulezero.dll");
        return File.Exists(program) ? program : throw new FileNotFoundException($"The program is not built: {program}");
    }
}
