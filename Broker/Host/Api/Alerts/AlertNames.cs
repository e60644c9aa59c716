using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Api.Alerts;

/// <summary>What the routes of rules and of channels have in common.</summary>
internal static class AlertNames
{
    /// <summary>The refusal of a name in an address, or of a body that says another; null for none.</summary>
    public static ProblemAnswer? ProblemOf(string addressed, string? named) =>
        !Names.IsName(addressed)
            ? Problems.Invalid(
                "name",
                $"A letter or digit, then letters, digits and . _ - : up to {Limits.NameLengthMax} characters."
            )
        : named is null || named == addressed ? null
        : Problems.Invalid("name", $"The address says \"{addressed}\".");

    /// <summary>The answer with a rule or channel: 201 with its address for a new one.</summary>
    /// <param name="moving">The fields of the view that change without a new version, as text; empty where they say
    /// nothing yet.</param>
    public static IResult Show<T>(
        HttpContext http,
        AlertSettingsRow row,
        string path,
        string moving,
        T view,
        JsonTypeInfo<T> type
    )
    {
        var isNew = row.Version == 1 && http.Request.Method != HttpMethods.Get;
        if (isNew)
        {
            http.Response.Headers.Location = $"/api/namespaces/{row.Namespace}/alerts/{path}";
        }

        return Conditions.Answer(
            http,
            moving.Length == 0 ? new EntityTag(row.Version) : EntityTag.Of(row.Version, moving),
            view,
            type,
            isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK
        );
    }
}
