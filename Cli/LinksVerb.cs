using System.CommandLine;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero links</c>.</summary>
internal static class LinksVerb
{
    private static readonly IReadOnlyList<Column<LinkView>> Columns =
    [
        new("ADDRESS", link => link.Address),
        new("DIALLED BY", link => link.DialledBy == LinkDialler.Broker ? "Broker" : "peer", Fit.Lesser),
        new("STATE", State),
        new("SINCE", link => PlainText.Instant(link.Since), Fit.Lesser),
        new("BRIDGES", link => PlainText.List(link.Bridges.Select(bridge => Bridge(link, bridge)))),
        new("FAILED", link => $"{link.Attempts}", Fit.Lesser),
        new("LAST ERROR", Error, Fit.Prose),
        new("NEXT TRY", link => PlainText.Instant(link.NextTryAt), Fit.Lesser),
    ];

    public static Command Create(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb(
                "links",
                "Show the links between the Broker and Bridges or proxies, and why one is down",
                "schedulezero links",
                "schedulezero links -o json | jq '.items[] | select(.state != \"up\")'"
            ),
            (call, page, token) => call.Client.Links.ListAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageLinkView,
            Columns
        );

    private static string Bridge(LinkView link, string bridge) =>
        link.BridgeVersions?.GetValueOrDefault(bridge) is { } version ? $"{bridge} {version}" : bridge;

    private static string State(LinkView link) =>
        link.State switch
        {
            LinkState.Up => "up",
            LinkState.Connected => "connected",
            _ => "down",
        };

    private static string? Error(LinkView link) =>
        link.LastError is { } error ? $"{Word(error.Reason)}: {error.Detail}" : null;

    private static string Word(LinkErrorReason reason) =>
        reason switch
        {
            LinkErrorReason.Unreachable => "unreachable",
            LinkErrorReason.Refused => "refused",
            LinkErrorReason.WrongServerKey => "wrong server key",
            LinkErrorReason.KeyNotAllowed => "key not allowed",
            LinkErrorReason.PlaintextPeer => "plaintext peer",
            _ => "other",
        };
}
