namespace ScheduleZero.Bridge.Link;

/// <summary>The address of a Broker that the Bridge connects to, or at which the Bridge waits for the Broker.</summary>
internal sealed record BrokerEndpoint(string Address, string Host, bool Binds)
{
    public static bool TryParse(string text, out BrokerEndpoint endpoint)
    {
        var binds = text.StartsWith('@');
        var address = text.TrimStart('@', '>');
        endpoint = new BrokerEndpoint(address, "", binds);
        if (
            text.Length - address.Length > 1
            || !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            || uri.Scheme != "tcp"
            || uri.Host.Length == 0
            || uri.Port < 0
            || uri.AbsolutePath.Length > 1
            || (uri.Port == 0 && !binds)
        )
        {
            return false;
        }

        endpoint = endpoint with { Host = uri.Host };
        return true;
    }

    public override string ToString() => Binds ? $"@{Address}" : Address;
}
