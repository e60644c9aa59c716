using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Connections;

/// <summary>What a Bridge sees of a handler's client, and of the way by which it came.</summary>
/// <param name="Address">The handler's address; null where it is not known.</param>
/// <param name="UserAgent">The header of that name; null without one.</param>
/// <param name="Transport">The transport of SignalR; null when it is not known.</param>
/// <param name="Via">The header <c>Via</c>, or the name of another header that proxies add; null for none.</param>
internal sealed record SeenWay(IPAddress? Address, string? UserAgent, string? Transport, string? Via)
{
    private const int HeaderLengthMax = 256;

    private static readonly string[] OtherHeaders =
    [
        "Forwarded",
        "X-Forwarded-For",
        // The framework moves what it has believed of X-Forwarded-For to this header.
        "X-Original-For",
        "X-Real-IP",
    ];

    public static SeenWay Of(IFeatureCollection connection, HttpContext http)
    {
        var transport = connection.Get<IHttpTransportFeature>()?.TransportType.ToString();
        var headers = http.Request.Headers;
        return new SeenWay(
            http.Connection.RemoteIpAddress,
            Cut(headers.UserAgent.ToString()),
            transport is null ? null : JsonNamingPolicy.CamelCase.ConvertName(transport),
            Cut(headers.Via.ToString()) ?? Array.Find(OtherHeaders, headers.ContainsKey)
        );
    }

    /// <summary>The message that announces a connection to the Broker.</summary>
    public Open ToOpen(ApiKey? key, IReadOnlyList<string>? certificateNames) =>
        new(Address?.ToString(), key?.Reveal(), UserAgent, certificateNames) { Transport = Transport, Via = Via };

    private static string? Cut(string header) =>
        header.Length == 0 ? null : header[..Math.Min(header.Length, HeaderLengthMax)];
}
