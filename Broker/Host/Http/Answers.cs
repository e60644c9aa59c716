using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>Turns answers of the loop into answers of REST.</summary>
internal static class Answers
{
    public static IResult Json<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        TypedResults.Json(value, type, statusCode: status);

    /// <summary>
    /// A small answer as JSON, sent in one piece with its length: without the buffers, steps and chunks of an answer
    /// that is written while it is made.
    /// </summary>
    public static IResult SmallJson<T>(T value, JsonTypeInfo<T> type, int status) =>
        new WholeJson(JsonSerializer.SerializeToUtf8Bytes(value, type), status);

    /// <summary>The answer 204, or the refusal.</summary>
    public static IResult NoContent(Answer answer) =>
        answer is Answer.Refused refused ? Problems.From(refused) : TypedResults.NoContent();

    /// <summary>
    /// The answer that <paramref name="show"/> makes of the one expected answer of the loop, or the refusal.
    /// </summary>
    /// <exception cref="InvalidOperationException">The loop gave another answer.</exception>
    public static IResult Show<T>(Answer answer, Func<T, IResult> show)
        where T : Answer =>
        answer switch
        {
            T expected => show(expected),
            Answer.Refused refused => Problems.From(refused),
            _ => throw Unexpected(answer),
        };

    /// <summary>The exception for an answer that only a bug can give.</summary>
    public static InvalidOperationException Unexpected(Answer answer) =>
        new($"The loop answered {answer.GetType().Name} to a request that has no such answer.");

    private sealed class WholeJson(byte[] utf8, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = status;
            response.ContentType = "application/json; charset=utf-8";
            response.ContentLength = utf8.Length;
            return response.Body.WriteAsync(utf8, httpContext.RequestAborted).AsTask();
        }
    }
}
