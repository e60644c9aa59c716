using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>
/// A field that is given twice is refused, since a proxy before the Broker might read the other value.
/// </summary>
public sealed class DuplicateFieldTests
{
    [TestCase(ApiHost.Jobs, """{"method":"a","method":"b"}""", "method")]
    [TestCase(ApiHost.Jobs, """{"method":"a","Method":"b"}""", "Method")]
    [TestCase(ApiHost.Jobs, """{"method":"a","retry":{"maxAttempts":1,"maxAttempts":2}}""", "retry.maxAttempts")]
    [TestCase($"{ApiHost.Jobs}/batch", """{"jobs":[{"method":"a"}],"jobs":[{"method":"b"}]}""", "jobs")]
    [TestCase(
        "/api/namespaces/default/keys",
        """{"kind":"service","kind":"service","name":"k","roles":["viewer"]}""",
        "kind"
    )]
    [TestCase("/api/auth/login", """{"userName":"ana","password":"x","userName":"ben"}""", "userName")]
    public async Task A_field_that_is_given_twice_is_refused(string path, string body, string field)
    {
        await using var host = await ApiHost.StartAsync();
        using var response = await host.Admin.PostTextAsync(path, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        var problem = await response.ProblemAsync();
        Assert.That(problem.Code, Is.EqualTo(ErrorCodes.Invalid));
        Assert.That(problem.Errors!.Single().Value.Single(), Does.Contain("twice"), field);
        Assert.That(host.Broker.Inputs, Is.Empty);
    }

    [Test]
    public async Task Params_are_the_handlers_and_stay_as_they_came_unless_it_publishes_what_they_must_be()
    {
        const string Twice = """{"method":"a","params":{"n":1,"n":"x"}}""";
        await using var host = await ApiHost.StartAsync();
        using var taken = await host.Admin.PostTextAsync(ApiHost.Jobs, Twice);
        Assert.That(taken.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(await taken.Content.ReadAsStringAsync(), Does.Contain("""{"n":1,"n":"x"}"""));

        host.Schemas.Put(
            new Effect.OffersChanged(
                "default",
                "s",
                "h",
                [],
                new Dictionary<string, OfferedMethod>
                {
                    ["a"] = new() { Name = "a", ParamsSchema = RawJson.Parse("""{"type":"object"}""") },
                }
            )
        );
        using var refused = await host.Admin.PostTextAsync(ApiHost.Jobs, Twice);
        Assert.That((await refused.ProblemAsync()).Errors!["params"].Single(), Does.Contain("twice"));
    }

    [TestCase("""{"reason":"a","reason":"b"}""")]
    [TestCase("""{"reason":"a","REASON":"b"}""")]
    public void A_message_with_a_field_twice_is_no_message(string body) =>
        Assert.That(ProtocolJson.TryRead<Bye>(System.Text.Encoding.UTF8.GetBytes(body), out _, out _), Is.False);
}
