using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScheduleZero.Cli.Configuration;

/// <summary>Saved settings of one Broker; null for a setting that the profile leaves to the defaults.</summary>
internal sealed record Profile
{
    public string? Server { get; init; }

    public string? Namespace { get; init; }

    /// <summary>The absolute path of the file that holds the API key.</summary>
    public string? ApiKeyFile { get; init; }

    public string? ApiKey { get; init; }

    /// <summary>The absolute path of the file with the authorities that are trusted.</summary>
    public string? Ca { get; init; }

    /// <summary>The absolute path of the client's certificate.</summary>
    public string? ClientCert { get; init; }

    /// <summary>The absolute path of the certificate's key.</summary>
    public string? ClientKey { get; init; }

    /// <summary>The absolute path of the file with the password of the key.</summary>
    public string? ClientPasswordFile { get; init; }
}

/// <summary>All saved profiles, and which of them is in use.</summary>
internal sealed record ProfileSet
{
    /// <summary>The name of the profile in use; null when none is.</summary>
    public string? Current { get; init; }

    /// <summary>The profiles by name.</summary>
    public IReadOnlyDictionary<string, Profile> Profiles { get; init; } = new Dictionary<string, Profile>();

    /// <summary>The profile that was chosen with <c>profiles use</c>; null when none was.</summary>
    [JsonIgnore]
    public Profile? InUse => Current is null ? null : Require(Current);

    /// <exception cref="UsageException">There is no such profile.</exception>
    public Profile Require(string name) =>
        Profiles?.GetValueOrDefault(name)
        ?? throw new UsageException($"There is no profile '{name}'. See: schedulezero profiles list");

    public ProfileSet With(string name, Profile profile) =>
        this with
        {
            // The first profile is in use at once: that is why it was made.
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
/// The file <c>profiles.json</c> in the <see cref="ConfigurationFolder"/>, which holds the profiles.
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

    /// <summary>Reads the profiles; a file that is missing counts as empty.</summary>
    /// <exception cref="UsageException">The file exists, and cannot be read.</exception>
    public ProfileSet Load()
    {
        try
        {
            var set =
                JsonSerializer.Deserialize(File.ReadAllText(Path), CliJson.Default.ProfileSet)
                ?? throw new JsonException("it holds null");
            // The generated reader sets a property that the file lacks to null, not to its default.
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
