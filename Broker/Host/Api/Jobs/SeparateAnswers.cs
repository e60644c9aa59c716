using System.Text.Json;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// A <see cref="BatchAnswer"/> that is written item by item. Items may hold whole jobs with params and results, so the
/// Broker never has more than a few of them in memory, however slowly the caller reads.
/// </summary>
/// <param name="items">Make the items, in order.</param>
internal sealed class SeparateAnswers(IEnumerable<Func<Task<BatchItem>>> items) : IResult
{
    /// <summary>How many bytes are written before the next item waits until the caller has read some.</summary>
    private const long BufferedBytesMax = 64 * 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var body = httpContext.Response.BodyWriter;
        httpContext.Response.ContentType = "application/json; charset=utf-8";
        await using var writer = new Utf8JsonWriter(
            body,
            new JsonWriterOptions { Encoder = RestJson.Default.Options.Encoder, SkipValidation = true }
        );
        writer.WriteStartObject();
        writer.WriteStartArray("items");
        foreach (var make in items)
        {
            JsonSerializer.Serialize(writer, await make(), RestJson.Default.BatchItem);
            await writer.FlushAsync(CancellationToken.None);
            if (body.UnflushedBytes > BufferedBytesMax)
            {
                await body.FlushAsync(httpContext.RequestAborted);
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
