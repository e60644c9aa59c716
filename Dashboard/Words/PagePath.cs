using System.Text;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Writes the address of a page with a query. A parameter without a value is left out.</summary>
/// <param name="path">The address without its query, relative to the base of pages.</param>
internal sealed class PagePath(string path)
{
    private readonly StringBuilder _text = new(path);
    private char _separator = '?';

    /// <summary>The address of a method's page, relative to the base of pages.</summary>
    public static string OfMethod(string ns, string name) => $"ns/{ns}/methods/{Uri.EscapeDataString(name)}";

    /// <summary>The address of a handler's page, relative to the base of pages.</summary>
    public static string OfHandler(string ns, string name) => $"ns/{ns}/handlers/{Uri.EscapeDataString(name)}";

    public PagePath Add(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _text.Append(_separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            _separator = '&';
        }

        return this;
    }

    public override string ToString() => _text.ToString();
}
