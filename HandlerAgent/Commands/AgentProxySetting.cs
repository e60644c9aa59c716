using ScheduleZero.HandlerAgent.Connection.Ways;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>The forward proxy as the ready agent's settings name it.</summary>
/// <param name="Proxy">The proxy; null where none is named, or none is to be used.</param>
/// <param name="UseEnvironment">Whether the environment may name one.</param>
internal sealed record AgentProxySetting(AgentProxy? Proxy, bool UseEnvironment)
{
    private const string None = "none";

    /// <param name="proxy">An address with or without user and password, <c>none</c>, or null for the environment's.
    /// </param>
    /// <param name="credentialsFile">The file with <c>user:password</c>; null for none.</param>
    /// <exception cref="ConfigException">The setting makes no sense; its value is not repeated.</exception>
    public static AgentProxySetting Read(string? proxy, string? credentialsFile)
    {
        if (proxy is null)
        {
            return credentialsFile is null
                ? new AgentProxySetting(null, UseEnvironment: true)
                : throw new ConfigException("proxyCredentialsFile", "credentials are named, and no proxy (--proxy)");
        }

        if (proxy == None)
        {
            return new AgentProxySetting(null, UseEnvironment: false);
        }

        if (!ProxyRoute.TryParse(proxy, out var route))
        {
            throw new ConfigException("proxy", "an address such as http://proxy.example:3128, or none, is expected");
        }

        var credentials = credentialsFile is null
            ? route.ToWebProxy().Credentials?.GetCredential(route.Address, "Basic")
            : null;
        return new AgentProxySetting(
            new AgentProxy
            {
                Address = route.Address,
                User = credentials?.UserName,
                Password = credentials?.Password,
                CredentialsFile = credentialsFile,
            },
            UseEnvironment: false
        );
    }
}
