using Microsoft.Extensions.Options;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Connection.ZeroMq;
using ScheduleZero.HandlerAgent.Identity;

namespace ScheduleZero.HandlerAgent;

/// <summary>
/// Checks <see cref="HandlerAgentOptions"/> before an agent starts. Each complaint begins with the name of the setting,
/// and says what is expected and what was given; secrets are not repeated.
/// </summary>
internal sealed class HandlerAgentRules : IValidateOptions<HandlerAgentOptions>
{
    private const string NameForm = "a name is expected (letters, digits and . _ : -, 128 at most)";

    private const string HubPath = "/hubs/handlers";

    private const int PendingLogLinesLeast = 100;
    private const int PendingLogLinesMost = 1_000_000;
    private const long OfflineBytesLeast = 1024 * 1024;
    private const long OfflineBytesMost = 16L * 1024 * 1024 * 1024;

    public ValidateOptionsResult Validate(string? name, HandlerAgentOptions options)
    {
        var problems = Names(options)
            .Concat(Credentials(options))
            .Concat(Addresses(options))
            .Concat(Times(options))
            .Concat(Sizes(options))
            .Concat(Files(options))
            .Concat(CurveKeys.ProblemsOf(options))
            .ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> Names(HandlerAgentOptions options)
    {
        if (!Contracts.Names.IsName(options.Handler))
        {
            yield return $"Handler: {NameForm}, not \"{options.Handler}\".";
        }

        if (!Contracts.Names.IsName(options.Instance))
        {
            yield return $"Instance: {NameForm}, not \"{options.Instance}\".";
        }

        if (options.Groups.Count > Limits.GroupsPerHandlerMax)
        {
            yield return $"Groups: {Limits.GroupsPerHandlerMax} at most are expected, not {options.Groups.Count}.";
        }

        foreach (var group in options.Groups.Where(group => !Contracts.Names.IsName(group)))
        {
            yield return $"Groups: {NameForm}, not \"{group}\".";
        }
    }

    private static IEnumerable<string> Credentials(HandlerAgentOptions options)
    {
        string?[] credentials = [options.ApiKey, options.ApiKeyFile, options.IdentityFile];
        if (credentials.Count(credential => credential is not null) != 1)
        {
            yield return "ApiKey, ApiKeyFile, IdentityFile: exactly one of the three is needed.";
        }
        else if (options.Sealed && options.IdentityFile is null)
        {
            yield return "Sealed: an IdentityFile is needed, as only an enrolled agent can seal.";
        }
        else if (options.IdentityFile is not null && ProblemOf(options) is { } problem)
        {
            yield return $"IdentityFile: {problem}";
        }
        else if (options.ApiKey is not null && !ApiKey.TryParse(options.ApiKey, out _))
        {
            yield return "ApiKey: this is not a whole API key (szk_…).";
        }
    }

    private static string? ProblemOf(HandlerAgentOptions options)
    {
        try
        {
            var identity = IdentityFile.Read(options.IdentityFile!);
            return identity.Handler != options.Handler
                    ? $"it is that of handler \"{identity.Handler}\", not \"{options.Handler}\"."
                : options.Sealed && identity.BrokerKey is null
                    ? "it does not hold the Broker's key, which Sealed needs; enrol again."
                : null;
        }
        catch (IdentityException e)
        {
            return e.Message;
        }
    }

    private static IEnumerable<string> Addresses(HandlerAgentOptions options)
    {
        if (options.Bridges.Count == 0)
        {
            yield return "Bridges: at least one address is needed.";
        }

        foreach (var bridge in options.Bridges.Where(bridge => !IsAddress(bridge, "http", "https", "tcp")))
        {
            yield return $"Bridges: \"{Redaction.Clean(bridge, null)}\" is not an http://, https:// "
                + "or tcp:// address without credentials.";
        }

        foreach (var bridge in options.Bridges.Where(NamesHub))
        {
            yield return $"Bridges: \"{bridge}\" ends in {HubPath}, which the agent adds itself; leave it out.";
        }

        foreach (var bridge in options.Bridges.Where(LacksPort))
        {
            yield return $"Bridges: \"{bridge}\" has no port; tcp://host:port is expected.";
        }

        if (options.Proxy is { } proxy && !IsAddress(proxy.Address?.OriginalString, "http", "https"))
        {
            yield return "Proxy.Address: an http:// or https:// address without credentials is expected.";
        }

        if (options.Proxy is { CredentialsFile: not null, User: not null })
        {
            yield return "Proxy: either User and Password or CredentialsFile is expected, not both.";
        }
    }

    private static IEnumerable<string> Times(HandlerAgentOptions options)
    {
        (string Setting, TimeSpan Value, TimeSpan Least, TimeSpan Most)[] bounds =
        [
            ("DrainTimeout", options.DrainTimeout, TimeSpan.Zero, TimeSpan.FromHours(1)),
            ("SettleTimeout", options.SettleTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(1)),
            ("ConnectTimeout", options.ConnectTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(2)),
            ("KeepAliveInterval", options.KeepAliveInterval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)),
        ];
        return bounds
            .Where(bound => bound.Value < bound.Least || bound.Value > bound.Most)
            .Select(bound => $"{bound.Setting}: {bound.Least:c} to {bound.Most:c} is expected, not {bound.Value:c}.");
    }

    private static IEnumerable<string> Sizes(HandlerAgentOptions options)
    {
        (string Setting, long Value, long Least, long Most)[] bounds =
        [
            ("Capacity", options.Capacity, 1, Limits.CapacityMax),
            ("PendingLogLinesMax", options.PendingLogLinesMax, PendingLogLinesLeast, PendingLogLinesMost),
            ("OfflineBytesMax", options.OfflineBytesMax, OfflineBytesLeast, OfflineBytesMost),
        ];
        return bounds
            .Where(bound => bound.Value < bound.Least || bound.Value > bound.Most)
            .Select(bound => $"{bound.Setting}: {bound.Least} to {bound.Most} is expected, not {bound.Value}.");
    }

    private static IEnumerable<string> Files(HandlerAgentOptions options)
    {
        if (options.OfflineFolder is not null && string.IsNullOrWhiteSpace(options.OfflineFolder))
        {
            yield return "OfflineFolder: a folder is expected.";
        }

        if (options.TlsFiles.FindProblem(TimeProvider.System) is { } problem)
        {
            yield return $"CertificateAuthorityFile, ClientCertificateFile: {problem}";
        }
    }

    private static bool NamesHub(string bridge) =>
        IsAddress(bridge, "http", "https")
        && new Uri(bridge).AbsolutePath.TrimEnd('/').EndsWith(HubPath, StringComparison.OrdinalIgnoreCase);

    // The schemes of the web have a port of their own, and tcp has none.
    private static bool LacksPort(string bridge) =>
        IsAddress(bridge, "tcp") && new Uri(bridge) is { Port: <= 0 } or { Host: "" };

    private static bool IsAddress(string? text, params string[] schemes) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && schemes.Contains(uri.Scheme, StringComparer.Ordinal)
        && uri.UserInfo.Length == 0;
}
