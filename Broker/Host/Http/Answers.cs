using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>From what the loop said to what REST says.</summary>
internal static class Answers
{
    public static IResult Json<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        TypedResults.Json(value, type, statusCode: status);

    /// <summary>204, or the refusal.</summary>
    public static IResult NoContent(Answer answer) =>
        answer is Answer.Refused refused ? Problems.From(refused) : TypedResults.NoContent();

    /// <summary>For an answer that only a bug can give.</summary>
    public static InvalidOperationException Unexpected(Answer answer) =>
        new($"The loop answered {answer.GetType().Name} to a request that has no such answer.");
}
