using System.Net;
using System.Net.Http.Headers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.EndToEnd.Tests;

public sealed class CursorTests : StageTest
{
    [Test]
    public async Task A_cursor_that_no_page_gave_is_refused()
    {
        await Stage.StartBrokerAsync();
        await Stage.Client.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = "nightly",
                Trigger = new TriggerRequest { Kind = "cron", Expression = "0 2 * * *" },
                Job = new JobRequest { Method = "m" },
            }
        );
        using var http = new HttpClient { BaseAddress = Stage.Rest };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Stage.AdminKey);
        foreach (var list in new[] { "jobs?", "jobs?state=running&", "executions?", "schedules/nightly/occurrences?" })
        {
            foreach (var cursor in new[] { "x", "00", "zz", new string('0', 4_000) })
            {
                using var answer = await http.GetAsync(
                    new Uri($"api/namespaces/default/{list}cursor={cursor}", UriKind.Relative)
                );
                Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), $"{list} with {cursor}");
                Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("cursor"));
            }
        }
    }
}
