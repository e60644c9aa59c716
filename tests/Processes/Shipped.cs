namespace ScheduleZero.Processes;

/// <summary>The program as a user gets it, of the same configuration as the one that runs.</summary>
internal static class Shipped
{
    public static string ScheduleZero { get; } = Find();

    /// <summary>A file of the repository.</summary>
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
        // …/bin/Release/net10.0/
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
