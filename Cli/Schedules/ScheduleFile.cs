using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent.Commands;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ScheduleZero.Cli.Schedules;

/// <summary>
/// Reads and writes files of schedules, in YAML, of which JSON is a part. A document is <c>schedules:</c> with a list,
/// or a list, or one schedule; a file may hold several documents. A field that schedules do not have is refused, with
/// its line.
/// </summary>
internal static class ScheduleFile
{
    private const long BytesMax = 32 * 1024 * 1024;
    private const string ListName = "schedules";

    private static readonly string[] _extensions = [".yaml", ".yml", ".json"];
    private static readonly JsonSerializerOptions _written = new(RestJson.Default.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads all schedules of a file or a folder.</summary>
    /// <param name="path">A file, a folder for all its .yaml, .yml and .json files, or - for standard input.</param>
    /// <exception cref="UsageException">A file holds something else; the message names the file and the
    /// line.</exception>
    public static IReadOnlyList<ScheduleRequest> Read(string path, TextReader standardInput)
    {
        if (path == "-")
        {
            return ReadText("standard input", standardInput);
        }

        string[] files = Directory.Exists(path)
            ?
            [
                .. Directory
                    .EnumerateFiles(path)
                    .Where(file => _extensions.Contains(Path.GetExtension(file)))
                    .Order(StringComparer.Ordinal),
            ]
            : [path];
        return files.Length > 0
            ? [.. files.SelectMany(ReadFile)]
            : throw new UsageException($"{path} holds no file that ends in {string.Join(", ", _extensions)}.");
    }

    public static void Write(TextWriter to, IReadOnlyList<ScheduleRequest> schedules, bool asJson)
    {
        var list = new JsonArray([
            .. schedules.Select(schedule => JsonSerializer.SerializeToNode(schedule, RestJson.Default.ScheduleRequest)),
        ]);
        var document = new JsonObject { [ListName] = list };
        to.WriteLine(asJson ? document.ToJsonString(_written) : YamlJson.Write(document).TrimEnd());
    }

    private static IReadOnlyList<ScheduleRequest> ReadFile(string file)
    {
        if (new FileInfo(file).Length > BytesMax)
        {
            throw new UsageException($"{file} is larger than {BytesMax / 1024 / 1024} MiB.");
        }

        using var reader = new StreamReader(file);
        return ReadText(file, reader);
    }

    private static IReadOnlyList<ScheduleRequest> ReadText(string name, TextReader reader)
    {
        YamlStream stream;
        try
        {
            stream = BoundedYaml.Load(reader);
        }
        catch (YamlException e)
        {
            throw new UsageException($"{name}, line {e.Start.Line}: {e.Message}");
        }

        return
        [
            .. stream
                .Documents.SelectMany(document => SchedulesOf(document.RootNode))
                .Select(node => ScheduleOf(name, node)),
        ];
    }

    private static IEnumerable<YamlNode> SchedulesOf(YamlNode root) =>
        root switch
        {
            YamlMappingNode map
                when map.Children.TryGetValue(new YamlScalarNode(ListName), out var list) && map.Children.Count == 1 =>
                SchedulesOf(list),
            YamlSequenceNode list => list.Children,
            _ => [root],
        };

    private static ScheduleRequest ScheduleOf(string file, YamlNode node)
    {
        try
        {
            return YamlJson.Read(node).Deserialize(StrictJson.Of(RestJson.Default.ScheduleRequest))
                ?? throw new JsonException("A schedule is expected.");
        }
        catch (Exception e) when (e is JsonException or YamlException)
        {
            throw new UsageException($"{file}, line {node.Start.Line}: {e.Message}");
        }
    }
}
