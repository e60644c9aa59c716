using System.Reflection;

namespace ScheduleZero.Architecture.Tests;

/// <summary>A row of the table of rooms in docs/ARCHITECTURE.md, with its assembly.</summary>
/// <param name="Folder">The folder as the table writes it, such as <c>Broker/Core</c>.</param>
/// <param name="MayUse">The words of the table's last column.</param>
internal sealed record Room(string Folder, IReadOnlyList<string> MayUse)
{
    public string AssemblyName =>
        "ScheduleZero."
        + Folder switch
        {
            "Broker/Host" => "Broker",
            "Cli" => "Cli",
            _ => Folder.Replace('/', '.'),
        };

    public Assembly Assembly { get; } = Assembly.Load(FileNameOf(Folder));

    public override string ToString() => Folder;

    public static IReadOnlyList<Room> ReadTable() =>
        [
            .. File.ReadLines(Path.Combine(Repository.Root, "docs", "ARCHITECTURE.md"))
                .SkipWhile(line => line != "## Rooms")
                .Skip(1)
                .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
                .Select(cells => new Room(cells[1].Trim('`', '/'), cells[3].Split(", "))),
        ];

    private static string FileNameOf(string folder) =>
        folder switch
        {
            "Broker/Host" => "ScheduleZero.Broker",
            "Cli" => "schedulezero",
            _ => "ScheduleZero." + folder.Replace('/', '.'),
        };
}
