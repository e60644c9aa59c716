using System.Text.Json;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary>Files of schedules.</summary>
internal static class ScheduleFile
{
    /// <summary>Reads one schedule, a list of them, or an object that holds such a list as <c>schedules</c>.</summary>
    /// <param name="file">Its name; - for standard input.</param>
    /// <param name="standardInput">Read for -.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<IReadOnlyList<ScheduleRequest>> ReadAsync(string file, TextReader standardInput, CancellationToken cancellationToken)
    {
        var json = await Values.ReadJsonAsync(file == "-" ? file : $"@{file}", "contents of the file", standardInput, cancellationToken);
        try
        {
            using var document = JsonDocument.Parse(json.Utf8);
            var root = document.RootElement;
            var list = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("schedules", out var held) ? held : root;
            return list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(Read)] : [Read(list)];
        }
        catch (JsonException e)
        {
            throw new UsageException($"{file} holds no schedules: {e.Message}");
        }
    }

    private static ScheduleRequest Read(JsonElement element) =>
        element.Deserialize(RestJson.Default.ScheduleRequest) ?? throw new JsonException("A schedule is null.");
}
