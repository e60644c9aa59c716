using System.Globalization;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>Serves the settings that are in force.</summary>
internal sealed class SettingsApi(BrokerApiOptions options)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/settings", List)
            .Demand(Permissions.SettingsRead)
            .Produces<Page<SettingView>>()
            .WithTags("broker")
            .Describe(
                "listSettings",
                "List the Broker's settings",
                "Each setting with its value, its default and where the value came from. Settings are read at the "
                    + "start, so a change needs a restart. A secret is shown without its value.",
                400
            );

    private IResult List([AsParameters] PageQuery query) =>
        Paging.Answer(
            query,
            options.Settings.Select((view, at) => (Key: at.ToString("D6", CultureInfo.InvariantCulture), View: view)),
            row => row.Key,
            row => row.View,
            RestJson.Default.PageSettingView
        );
}
