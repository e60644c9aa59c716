using System.CommandLine;
using ScheduleZero.Client;
using ScheduleZero.Contracts;

namespace ScheduleZero.Cli.Configuration;

/// <summary>Where to call, as whom, in which namespace: flags over environment over profile over defaults, each on its own.</summary>
internal sealed record ConnectionSettings(Uri Server, string ApiKey, string Namespace)
{
    public const string ServerVariable = "SCHEDULEZERO_SERVER";
    public const string ApiKeyVariable = "SCHEDULEZERO_API_KEY";
    public const string NamespaceVariable = "SCHEDULEZERO_NAMESPACE";

    public static ConnectionSettings Resolve(ParseResult parsed, GlobalOptions options, Terminal terminal)
    {
        var profile = ProfileFile.Locate(terminal).Load().Choose(parsed.GetValue(options.Profile));
        var server = parsed.GetValue(options.Server) ?? terminal.Setting(ServerVariable) ?? profile?.Server ?? "http://127.0.0.1:8888";
        var scope = parsed.GetValue(options.Namespace) ?? terminal.Setting(NamespaceVariable) ?? profile?.Namespace ?? Names.DefaultNamespace;
        return new ConnectionSettings(RequireAddress(server), FindKey(parsed, options, terminal, profile), RequireNamespace(scope));
    }

    public ScheduleZeroClient Connect() => new(new ScheduleZeroClientOptions { Server = Server, ApiKey = ApiKey, Namespace = Namespace });

    public static Uri RequireAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new Uri(text)
            : throw new UsageException($"'{text}' is no server address; it should begin with http:// or https://.");

    public static string RequireNamespace(string text) => Names.IsNamespace(text)
        ? text
        : throw new UsageException($"'{text}' is no namespace: lower-case letters, digits and dashes, beginning with a letter.");

    private static string FindKey(ParseResult parsed, GlobalOptions options, Terminal terminal, Profile? profile)
    {
        if (parsed.GetValue(options.ApiKeyFile) is { } file)
        {
            return KeyFile.Read(file, terminal);
        }

        if (terminal.Setting(ApiKeyVariable) is { } key)
        {
            return KeyFile.RequireKey(key, ApiKeyVariable);
        }

        if (profile?.ApiKeyFile is { } saved)
        {
            return KeyFile.Read(saved, terminal);
        }

        return profile?.ApiKey is { } inline
            ? KeyFile.RequireKey(inline, "The profile's apiKey")
            : throw new UsageException(
                $"No API key. Give one with --api-key-file FILE, {ApiKeyVariable} or a profile (`schedulezero profiles set --help`). "
                + "The Broker printed an admin key at its first start.");
    }
}
