namespace ScheduleZero.Processes;

/// <summary>Finds the program as a user gets it, built in the same configuration as the running tests.</summary>
internal static class Shipped
{
    public static string ScheduleZero { get; } = Find();

    /// <summary>The path of a file in the repository.</summary>
    public static string Find(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ScheduleZero.sln")))
            {
                return Path.Combine(folder.FullName, path);
            }
        }

        throw new InvalidOperationException($"No ScheduleZero.sln stands above {AppContext.BaseDirectory}.");
    }

    private static string Find()
    {
        // The folder has the form …/bin/Release/net10.0/.
        var built = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        for (var folder = built; folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ScheduleZero.sln")))
            {
                var program = Path.Combine(
                    folder.FullName,
                    "Cli",
                    "bin",
                    built.Parent!.Name,
                    built.Name,
                    "schedulezero"
                );
                return File.Exists(program)
                    ? program
                    : throw new FileNotFoundException(
                        $"Build it first: dotnet build Cli -c {built.Parent.Name}",
                        program
                    );
            }
        }

        throw new InvalidOperationException($"No ScheduleZero.sln stands above {AppContext.BaseDirectory}.");
    }
}
