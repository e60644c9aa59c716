using ScheduleZero.Certificates;
using ScheduleZero.HandlerAgent.Files;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>The configuration file of the ready agent.</summary>
internal sealed record AgentConfig
{
    public required string Handler { get; init; }

    public required IReadOnlyList<string> Bridges { get; init; }

    public required string? ApiKeyFile { get; init; }

    public required string? IdentityFile { get; init; }

    public required ClientTlsFiles Tls { get; init; }

    /// <summary>The forward proxy, or <c>none</c>; null for that of the environment.</summary>
    public required string? Proxy { get; init; }

    public required string? ProxyCredentialsFile { get; init; }

    public required string? StateFile { get; init; }

    public required bool Sealed { get; init; }

    public required string? CurveKey { get; init; }

    public required IReadOnlyList<string> CurveServerKeys { get; init; }

    public required string? OfflineFolder { get; init; }

    public required int? Capacity { get; init; }

    public required IReadOnlyList<string> Groups { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyList<CommandMethod> Methods { get; init; }

    /// <summary>The configuration without a file: no handler, and all defaults.</summary>
    public static AgentConfig Empty { get; } =
        new()
        {
            Handler = "",
            Bridges = [],
            ApiKeyFile = null,
            IdentityFile = null,
            Tls = new ClientTlsFiles(null, null, null, null),
            Proxy = null,
            ProxyCredentialsFile = null,
            StateFile = null,
            CurveKey = null,
            CurveServerKeys = [],
            Sealed = false,
            OfflineFolder = null,
            Capacity = null,
            Groups = [],
            Labels = new Dictionary<string, string>(StringComparer.Ordinal),
            Methods = [],
        };

    /// <summary>Reads the file.</summary>
    /// <exception cref="ConfigException">
    /// Something is missing, unknown or out of bounds, or others may write the file; the message names the place.
    /// </exception>
    public static AgentConfig Load(string file)
    {
        RefuseIfOthersWrite(file);
        var root = YamlPart.Load(file);
        var config = new AgentConfig
        {
            Handler = root.Get("handler").Text(),
            Bridges = [.. root.Find("bridges")?.Items().Select(b => b.Text()) ?? []],
            ApiKeyFile = PathOf(root.Find("apiKeyFile"), file),
            IdentityFile = PathOf(root.Find("identityFile"), file),
            Tls = new ClientTlsFiles(
                PathOf(root.Find("ca"), file),
                PathOf(root.Find("clientCert"), file),
                PathOf(root.Find("clientKey"), file),
                PathOf(root.Find("clientPasswordFile"), file)
            ),
            Proxy = ProxyOf(root.Find("proxy")),
            ProxyCredentialsFile = PathOf(root.Find("proxyCredentialsFile"), file),
            StateFile = PathOf(root.Find("stateFile"), file),
            Sealed = root.Find("sealed")?.Flag() ?? false,
            CurveKey = PathOf(root.Find("curveKey"), file),
            CurveServerKeys = [.. root.Find("curveServerKeys")?.Items().Select(key => KeyOrPathOf(key, file)) ?? []],
            OfflineFolder = PathOf(root.Find("offlineFolder"), file),
            Capacity = root.Find("capacity")?.Integer(1, Contracts.Limits.CapacityMax),
            Groups = [.. root.Find("groups")?.Items().Select(g => g.Text()) ?? []],
            Labels =
                root.Find("labels")?.Entries().ToDictionary(l => l.Key, l => l.Value.Text(), StringComparer.Ordinal)
                ?? [],
            Methods = [.. root.Get("methods").Entries().Select(m => CommandMethod.Read(m.Key, m.Value))],
        };
        root.RefuseOthers();
        return config.Methods.Count > 0 ? config : throw root.Get("methods").Wrong("at least one method is needed");
    }

    // Whoever may write the file decides which programs run here.
    private static void RefuseIfOthersWrite(string file)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        foreach (var path in new[] { file, folder }.Where(path => Path.Exists(path) && Folders.OthersMayWrite(path)))
        {
            throw new ConfigException(
                path,
                "others on this machine may write there, and so say which commands run; mend it with: chmod "
                    + $"go-w {path}"
            );
        }
    }

    private static string? ProxyOf(YamlPart? part) =>
        part?.Text() is not { } text ? null
        : text.Contains('@', StringComparison.Ordinal)
            ? throw part.Wrong("a password does not belong into this file: name its file in proxyCredentialsFile")
        : text;

    private static string? PathOf(YamlPart? part, string file) =>
        part?.Text() is { } path ? Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(file))!) : null;

    private static string KeyOrPathOf(YamlPart part, string file) =>
        CurvePublicKey.TryParse(part.Text(), out var key) ? key.Text : PathOf(part, file)!;
}
