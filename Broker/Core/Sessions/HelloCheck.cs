using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>Checks a Hello before it becomes a session, and says what its key lets the handler offer.</summary>
internal static class HelloCheck
{
    /// <summary>Why the key may not be used from an address; null when it may.</summary>
    /// <param name="remoteAddress">
    /// The address that the Bridge saw; null where it is not known, on a direct connection.
    /// </param>
    public static Refused? RefusalOf(string? remoteAddress, KeyRecord key) =>
        key.Admits(remoteAddress)
            ? null
            : new Refused(
                ErrorCodes.Forbidden,
                "The key is bound to addresses, and "
                    + $"{remoteAddress ?? "a straight ZeroMQ link, whose address is not known,"} is none of them."
            );

    /// <summary>Why the key may not be used with a certificate; null when it may.</summary>
    /// <param name="certificateNames">The handlers that the certificate names; null where certificates are not bound to
    /// handlers.</param>
    public static Refused? RefusalOf(IReadOnlyList<string>? certificateNames, KeyRecord key)
    {
        var handler = HandlerPath.Of(key.Namespace, key.Handler!);
        return certificateNames is null || certificateNames.Contains(handler, StringComparer.Ordinal)
            ? null
            : new Refused(
                ErrorCodes.Forbidden,
                $"The certificate of this connection must name {handler}, and names "
                    + $"{(certificateNames.Count == 0 ? "no handler" : string.Join(", ", certificateNames))}: a URI "
                    + $"spiffe://…/{handler} in its subjectAltName, or CN={handler}."
            );
    }

    /// <summary>
    /// The answer to a handler that would exceed the limit of its namespace. It may connect once another handler was
    /// deleted.
    /// </summary>
    public static Refused NoRoom { get; } =
        new(
            ErrorCodes.Unavailable,
            "The namespace has as many handlers as it may; an operator can delete one, or raise the limit."
        );

    /// <summary>Why the namespace may not be entered from an address; null when it may.</summary>
    public static Refused? RefusalOf(string? remoteAddress, NamespaceQuota quota) =>
        quota switch
        {
            { IsOpen: false } => new Refused(ErrorCodes.Forbidden, "There is no such namespace."),
            { Addresses: { } addresses } when !AddressRange.AnyHolds(addresses, remoteAddress) => new Refused(
                ErrorCodes.Forbidden,
                "The namespace is bound to addresses, and "
                    + $"{remoteAddress ?? "a straight ZeroMQ link, whose address is not known,"} is none of them."
            ),
            _ => null,
        };

    /// <summary>Why the Hello is refused; null when it is not.</summary>
    public static Refused? Refusal(Hello hello, KeyRecord key) =>
        hello switch
        {
            { Protocol: not ProtocolJson.Version } => new Refused(
                ErrorCodes.UnsupportedProtocol,
                $"Protocol {hello.Protocol} is not spoken here; version {ProtocolJson.Version} is."
            ),
            _ when hello.Handler != key.Handler => new Refused(
                ErrorCodes.Forbidden,
                $"The key is for handler \"{key.Handler}\", not \"{hello.Handler}\"."
            ),
            _ when !Names.IsName(hello.Instance) => new Refused(
                ErrorCodes.Invalid,
                "instance must be a name of up to 128 letters, digits and . _ - :"
            ),
            { OfflineStore: { } store } when !Names.IsName(store) => new Refused(
                ErrorCodes.Invalid,
                "offlineStore must be a name of up to 128 letters, digits and . _ - :"
            ),
            { Capacity: < 0 or > Limits.CapacityMax } => new Refused(
                ErrorCodes.Invalid,
                $"capacity must be from 0 to {Limits.CapacityMax}."
            ),
            _ when hello.Methods.Count > Limits.MethodsPerHandlerMax => new Refused(
                ErrorCodes.Invalid,
                $"At most {Limits.MethodsPerHandlerMax} methods may be offered."
            ),
            _ when (hello.Groups?.Count ?? 0) > Limits.GroupsPerHandlerMax => new Refused(
                ErrorCodes.Invalid,
                $"At most {Limits.GroupsPerHandlerMax} groups may be joined."
            ),
            _ when hello.Methods.Any(method => method is null) || (hello.Resume ?? []).Any(claim => claim is null) =>
                new Refused(ErrorCodes.Invalid, "methods and resume must not hold null."),
            _ when hello.Methods.FirstOrDefault(method => !Names.IsName(method.Name)) is { } bad => new Refused(
                ErrorCodes.Invalid,
                $"\"{bad.Name}\" is not a method's name."
            ),
            _ when hello.Methods.Sum(method => (long)method.ParamsSchema.Utf8.Length)
                    > Limits.SchemaBytesPerHandlerMax => new Refused(
                ErrorCodes.Invalid,
                $"The schemas of all methods together must not be longer than {Limits.SchemaBytesPerHandlerMax} bytes."
            ),
            _ when HelloTexts.ProblemOf(hello) is { } problem => new Refused(ErrorCodes.Invalid, problem),
            _ => null,
        };

    /// <summary>The offered methods that the key's patterns allow; all when the key has no patterns.</summary>
    public static IReadOnlyDictionary<string, OfferedMethod> AllowedMethods(Hello hello, KeyRecord key)
    {
        var allowed = new Dictionary<string, OfferedMethod>(StringComparer.Ordinal);
        foreach (var method in hello.Methods)
        {
            if (AllowsMethod(key, method.Name))
            {
                allowed[method.Name] = method;
            }
        }

        return allowed;
    }

    /// <summary>The offered methods that the key does not allow; null when there are none.</summary>
    public static IReadOnlySet<string>? DeniedMethods(Hello hello, KeyRecord key) =>
        hello.Methods.Where(method => !AllowsMethod(key, method.Name)).Select(method => method.Name).ToHashSet()
            is { Count: > 0 } denied
            ? denied
            : null;

    /// <summary>The wanted groups that the key does not allow; null when there are none.</summary>
    public static IReadOnlySet<string>? DeniedGroups(Hello hello, KeyRecord key) =>
        (hello.Groups ?? []).Except(AllowedGroups(hello, key)).ToHashSet() is { Count: > 0 } denied ? denied : null;

    public static bool AllowsMethod(KeyRecord key, string method) =>
        key.Methods is null || key.Methods.Any(pattern => Names.Matches(pattern, method));

    public static bool AllowsGroup(KeyRecord key, string group) =>
        (key.Groups ?? []).Any(pattern => Names.Matches(pattern, group));

    /// <summary>How many jobs the handler may run at once: as many as it asks for, and the key allows.</summary>
    public static int AllowedCapacity(int asked, KeyRecord key) =>
        Math.Clamp(asked, 0, key.MaxCapacity ?? Limits.CapacityMax);

    /// <summary>The wanted groups that the key's patterns allow; none when the key has no patterns.</summary>
    public static IReadOnlyList<string> AllowedGroups(Hello hello, KeyRecord key) =>
        [.. (hello.Groups ?? []).Where(group => Names.IsName(group) && AllowsGroup(key, group)).Distinct()];
}
