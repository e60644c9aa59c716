using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>
/// A place in a YAML file that knows its path, so that every complaint names the place. The file is not mapped onto
/// objects: a key that nobody asks for is refused rather than ignored.
/// </summary>
internal sealed class YamlPart(string path, YamlNode node)
{
    private const int FileBytesMax = 1024 * 1024;

    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public string Path => path;

    private YamlMappingNode Map => node as YamlMappingNode ?? throw Wrong("a mapping is expected");

    /// <exception cref="ConfigException">The file is missing, too large or not YAML.</exception>
    public static YamlPart Load(string file)
    {
        try
        {
            if (new FileInfo(file).Length > FileBytesMax)
            {
                throw new ConfigException(file, "the file is larger than 1 MiB");
            }

            using var reader = new StreamReader(file);
            var stream = BoundedYaml.Load(reader);
            return stream.Documents.Count == 1
                ? new YamlPart("", stream.Documents[0].RootNode)
                : throw new ConfigException(file, "exactly one YAML document is expected");
        }
        catch (YamlException e)
        {
            throw new ConfigException($"{file}, line {e.Start.Line}", e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException(file, e.Message);
        }
    }

    public ConfigException Wrong(string problem) =>
        new($"{(path.Length == 0 ? "the file" : path)} (line {node.Start.Line})", problem);

    public YamlPart? Find(string key)
    {
        _asked.Add(key);
        return Map.Children.TryGetValue(new YamlScalarNode(key), out var child) ? new YamlPart(Join(key), child) : null;
    }

    public YamlPart Get(string key) => Find(key) ?? throw Wrong($"\"{key}\" is missing");

    public IEnumerable<(string Key, YamlPart Value)> Entries()
    {
        foreach (var (key, value) in Map.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? throw Wrong("a key is not plain text");
            _asked.Add(name);
            yield return (name, new YamlPart(Join(name), value));
        }
    }

    public IEnumerable<YamlPart> Items() =>
        node is YamlSequenceNode list
            ? list.Children.Select((child, i) => new YamlPart($"{path}[{i}]", child))
            : throw Wrong("a list is expected");

    public string Text() => (node as YamlScalarNode)?.Value ?? throw Wrong("a text is expected");

    public bool Flag() =>
        Text() switch
        {
            "true" => true,
            "false" => false,
            _ => throw Wrong("true or false is expected"),
        };

    public int Integer(int min, int max) =>
        int.TryParse(Text(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        && value >= min
        && value <= max
            ? value
            : throw Wrong($"a whole number from {min} to {max} is expected");

    public decimal Number() =>
        decimal.TryParse(Text(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Wrong("a number is expected");

    /// <summary>A duration such as <c>PT30S</c>.</summary>
    public TimeSpan Duration(TimeSpan min, TimeSpan max) =>
        Contracts.IsoDuration.TryParse(Text(), out var value) && value >= min && value <= max
            ? value
            : throw Wrong(
                $"a duration from {Contracts.IsoDuration.Format(min)} to {Contracts.IsoDuration.Format(max)} "
                    + "is expected"
            );

    public T OneOf<T>(params (string Word, T Meaning)[] words)
    {
        var text = Text();
        var at = Array.FindIndex(words, word => word.Word == text);
        return at >= 0
            ? words[at].Meaning
            : throw Wrong($"one of {string.Join(", ", words.Select(word => word.Word))} is expected");
    }

    /// <summary>Refuses the first key that nobody asked for, which most likely is a slip.</summary>
    public void RefuseOthers()
    {
        foreach (var key in Map.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: { } name } || !_asked.Contains(name))
            {
                throw Wrong(
                    $"\"{key}\" is not known here; known are {string.Join(", ", _asked.Order(StringComparer.Ordinal))}"
                );
            }
        }
    }

    private string Join(string key) => path.Length == 0 ? key : $"{path}.{key}";
}
