using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Schemas;

/// <summary>
/// Caches compiled schemas by their bytes, so that a schema which a thousand handlers publish is read once. The schema
/// that was read first is dropped first.
/// </summary>
internal sealed class SchemaCache
{
    /// <summary>How many bytes of published schemas are cached. Compiled they take some twenty times as much.</summary>
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

    /// <summary>The compiled schema.</summary>
    /// <param name="isNew">Whether it was compiled just now.</param>
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

        // The schema is read outside the lock, so that a large one does not delay callers who only look one up.
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
