using Microsoft.AspNetCore.WebUtilities;
using ScheduleZero.Client;

namespace ScheduleZero.Dashboard.Pages.Handlers;

/// <summary>
/// What a list of handlers is limited to, as the address of the page says it. Empty texts mean no limit.
/// </summary>
public sealed record HandlerQuery
{
    /// <summary>The words for the standing of handlers that a list may be limited to.</summary>
    public const string Online = "online";

    public const string Away = "away";

    public const string Drained = "drained";

    /// <summary>One of the words above; empty for all handlers.</summary>
    public string State { get; init; } = "";

    public string Text { get; set; } = "";

    public string Method { get; set; } = "";

    public string Group { get; set; } = "";

    public string Label { get; set; } = "";

    public string Agent { get; set; } = "";

    public string Bridge { get; set; } = "";

    /// <summary>Where the page of the list begins; empty for the first handlers.</summary>
    public string Cursor { get; init; } = "";

    /// <summary>Whether anything but the state limits the list.</summary>
    internal bool HasFilter => this with { State = "", Cursor = "" } != new HandlerQuery();

    /// <summary>The same without blanks around the texts, and from the first handler on.</summary>
    internal HandlerQuery Trimmed() =>
        this with
        {
            Text = Text.Trim(),
            Method = Method.Trim(),
            Group = Group.Trim(),
            Label = Label.Trim(),
            Agent = Agent.Trim(),
            Bridge = Bridge.Trim(),
            Cursor = "",
        };

    /// <summary>The address of the list, relative to the base of pages.</summary>
    internal string ToPath(string ns)
    {
        (string Name, string Value)[] values =
        [
            ("state", State),
            ("q", Text),
            ("method", Method),
            ("group", Group),
            ("label", Label),
            ("agent", Agent),
            ("bridge", Bridge),
            ("cursor", Cursor),
        ];
        return QueryHelpers.AddQueryString(
            $"ns/{ns}/handlers",
            values
                .Where(pair => pair.Value.Length > 0)
                .Select(pair => KeyValuePair.Create<string, string?>(pair.Name, pair.Value))
        );
    }

    internal HandlerFilter ToFilter() =>
        new()
        {
            Text = NullIfEmpty(Text),
            Method = NullIfEmpty(Method),
            Group = NullIfEmpty(Group),
            Label = NullIfEmpty(Label),
            Agent = NullIfEmpty(Agent),
            Bridge = NullIfEmpty(Bridge),
            Online =
                State == Online ? true
                : State == Away ? false
                : null,
            Drained = State == Drained ? true : null,
        };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
