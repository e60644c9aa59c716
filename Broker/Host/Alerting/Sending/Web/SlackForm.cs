using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScheduleZero.Broker.Host.Alerting.Sending.Words;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Web;

/// <summary>
/// The form of Slack's incoming webhooks. Mattermost and Discord (URLs that end in /slack) take it too, so it is only
/// text, and names and errors are made harmless in all three.
/// </summary>
internal static class SlackForm
{
    /// <summary>Discord refuses messages of more than 2,000 characters; the others take more.</summary>
    public const int LengthMax = 1900;

    // A mark that nobody sees. After it a word is no mention, and brackets are no link.
    private const char ZeroWidthSpace = '\u200b';

    public static HttpRequestMessage Make(Uri url, AlertMessage message)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new SlackMessage(TextOf(message), UnfurlLinks: false, UnfurlMedia: false),
            SlackJson.Default.SlackMessage
        );
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
    }

    private static string TextOf(AlertMessage message)
    {
        var text = new StringBuilder($"*{Plain(message.Title)}*");
        foreach (var line in LinesOf(message))
        {
            // Lines are left out whole: a cut would end within an entity, or leave code open.
            if (text.Length + 1 + line.Length > LengthMax)
            {
                break;
            }

            text.Append('\n').Append(line);
        }

        return text.ToString();
    }

    private static IEnumerable<string> LinesOf(AlertMessage message)
    {
        foreach (var fact in message.Facts)
        {
            yield return $"{fact.Name}: {Plain(fact.Text)}";
        }

        // Our own address: it has nothing that the form would read otherwise.
        if (message.Link is not null)
        {
            yield return Entities(message.Link.AbsoluteUri);
        }

        foreach (var job in message.Jobs)
        {
            yield return $"• {Plain(job.Title)}" + (job.Text is null ? "" : $"\n{Code(job.Text)}");
            if (job.Link is not null)
            {
                yield return Entities(job.Link.AbsoluteUri);
            }
        }
    }

    /// <summary>
    /// Text within a line: no entity, no mention, no link with words of its own, no picture, no code.
    /// </summary>
    private static string Plain(string text) =>
        Entities(text)
            .Replace("@", $"@{ZeroWidthSpace}", StringComparison.Ordinal)
            .Replace("](", $"]{ZeroWidthSpace}(", StringComparison.Ordinal)
            .Replace('`', '\'');

    /// <summary>Text as code, within which nothing is a mention or a link.</summary>
    private static string Code(string text) =>
        $"`{Entities(text).Replace("@", $"@{ZeroWidthSpace}", StringComparison.Ordinal).Replace('`', '\'')}`";

    /// <summary>Escapes the three characters by which Slack's own marks begin and end.</summary>
    private static string Entities(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);
}

/// <summary>A message as Slack takes it.</summary>
internal sealed record SlackMessage(
    string Text,
    [property: JsonPropertyName("unfurl_links")] bool UnfurlLinks,
    [property: JsonPropertyName("unfurl_media")] bool UnfurlMedia
);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SlackMessage))]
internal sealed partial class SlackJson : JsonSerializerContext;
