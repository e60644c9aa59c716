using Microsoft.Extensions.Options;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent.Identity;

namespace ScheduleZero.HandlerAgent;

/// <summary>What <see cref="HandlerAgentOptions"/> must satisfy.</summary>
internal sealed class HandlerAgentRules : IValidateOptions<HandlerAgentOptions>
{
    private const long OfflineBytesLeast = 1024 * 1024;
    private const long OfflineBytesMost = 16L * 1024 * 1024 * 1024;

    public ValidateOptionsResult Validate(string? name, HandlerAgentOptions options)
    {
        var problems = Problems(options).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> Problems(HandlerAgentOptions o) => Identity(o).Concat(Bounds(o));

    private static IEnumerable<string> Identity(HandlerAgentOptions o)
    {
        if (!Names.IsName(o.Handler))
        {
            yield return "Handler: a name is expected (letters, digits and . _ : -, 128 at most).";
        }

        if (!Names.IsName(o.Instance))
        {
            yield return "Instance: a name is expected (letters, digits and . _ : -, 128 at most).";
        }

        if (new[] { o.ApiKey, o.ApiKeyFile, o.IdentityFile }.Count(credential => credential is not null) != 1)
        {
            yield return "ApiKey, ApiKeyFile, IdentityFile: exactly one of the three is needed.";
        }
        else if (o.IdentityFile is not null && ProblemOf(o.IdentityFile, o.Handler) is { } problem)
        {
            yield return $"IdentityFile: {problem}";
        }
        else if (o.ApiKey is not null && !Contracts.ApiKey.TryParse(o.ApiKey, out _))
        {
            yield return "ApiKey: this is not a whole API key (szk_…).";
        }

        if (o.Bridges.Count == 0)
        {
            yield return "Bridges: at least one address is needed.";
        }

        foreach (var bridge in o.Bridges.Where(b => !IsAddress(b)))
        {
            yield return $"Bridges: \"{Connection.Redaction.Clean(bridge, null)}\" is not an http://, https:// "
                + "or tcp:// address without credentials.";
        }

        foreach (var group in o.Groups.Where(g => !Names.IsName(g)))
        {
            yield return $"Groups: \"{group}\" is not a name.";
        }
    }

    private static string? ProblemOf(string identityFile, string handler)
    {
        try
        {
            var identity = IdentityFile.Read(identityFile);
            return identity.Handler == handler
                ? null
                : $"it is that of handler \"{identity.Handler}\", not \"{handler}\".";
        }
        catch (IdentityException e)
        {
            return e.Message;
        }
    }

    private static IEnumerable<string> Bounds(HandlerAgentOptions o)
    {
        (bool Holds, string Problem)[] rules =
        [
            (o.Capacity is >= 1 and <= Limits.CapacityMax, $"Capacity: 1 to {Limits.CapacityMax} is expected."),
            (o.Groups.Count <= Limits.GroupsPerHandlerMax, $"Groups: {Limits.GroupsPerHandlerMax} at most."),
            (Within(o.DrainTimeout, 0, 3600), "DrainTimeout: 0 to 1 h is expected."),
            (Within(o.SettleTimeout, 0, 60), "SettleTimeout: 0 to 1 min is expected."),
            (Within(o.ConnectTimeout, 1, 120), "ConnectTimeout: 1 s to 2 min is expected."),
            (Within(o.KeepAlive, 1, 60), "KeepAlive: 1 s to 1 min is expected."),
            (o.PendingLogLinesMax is >= 100 and <= 1_000_000, "PendingLogLinesMax: 100 to 1,000,000 is expected."),
            (
                o.OfflineFolder is null || !string.IsNullOrWhiteSpace(o.OfflineFolder),
                "OfflineFolder: a folder is expected."
            ),
            (
                o.OfflineBytesMax is >= OfflineBytesLeast and <= OfflineBytesMost,
                "OfflineBytesMax: 1 MiB to 16 GiB is expected."
            ),
            (
                o.CertificateAuthorityFile is null || File.Exists(o.CertificateAuthorityFile),
                "CertificateAuthorityFile: there is no such file."
            ),
        ];
        return rules.Where(rule => !rule.Holds).Select(rule => rule.Problem);
    }

    private static bool Within(TimeSpan value, double from, double to) =>
        value.TotalSeconds >= from && value.TotalSeconds <= to;

    private static bool IsAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme is "http" or "https" or "tcp")
        && uri.UserInfo.Length == 0;
}
