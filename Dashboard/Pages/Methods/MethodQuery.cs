using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Methods;

/// <summary>What a list of methods is limited to, as the address of the page says it.</summary>
/// <param name="Text">A text in name or description; empty for all methods.</param>
/// <param name="IsOffered">Whether only methods are listed that handlers offer now.</param>
/// <param name="Cursor">Where the page of the list begins; empty for the first methods.</param>
internal sealed record MethodQuery(string Text, bool IsOffered, string Cursor)
{
    public const string Yes = "yes";

    /// <summary>The address of the list, relative to the base of pages.</summary>
    public string ToPath(string ns) =>
        new PagePath($"ns/{ns}/methods")
            .Add("q", Text)
            .Add("offered", IsOffered ? Yes : null)
            .Add("cursor", Cursor)
            .ToString();
}
