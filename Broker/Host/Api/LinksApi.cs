using System.Globalization;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>Serves the state of the links with Bridges and proxies.</summary>
internal sealed class LinksApi(BrokerApiOptions options)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/links", List)
            .Demand(Permissions.LinksRead)
            .Produces<Page<LinkView>>()
            .WithTags("broker")
            .Describe(
                "listLinks",
                "List links",
                "Each link with Bridges and proxies, whichever side dials, with what was wrong last. Links that are "
                    + "gone, and addresses that were refused, are shown for an hour.",
                400
            );

    private IResult List([AsParameters] PageQuery query) =>
        Paging.Answer(
            query,
            options.Links().Select((link, at) => (Key: at.ToString("D6", CultureInfo.InvariantCulture), Link: link)),
            row => row.Key,
            row => row.Link,
            RestJson.Default.PageLinkView
        );
}
