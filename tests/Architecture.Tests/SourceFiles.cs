namespace ScheduleZero.Architecture.Tests;

/// <summary>The C# files of the repository, as paths from its root.</summary>
internal static class SourceFiles
{
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory
            .EnumerateFiles(Repository.Root, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(folder => folder is "obj" or "bin"))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The files of the product, without tests and samples.</summary>
    public static IEnumerable<string> OfProduct =>
        All.Where(file => file.Split(Path.DirectorySeparatorChar)[0] is not ("tests" or "samples"));

    public static string FullPath(string file) => Path.Combine(Repository.Root, file);
}
