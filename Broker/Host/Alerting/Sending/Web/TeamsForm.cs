using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScheduleZero.Broker.Host.Alerting.Sending.Words;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Web;

/// <summary>
/// The form of webhooks that a workflow of Microsoft Teams makes: a message with an Adaptive Card (version 1.4). All
/// text is in runs (TextRun), since blocks of text (TextBlock) and facts read Markdown, with links.
/// </summary>
internal static class TeamsForm
{
    public static HttpRequestMessage Make(Uri url, AlertMessage message)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new TeamsMessage(
                "message",
                [new TeamsAttachment("application/vnd.microsoft.card.adaptive", CardOf(message))]
            ),
            TeamsJson.Default.TeamsMessage
        );
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
    }

    private static TeamsCard CardOf(AlertMessage message) =>
        new(
            "http://adaptivecards.io/schemas/adaptive-card.json",
            "AdaptiveCard",
            "1.4",
            [.. BlocksOf(message)],
            message.Link is null
                ? null
                : [new TeamsAction("Action.OpenUrl", "Open the dashboard", message.Link.AbsoluteUri)]
        );

    private static IEnumerable<TeamsBlock> BlocksOf(AlertMessage message)
    {
        yield return Block(Run(message.Title) with { Weight = "Bolder", Size = "Medium" });
        foreach (var fact in message.Facts)
        {
            yield return Block(Run($"{fact.Name}: ") with { Weight = "Bolder" }, Run(fact.Text));
        }

        foreach (var job in message.Jobs)
        {
            var title = Run(job.Title);
            yield return Block(
                job.Link is null
                    ? title
                    : title with
                    {
                        SelectAction = new TeamsAction("Action.OpenUrl", "Open the job", job.Link.AbsoluteUri),
                    }
            );
            if (job.Text is not null)
            {
                yield return Block(Run(job.Text) with { FontType = "Monospace" });
            }
        }
    }

    private static TeamsBlock Block(params TeamsRun[] runs) => new("RichTextBlock", runs);

    // Cards replace {{DATE(…)}} and {{TIME(…)}} by times of the reader's zone; the mark between the braces is not seen.
    private static TeamsRun Run(string text) =>
        new("TextRun", text.Replace("{{", "{\u200b{", StringComparison.Ordinal));
}

internal sealed record TeamsMessage(string Type, IReadOnlyList<TeamsAttachment> Attachments);

internal sealed record TeamsAttachment(string ContentType, TeamsCard Content);

internal sealed record TeamsCard(
    [property: JsonPropertyName("$schema")] string Schema,
    string Type,
    string Version,
    IReadOnlyList<TeamsBlock> Body,
    IReadOnlyList<TeamsAction>? Actions
);

internal sealed record TeamsBlock(string Type, IReadOnlyList<TeamsRun> Inlines);

internal sealed record TeamsRun(string Type, string Text)
{
    public string? Weight { get; init; }
    public string? Size { get; init; }
    public string? FontType { get; init; }
    public TeamsAction? SelectAction { get; init; }
}

internal sealed record TeamsAction(string Type, string Title, string Url);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TeamsMessage))]
internal sealed partial class TeamsJson : JsonSerializerContext;
