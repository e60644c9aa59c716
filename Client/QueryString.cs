using System.Text;
using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Client;

/// <summary>Builds a path with a query. A parameter without a value is left out.</summary>
internal sealed class QueryString(string path)
{
    private readonly StringBuilder _text = new(path);
    private char _separator = '?';

    public QueryString Add(string name, string? value)
    {
        if (value is not null)
        {
            _text.Append(_separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            _separator = '&';
        }

        return this;
    }

    public QueryString Add(string name, long? value) => Add(name, value?.ToString());

    public QueryString Add(string name, DateTimeOffset? value) =>
        Add(name, value?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFZ"));

    public QueryString Add(string name, TimeSpan? value) =>
        Add(name, value is { } duration ? IsoDuration.Format(duration) : null);

    public QueryString Add<T>(string name, T? value)
        where T : struct, Enum =>
        Add(name, value is { } word ? JsonNamingPolicy.CamelCase.ConvertName(word.ToString()) : null);

    public override string ToString() => _text.ToString();
}
