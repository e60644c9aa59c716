using System.Net;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>A schedule for tests of the routes of schedules.</summary>
internal static class SampleSchedules
{
    public const string Nightly =
        """{"name":"nightly","trigger":{"kind":"cron","expression":"0 2 * * *","timeZone":"Europe/Berlin"},"job":{"method":"db.backup","params":{"full":true}},"overlap":"skip"}""";

    public static async Task CreateAsync(ApiHost host)
    {
        using var response = await host.Admin.PostTextAsync(ApiHost.Schedules, Nightly);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }
}
