using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class EnrolmentsTests
{
    private const string Enrolments = "/api/namespaces/default/enrolments";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private EnrolmentRecord Made =>
        (EnrolmentRecord)_host.Broker.Inputs.OfType<BrokerInput.ChangeAccess>().Last().Changes.Single().Record!;

    [Test]
    public async Task A_token_is_shown_once_and_stored_as_a_hash()
    {
        using var response = await _host.Admin.PostTextAsync(
            Enrolments,
            """{"handler":"office-7","methods":["reports.*"],"groups":["emea"],"addresses":["10.0.0.0/8"],"maxCapacity":3}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var body = await response.BodyAsync();
        Assert.That(EnrolmentToken.TryParse(body.GetProperty("token").GetString(), out var token), Is.True);
        Assert.That(
            body.GetProperty("command").GetString(),
            Is.EqualTo($"schedulezero agent enroll BRIDGE-URL {token!.Reveal()}")
        );
        Assert.That(response.Headers.Location!.OriginalString, Is.EqualTo($"{Enrolments}/{token.Id}"));

        var listed = await (await _host.Admin.GetAsync(Enrolments)).Content.ReadAsStringAsync();
        Assert.That(
            listed,
            Does.Contain(token.Id).And.Not.Contain(token.Reveal()).And.Not.Contain("token\"").And.Not.Contain("Hash")
        );
        Assert.That(
            (Made.Namespace, Made.Handler, Made.MaxCapacity, Made.CreatedBy),
            Is.EqualTo(("default", "office-7", (int?)3, $"key:{_host.AdminKey.Id}"))
        );
        Assert.That(Made.SecretHash, Is.EqualTo(token.SecretHash()));
        Assert.That(Made.ExpiresAt, Is.EqualTo(ApiHost.Noon.AddMinutes(15)));
    }

    [Test]
    public async Task A_pattern_leaves_the_name_to_the_agent()
    {
        using var response = await _host.Admin.PostTextAsync(
            Enrolments,
            """{"handlers":"office-*","expiresIn":"PT1H"}"""
        );
        Assert.That((await response.BodyAsync()).GetProperty("command").GetString(), Does.EndWith(" --handler NAME"));
        Assert.That(
            (Made.Handler, Made.Handlers, Made.ExpiresAt),
            Is.EqualTo(((string?)null, "office-*", ApiHost.Noon.AddHours(1)))
        );
    }

    [Test]
    public async Task A_token_is_taken_back_by_its_own_namespace_only()
    {
        using var made = await _host.Admin.PostTextAsync(Enrolments, """{"handler":"office-7"}""");
        var id = (await made.BodyAsync()).GetProperty("id").GetString();
        using var tenant = _host.Client(_host.AddKey(Roles.Admin, "tenant-a"));
        Assert.That(
            await (await tenant.GetAsync("/api/namespaces/tenant-a/enrolments")).Content.ReadAsStringAsync(),
            Does.Not.Contain(id)
        );
        using var others = await tenant.DeleteAsync($"/api/namespaces/tenant-a/enrolments/{id}");
        Assert.That(others.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        using var own = await _host.Admin.DeleteAsync($"{Enrolments}/{id}");
        Assert.That(own.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(
            (await (await _host.Admin.GetAsync(Enrolments)).BodyAsync()).GetProperty("items").GetArrayLength(),
            Is.Zero
        );
    }

    [Test]
    public async Task Nobody_gives_out_tokens_of_a_namespace_that_is_not_theirs()
    {
        using var tenant = _host.Client(_host.AddKey(Roles.Admin, "tenant-a"));
        using var foreign = await tenant.PostTextAsync(Enrolments, """{"handler":"office-7"}""");
        Assert.That(foreign.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        using var everywhere = await _host.Admin.PostTextAsync(
            "/api/namespaces/*/enrolments",
            """{"handler":"office-7"}"""
        );
        Assert.That(everywhere.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(_host.Broker.Inputs.OfType<BrokerInput.ChangeAccess>(), Is.Empty);
    }

    [TestCase("{}", "handler")]
    [TestCase("""{"handler":"a b"}""", "handler")]
    [TestCase("""{"handler":"a","handlers":"a*"}""", "handlers")]
    [TestCase("""{"handlers":"a b*"}""", "handlers")]
    [TestCase("""{"handler":"a","methods":["a b"]}""", "methods[0]")]
    [TestCase("""{"handler":"a","groups":[""]}""", "groups[0]")]
    [TestCase("""{"handler":"a","addresses":["10.0.0.0/33"]}""", "addresses[0]")]
    [TestCase("""{"handler":"a","addresses":[]}""", "addresses")]
    [TestCase("""{"handler":"a","maxCapacity":0}""", "maxCapacity")]
    [TestCase("""{"handler":"a","maxCapacity":2501}""", "maxCapacity")]
    [TestCase("""{"handler":"a","expiresIn":"PT59S"}""", "expiresIn")]
    [TestCase("""{"handler":"a","expiresIn":"PT1H1S"}""", "expiresIn")]
    [TestCase("""{"handler":"a","expiresIn":15}""", "expiresIn")]
    [TestCase("null", "$")]
    public async Task A_bad_request_is_refused_by_the_path_of_its_field(string body, string path)
    {
        using var response = await _host.Admin.PostTextAsync(Enrolments, body);
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Errors!.Keys.Single()), Is.EqualTo((400, path)));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }
}
