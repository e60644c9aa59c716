using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScheduleZero.Cli.Configuration;

/// <summary>Saved settings of one Broker. What is not set falls through to the defaults.</summary>
internal sealed record Profile
{
    public string? Server { get; init; }

    public string? Namespace { get; init; }

    /// <summary>An absolute path.</summary>
    public string? ApiKeyFile { get; init; }

    public string? ApiKey { get; init; }
}

/// <summary>All saved profiles and which of them is in use.</summary>
internal sealed record ProfileSet
{
    public string? Current { get; init; }

    public IReadOnlyDictionary<string, Profile> Profiles { get; init; } = new Dictionary<string, Profile>();

    /// <summary>The profile that was chosen with <c>profiles use</c>; null when none was.</summary>
    [JsonIgnore]
    public Profile? InUse => Current is null ? null : Require(Current);

    public Profile Require(string name) =>
        Profiles?.GetValueOrDefault(name)
        ?? throw new UsageException($"There is no profile '{name}'. See: schedulezero profiles list");

    public ProfileSet With(string name, Profile profile) =>
        this with
        {
            // The first one is put to use at once: that is why it was made.
            Current = Current ?? name,
            Profiles = new SortedDictionary<string, Profile>(Profiles.ToDictionary(), StringComparer.Ordinal)
            {
                [name] = profile,
            },
        };

    public ProfileSet Without(string name) =>
        this with
        {
            Current = Current == name ? null : Current,
            Profiles = Profiles.Where(profile => profile.Key != name).ToDictionary(),
        };
}

/// <summary>
/// Where the profiles are kept: <c>$XDG_CONFIG_HOME/schedulezero/profiles.json</c>, or under <c>~/.config</c>; on
/// Windows under the roaming application data.
/// </summary>
internal sealed class ProfileFile
{
    private readonly Terminal _terminal;

    private ProfileFile(string path, Terminal terminal)
    {
        Path = path;
        _terminal = terminal;
    }

    public string Path { get; }

    public static ProfileFile Locate(Terminal terminal) =>
        new ProfileFile(ConfigurationFolder.PathOf("profiles.json", terminal), terminal);

    /// <exception cref="UsageException">The file is there but cannot be read.</exception>
    public ProfileSet Load()
    {
        try
        {
            var set =
                JsonSerializer.Deserialize(File.ReadAllText(Path), CliJson.Default.ProfileSet)
                ?? throw new JsonException("it holds null");
            // Generated readers do not keep a property's default.
            set = set.Profiles is null ? set with { Profiles = new Dictionary<string, Profile>() } : set;
            if (set.Profiles.Values.Any(profile => profile.ApiKey is not null))
            {
                KeyFile.WarnIfOthersRead(Path, _terminal);
            }

            return set;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new ProfileSet();
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{Path} cannot be read: {e.Message}");
        }
    }

    public void Save(ProfileSet profiles)
    {
        ConfigurationFolder.Make(Path);
        KeyFile.Write(Path, JsonSerializer.Serialize(profiles, CliJson.Default.ProfileSet) + Environment.NewLine);
    }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ProfileSet))]
[JsonSerializable(typeof(SessionSet))]
internal sealed partial class CliJson : JsonSerializerContext;
