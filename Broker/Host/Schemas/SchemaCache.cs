using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Schemas;

/// <summary>
/// Schemas that were read, by their bytes: a thousand handlers that publish one schema have it read once. The one read
/// first goes first.
/// </summary>
internal sealed class SchemaCache
{
    /// <summary>Of schemas as published; what is made of them takes some twenty times that.</summary>
    public const int BytesMax = 4 * 1024 * 1024;

    public const int SchemasMax = 4_096;

    private readonly Lock _gate = new();
    private readonly Dictionary<RawJson, ParamsSchema> _schemas = [];
    private readonly Queue<RawJson> _order = new();
    private long _bytes;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _schemas.Count;
            }
        }
    }

    /// <param name="isNew">It was read just now.</param>
    public ParamsSchema Get(RawJson published, out bool isNew)
    {
        if (published.Utf8.Length > Limits.SchemaBytesMax)
        {
            isNew = false;
            return ParamsSchema.TooLong;
        }

        lock (_gate)
        {
            if (_schemas.TryGetValue(published, out var known))
            {
                isNew = false;
                return known;
            }
        }

        // Outside the gate: a large schema must not hold up those who only look.
        var schema = ParamsSchema.Read(published);
        lock (_gate)
        {
            isNew = _schemas.TryAdd(published, schema);
            if (isNew)
            {
                _order.Enqueue(published);
                _bytes += schema.Bytes;
            }

            while (_bytes > BytesMax || _schemas.Count > SchemasMax)
            {
                _schemas.Remove(_order.Dequeue(), out var gone);
                _bytes -= gone!.Bytes;
            }
        }

        return schema;
    }
}
