using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Alerting.Sending.Words;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Web;

/// <summary>
/// The form of a webhook: JSON, signed as Standard Webhooks says (https://www.standardwebhooks.com, version 1 of the
/// signature). The text of jobs is passed on as it is; whoever shows it must encode it.
/// </summary>
internal static class WebhookForm
{
    /// <param name="now">When the attempt is made.</param>
    public static HttpRequestMessage Make(
        AlertTarget.Webhook target,
        AlertNotice notice,
        AlertMessage message,
        AlertLinks links,
        DateTimeOffset now
    )
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            DocumentOf(notice, message, links),
            WebhookJson.Default.WebhookDocument
        );
        var (id, timestamp) = (notice.Id.ToString(), now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        var request = new HttpRequestMessage(HttpMethod.Post, target.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", $"v1,{Sign(target.Secret, id, timestamp, body)}");
        return request;
    }

    private static string Sign(byte[] secret, string id, string timestamp, byte[] body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return Convert.ToBase64String(HMACSHA256.HashData(secret, signed));
    }

    private static WebhookDocument DocumentOf(AlertNotice notice, AlertMessage message, AlertLinks links) =>
        new(
            $"alert.{Word(notice.Phase)}",
            notice.At.ToUniversalTime(),
            new WebhookData
            {
                Namespace = notice.Namespace,
                Rule = notice.Rule,
                Condition = Word(notice.Condition),
                Phase = Word(notice.Phase),
                Subject = notice.Subject,
                Since = notice.Since.ToUniversalTime(),
                At = notice.At.ToUniversalTime(),
                Count = notice.Count,
                Detail = notice.Detail,
                Samples =
                [
                    .. notice.Samples.Select(sample => new WebhookSample(
                        sample.Job.ToString(),
                        sample.Method,
                        sample.Handler,
                        sample.Text,
                        sample.At.ToUniversalTime(),
                        links.OfJob(notice.Namespace, sample.Job)?.AbsoluteUri
                    )),
                ],
                Link = message.Link?.AbsoluteUri,
                Summary = message.Title,
            }
        );

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

/// <summary>What a webhook receives.</summary>
/// <param name="Type">The kind of message, such as <c>alert.firing</c>.</param>
/// <param name="Timestamp">When the notice was made.</param>
internal sealed record WebhookDocument(string Type, DateTimeOffset Timestamp, WebhookData Data);

/// <summary>A notice as a webhook receives it.</summary>
internal sealed record WebhookData
{
    public required string Namespace { get; init; }
    public required string Rule { get; init; }
    public required string Condition { get; init; }
    public required string Phase { get; init; }
    public required string Subject { get; init; }
    public required DateTimeOffset Since { get; init; }
    public required DateTimeOffset At { get; init; }
    public required long Count { get; init; }
    public string? Detail { get; init; }
    public required IReadOnlyList<WebhookSample> Samples { get; init; }

    /// <summary>The page of the dashboard; missing without --public-url.</summary>
    public string? Link { get; init; }

    /// <summary>The notice on one line.</summary>
    public required string Summary { get; init; }
}

/// <summary>A job of a notice as a webhook receives it.</summary>
internal sealed record WebhookSample(
    string Job,
    string Method,
    string? Handler,
    string? Text,
    DateTimeOffset At,
    string? Link
);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WebhookDocument))]
internal sealed partial class WebhookJson : JsonSerializerContext;
