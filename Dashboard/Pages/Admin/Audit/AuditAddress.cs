using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using ScheduleZero.Client;

namespace ScheduleZero.Dashboard.Pages.Admin.Audit;

/// <summary>
/// What a list of audit events is limited to, as the address of the page says it. Empty texts mean no limit.
/// </summary>
public sealed record AuditAddress
{
    private const string InstantForm = "yyyy-MM-ddTHH:mm:ssZ";

    /// <summary>Whether the list is that of the whole Broker, and not of one namespace.</summary>
    public bool IsWhole { get; init; }

    public string Actor { get; init; } = "";

    public string Action { get; init; } = "";

    public string Outcome { get; init; } = "";

    public string Object { get; init; } = "";

    public string Text { get; init; } = "";

    /// <summary>The earliest instant of an event; null for no limit.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The instant that events come before; null for no limit.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Where the page of the list begins; empty for the newest events.</summary>
    public string Cursor { get; init; } = "";

    /// <summary>The number of the event that is shown as a whole; null for none.</summary>
    public long? Event { get; init; }

    public bool HasFilter => this with { IsWhole = false, Cursor = "", Event = null } != new AuditAddress();

    public static AuditAddress Parse(string query)
    {
        var values = QueryHelpers.ParseQuery(query);
        return new AuditAddress
        {
            IsWhole = Of("of") == "broker",
            Actor = Of("actor"),
            Action = Of("action"),
            Outcome = Of("outcome"),
            Object = Of("object"),
            Text = Of("q"),
            From = InstantOf("from"),
            To = InstantOf("to"),
            Cursor = Of("cursor"),
            Event = long.TryParse(Of("event"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : null,
        };

        string Of(string name) => values.TryGetValue(name, out var value) ? value.ToString().Trim() : "";

        DateTimeOffset? InstantOf(string name) =>
            DateTimeOffset.TryParse(Of(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? at
                : null;
    }

    /// <summary>The address, relative to the base of pages.</summary>
    public string ToPath(string ns)
    {
        var path = new StringBuilder(AdminTabs.PathOf(ns, AdminTabs.Audit));
        var separator = '?';
        Add("of", IsWhole ? "broker" : "");
        Add("actor", Actor);
        Add("action", Action);
        Add("outcome", Outcome);
        Add("object", Object);
        Add("q", Text);
        Add("from", TextOf(From));
        Add("to", TextOf(To));
        Add("cursor", Cursor);
        Add("event", Event?.ToString(CultureInfo.InvariantCulture) ?? "");
        return path.ToString();

        void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                path.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                separator = '&';
            }
        }
    }

    public AuditFilter ToFilter(int limit) =>
        new()
        {
            Actor = NullIfEmpty(Actor),
            Action = NullIfEmpty(Action),
            Outcome = NullIfEmpty(Outcome),
            Object = NullIfEmpty(Object),
            Text = NullIfEmpty(Text),
            From = From,
            To = To,
            Limit = limit,
        };

    /// <summary>An instant as an address has it; empty for none.</summary>
    public static string TextOf(DateTimeOffset? at) =>
        at?.ToUniversalTime().ToString(InstantForm, CultureInfo.InvariantCulture) ?? "";

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
