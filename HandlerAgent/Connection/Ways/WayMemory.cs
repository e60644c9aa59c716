using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Connection.Ways;

/// <summary>
/// Remembers what was learned about the way to each address, in memory and in a file, so that a restart begins with
/// the transport and the keep-alive that worked. The file only saves time: one that cannot be read or written is told
/// of once, and the agent goes on. Safe from any thread.
/// </summary>
/// <param name="file">The path of the file; null for memory alone.</param>
internal sealed partial class WayMemory(string? file, ILogger logger)
{
    private const int WaysMax = 64;
    private const int FileBytesMax = 64 * 1024;

    private static readonly TimeSpan LossesTogether = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();

    /// <summary>The ways by address and proxy; null before the file was read. Guarded by the gate.</summary>
    private Dictionary<string, Way>? _ways;

    /// <summary>When a way last lost a connection. Guarded by the gate.</summary>
    private readonly Dictionary<string, DateTimeOffset> _lossAt = new(StringComparer.Ordinal);

    /// <summary>Whether a failure of the file was told of. Guarded by the gate.</summary>
    private bool _told;

    /// <summary>What is known of a way; nothing is known of one that was never used.</summary>
    public Way Of(Uri address, ProxyRoute? proxy)
    {
        lock (_gate)
        {
            return Ways().GetValueOrDefault(NameOf(address, proxy), new Way());
        }
    }

    /// <summary>Changes what is known of a way.</summary>
    public void Change(Uri address, ProxyRoute? proxy, Func<Way, Way> change)
    {
        lock (_gate)
        {
            var ways = Ways();
            var name = NameOf(address, proxy);
            var before = ways.GetValueOrDefault(name, new Way());
            if (change(before) is var after && after == before)
            {
                return;
            }

            if (ways.Count >= WaysMax && !ways.ContainsKey(name))
            {
                ways.Remove(ways.Keys.First());
            }

            ways[name] = after;
            Write(ways);
        }
    }

    /// <summary>
    /// Notes that a connection was lost. Two losses that come soon after each other show that the measured silence may
    /// not hold any more, so it is forgotten.
    /// </summary>
    public void NoteLoss(Uri address, ProxyRoute? proxy, DateTimeOffset now)
    {
        lock (_gate)
        {
            var name = NameOf(address, proxy);
            var isSecond = _lossAt.TryGetValue(name, out var before) && now - before < LossesTogether;
            _lossAt[name] = now;
            if (!isSecond)
            {
                return;
            }
        }

        Change(address, proxy, way => way with { SilenceSeconds = null, MeasuredAt = null });
    }

    private static string NameOf(Uri address, ProxyRoute? proxy) =>
        proxy is null ? address.AbsoluteUri : $"{address.AbsoluteUri} by {proxy}";

    private Dictionary<string, Way> Ways() => _ways ??= Read() ?? new Dictionary<string, Way>(StringComparer.Ordinal);

    private Dictionary<string, Way>? Read()
    {
        if (file is null || !File.Exists(file))
        {
            return null;
        }

        try
        {
            using var stream = File.OpenRead(file);
            return stream.Length <= FileBytesMax
                ? JsonSerializer
                    .Deserialize(stream, WayJson.Default.WayFile)
                    ?.Ways?.Where(way => way.Value is not null)
                    .Take(WaysMax)
                    .ToDictionary()
                : throw new JsonException("The file is too long.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            Tell(e);
            return null;
        }
    }

    private void Write(Dictionary<string, Way> ways)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            Folders.Make(Path.GetDirectoryName(Path.GetFullPath(file))!);
            WholeFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(new WayFile(ways), WayJson.Default.WayFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Tell(e);
        }
    }

    private void Tell(Exception failure)
    {
        if (!_told)
        {
            _told = true;
            logger.StateFileFailed(file!, failure.Message);
        }
    }

    internal sealed record WayFile(Dictionary<string, Way>? Ways);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
    [JsonSerializable(typeof(WayFile))]
    internal sealed partial class WayJson : JsonSerializerContext;
}
