namespace ScheduleZero.HandlerAgent.Connection.Ways;

/// <summary>
/// Chooses the forward proxy of a dial: the one of the options, else the one that the environment names. Asked anew for
/// each dial, so that a file with credentials may change.
/// </summary>
internal sealed class ProxyChoice(HandlerAgentOptions options)
{
    private const string ExpectedForm = "http://host:port";

    /// <summary>The proxy for an address; null for a direct dial.</summary>
    /// <exception cref="CarrierException">The setting names no proxy, or the file with credentials cannot be used.
    /// </exception>
    public ProxyRoute? For(Uri address)
    {
        if (options.Proxy is { Address: { } proxy } chosen)
        {
            return chosen.CredentialsFile is { } file
                ? ProxyRoute.WithCredentials(proxy, ReadCredentials(file), isEscaped: false)
                : new ProxyRoute(proxy, chosen.User, chosen.Password);
        }

        return options.UseEnvironmentProxy ? OfEnvironment(address) : null;
    }

    /// <summary>Reads <c>user:password</c>, as it is and not escaped, from the first line of a file.</summary>
    /// <exception cref="CarrierException">The file cannot be read, or holds none.</exception>
    public static string ReadCredentials(string file)
    {
        try
        {
            using var reader = new StreamReader(file);
            return reader.ReadLine()?.Trim() is { Length: > 0 } line && line.Contains(':', StringComparison.Ordinal)
                ? line
                : throw new CarrierException(
                    $"The file {file} does not hold the credentials for a proxy; its first line should be "
                        + "user:password."
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CarrierException($"The file with the credentials for the proxy cannot be read: {e.Message}");
        }
    }

    private ProxyRoute? OfEnvironment(Uri address)
    {
        // What a whole network has set for the web does not mean this machine itself.
        if (address.IsLoopback || new NoProxyList(Read("no_proxy").Value).Holds(address))
        {
            return null;
        }

        var (name, value) = Read(address.Scheme == Uri.UriSchemeHttps ? "https_proxy" : "http_proxy");
        if (value is null)
        {
            (name, value) = Read("all_proxy");
        }

        return value is null ? null
            : ProxyRoute.TryParse(value, out var route) ? route
            // The value may hold a password.
            : throw new CarrierException($"The variable {name} names no proxy of the form {ExpectedForm}.");
    }

    // The lower case counts first, as in curl and .NET.
    private (string Name, string? Value) Read(string name)
    {
        var upper = name.ToUpperInvariant();
        return options.ProxyVariable(name) is { Length: > 0 } lower ? (name, lower)
            : options.ProxyVariable(upper) is { Length: > 0 } other ? (upper, other)
            : (name, null);
    }
}
