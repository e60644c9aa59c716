using System.Collections.Concurrent;
using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Schemas;

/// <summary>
/// Checks params against the schemas that live sessions publish for their methods. A method without a schema costs one
/// look-up in a dictionary.
/// </summary>
internal sealed class MethodSchemas(ILogger<MethodSchemas> log)
{
    /// <summary>The refusal of params with half a surrogate pair.</summary>
    public const string LoneSurrogates =
        "A text or a field's name holds half a surrogate pair, such as \\ud800 by itself, which is no character.";

    private const string DuplicateField =
        "A field is given twice: which of them the schema would be checked against is not what the handler may read.";

    private static readonly JsonDocumentOptions Reading = new()
    {
        MaxDepth = JsonConventions.MaxDepth,
        AllowDuplicateProperties = false,
    };

    /// <summary>How many sessions publish a schema for a method. Changed only by the loop's speaker.</summary>
    private readonly ConcurrentDictionary<(string Namespace, string Method), int> _publishers = new();

    /// <summary>
    /// The methods that each session offers, by namespace and session. Changed only by the loop's speaker.
    /// </summary>
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, Effect.OffersChanged>> _offers = new(
        StringComparer.Ordinal
    );
    private readonly SchemaCache _cache = new();

    /// <summary>Stores the schemas that a session publishes. Called only by the loop's speaker.</summary>
    public void Put(Effect.OffersChanged changed)
    {
        var sessions = _offers.GetOrAdd(changed.Namespace, static _ => new(StringComparer.Ordinal));
        sessions.TryGetValue(changed.SessionId, out var before);
        if (changed.Methods is null)
        {
            sessions.TryRemove(changed.SessionId, out _);
            if (sessions.IsEmpty)
            {
                _offers.TryRemove(changed.Namespace, out _);
            }
        }
        else
        {
            sessions[changed.SessionId] = changed;
        }

        if (
            changed.Methods?.Values.FirstOrDefault(static method =>
                method.ParamsSchema.Utf8.Length > Limits.SchemaBytesMax
            ) is
            { } tooLong
        )
        {
            log.SchemaNotUsed(tooLong.Name, changed.Namespace, changed.Handler, ParamsSchema.TooLong.Problem!);
        }

        Count(changed, +1);
        Count(before, -1);
    }

    /// <summary>
    /// Why none of the sessions that may run the job accepts these params, by path; null when one of them does.
    /// </summary>
    /// <param name="path">The path of the params in the request, such as <c>job.params</c>.</param>
    public Dictionary<string, string[]>? Check(
        string ns,
        string method,
        string? handler,
        string? group,
        RawJson parameters,
        string path,
        StepBudget budget
    )
    {
        if (!_publishers.ContainsKey((ns, method)) || !_offers.TryGetValue(ns, out var sessions))
        {
            return null;
        }

        if (parameters.HasLoneSurrogates)
        {
            // An older version stored such params, and the library would throw on them.
            return new(StringComparer.Ordinal) { [path] = [LoneSurrogates] };
        }

        using var document = TryParse(parameters);
        return document is null
            ? new(StringComparer.Ordinal) { [path] = [DuplicateField] }
            : Check(
                ns,
                method,
                sessions.Select(session => session.Value).Where(offer => MayRun(offer, handler, group)),
                document.RootElement,
                path,
                budget
            );
    }

    private Dictionary<string, string[]>? Check(
        string ns,
        string method,
        IEnumerable<Effect.OffersChanged> offers,
        JsonElement parameters,
        string path,
        StepBudget budget
    )
    {
        Dictionary<string, string[]>? errors = null;
        var seen = new HashSet<ParamsSchema>();
        foreach (var offer in offers)
        {
            if (!offer.Methods!.TryGetValue(method, out var offered))
            {
                continue;
            }

            if (
                offered.ParamsSchema.IsEmpty
                || Read(ns, offer.Handler, method, offered.ParamsSchema) is not { Problem: null } schema
            )
            {
                return null; // A session without a schema accepts any params, as far as is known.
            }

            if (seen.Add(schema))
            {
                var wrong = schema.Check(parameters, path, budget);
                if (wrong is null)
                {
                    return null;
                }

                errors ??= wrong;
            }
        }

        return errors;
    }

    /// <summary>Adds the reason to a method whose schema is not used.</summary>
    public MethodView Judge(string ns, MethodView method) =>
        method.ParamsSchema.IsEmpty
            ? method
            : method with
            {
                ParamsSchemaProblem = Read(ns, method.Handlers[0], method.Name, method.ParamsSchema).Problem,
            };

    /// <summary>Why the schema that a handler publishes is not used; null when it is, or when there is none.</summary>
    public string? ProblemOf(string ns, string handler, OfferedMethod method) =>
        method.ParamsSchema.IsEmpty ? null : Read(ns, handler, method.Name, method.ParamsSchema).Problem;

    // Parses params; null for params that name a field twice. That they are JSON was checked before.
    private static JsonDocument? TryParse(RawJson parameters)
    {
        try
        {
            return JsonDocument.Parse(parameters.Utf8, Reading);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool MayRun(Effect.OffersChanged offer, string? handler, string? group) =>
        (handler is null || offer.Handler == handler)
        && (group is null || offer.Groups.Contains(group, StringComparer.Ordinal));

    private ParamsSchema Read(string ns, string handler, string method, RawJson published)
    {
        var schema = _cache.Get(published, out var isNew);
        if (isNew && schema.Problem is { } problem)
        {
            log.SchemaNotUsed(method, ns, handler, problem);
        }

        return schema;
    }

    private void Count(Effect.OffersChanged? offer, int change)
    {
        foreach (var method in offer?.Methods?.Values ?? [])
        {
            if (
                !method.ParamsSchema.IsEmpty
                && _publishers.AddOrUpdate((offer!.Namespace, method.Name), change, (_, count) => count + change) == 0
            )
            {
                _publishers.TryRemove((offer.Namespace, method.Name), out _);
            }
        }
    }
}
