using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Broker.Host.Alerting;

internal static class AlertingServices
{
    /// <summary>
    /// Adds what runs beside requests for alerts: the look for conditions, and the delivery of notices.
    /// </summary>
    public static IServiceCollection AddAlerting(
        this IServiceCollection services,
        DiskWatch disk,
        Func<IReadOnlyList<LinkView>> links
    ) =>
        services
            .AddSingleton(services => new BrokerWideConditions(disk, links, services.GetService<CertificateChoice>()))
            .AddSingleton<StateConditions>()
            .AddHostedService<AlertLook>()
            .AddHostedService<NoticeDelivery>();
}
