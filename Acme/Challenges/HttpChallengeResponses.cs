using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace ScheduleZero.Acme.Challenges;

/// <summary>Answers to HTTP-01: a listener on port 80 asks here for each request below <see cref="PathPrefix"/>, and
/// answers with the text as <c>application/octet-stream</c>, or with 404. Any thread may ask.</summary>
internal sealed class HttpChallengeResponses : IChallengeResponses
{
    /// <summary>The path of these requests, up to the token.</summary>
    public const string PathPrefix = "/.well-known/acme-challenge/";

    private readonly ConcurrentDictionary<string, string> _keyAuthorizationsByToken = new(StringComparer.Ordinal);

    public string Kind => "http-01";

    public void Add(string name, string token, string keyAuthorization) =>
        _keyAuthorizationsByToken[token] = keyAuthorization;

    public void Remove(string name, string token) => _keyAuthorizationsByToken.TryRemove(token, out _);

    /// <summary>Finds the answer to a request.</summary>
    /// <param name="path">The request's path, without its query.</param>
    public bool TryFind(string path, [NotNullWhen(true)] out string? keyAuthorization)
    {
        keyAuthorization = null;
        return path.StartsWith(PathPrefix, StringComparison.Ordinal)
            && _keyAuthorizationsByToken.TryGetValue(path[PathPrefix.Length..], out keyAuthorization);
    }
}
