using System.Diagnostics.CodeAnalysis;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Bridge.Link;

/// <summary>An address where the Bridge dials the Broker, or listens for the Broker.</summary>
/// <param name="Listens">Whether the Bridge listens at the address, in place of dialling it.</param>
internal sealed record BrokerEndpoint(ZmtpEndpoint Address, bool Listens)
{
    /// <summary>Reads <c>tcp://host:port</c>, to dial, or <c>@tcp://host:port</c>, to listen at.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out BrokerEndpoint? endpoint)
    {
        endpoint = null;
        var listens = text.StartsWith('@');
        var isMarked = listens || text.StartsWith('>');
        if (
            !ZmtpEndpoint.TryParse(isMarked ? text[1..] : text, out var address)
            || (!listens && (address.Port == 0 || address.Host == "*"))
        )
        {
            return false;
        }

        endpoint = new BrokerEndpoint(address, listens);
        return true;
    }

    public override string ToString() => Listens ? $"@{Address}" : Address.ToString();
}
