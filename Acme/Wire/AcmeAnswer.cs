using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ScheduleZero.Acme.Wire;

/// <summary>An answer of the CA, read whole.</summary>
/// <param name="Location">The address of what was created; null when the answer has none.</param>
/// <param name="Nonce">The number for the next signed request; null when the answer has none that can be used.</param>
/// <param name="RetryAfter">Null when the CA does not ask to wait.</param>
internal sealed record AcmeAnswer(Uri Url, int Status, byte[] Body, Uri? Location, string? Nonce, TimeSpan? RetryAfter)
{
    /// <exception cref="AcmeException">The body is not what a CA answers.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
        where T : class =>
        TryRead(type) ?? throw new AcmeException($"{Url} did not answer as a CA does: is this an ACME directory's CA?");

    /// <summary>The body; null when it is not what a CA answers.</summary>
    public T? TryRead<T>(JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(Body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
