using Microsoft.AspNetCore.Http;
using ScheduleZero.Acme.Challenges;
using ScheduleZero.Acme.Files;
using ScheduleZero.Acme.Orders;
using ScheduleZero.Acme.Wire;

namespace ScheduleZero.Acme.Tests;

/// <summary>What becomes of an order at a CA that refuses, dies, or lies.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OrderTests
{
    private readonly TestTime _time = new();
    private readonly HttpChallengeResponses _responses = new();
    private readonly AccountKey _key = AccountKey.Generate();
    private FakeCa _ca = null!;

    [SetUp]
    public async Task StartAsync() => _ca = await FakeCa.StartAsync(_time);

    [TearDown]
    public async Task StopAsync()
    {
        _key.Dispose();
        await _ca.DisposeAsync();
    }

    [Test]
    public async Task A_certificate_is_for_all_names_and_the_challenges_are_answered_only_while_they_last()
    {
        var answers = new List<string>();
        _ca.Intercept = context =>
        {
            var token = context.Request.Path.Value!.Replace("/challenge/", "token-", StringComparison.Ordinal);
            if (_responses.TryFind(HttpChallengeResponses.PathPrefix + token, out var answer))
            {
                answers.Add(answer);
            }

            return Task.FromResult(false);
        };
        var certificate = await IssueAsync();
        Assert.That(certificate.Covers(["one.example", "two.example"]));
        Assert.That(answers, Is.EqualTo([_key.AuthorizeToken("token-0"), _key.AuthorizeToken("token-1")]));
        Assert.That(_responses.TryFind(HttpChallengeResponses.PathPrefix + "token-0", out _), Is.False);
    }

    [TestCase("/new-account", "unauthorized", "check its keys")]
    [TestCase("/new-account", "externalAccountRequired", "key id")]
    [TestCase("/new-account", "userActionRequired", "agree")]
    [TestCase("/new-order", "caa", "CAA record")]
    [TestCase("/finalize", "badCSR", "as told")]
    public void A_refusal_says_what_to_do(string path, string type, string words)
    {
        On(path, context => FakeCa.RefuseAsync(context, 403, type));
        Assert.That(IssueAsync, Throws.TypeOf<AcmeException>().With.Message.Contains(words));
    }

    [Test]
    public void A_detail_of_the_CA_makes_no_line_of_its_own_in_the_log()
    {
        On("/new-order", context => FakeCa.RefuseAsync(context, 403, "caa", "a\r\nb" + new string('x', 5000)));
        var thrown = Assert.ThrowsAsync<AcmeException>(IssueAsync)!;
        Assert.That(thrown.Message, Does.Not.Contain('\n').And.Length.LessThan(700));
    }

    [Test]
    public void No_account_is_created_before_the_terms_are_agreed_to()
    {
        Assert.That(
            () => IssueAsync(_ca.Settings("") with { AgreesToTerms = false }),
            Throws.TypeOf<AcmeException>().With.Message.Contains("https://terms.example/")
        );
        Assert.That(_ca.Requests.Count(request => request.Path == "/new-account"), Is.EqualTo(1), "The search.");
    }

    [TestCase("/order", 3)]
    [TestCase("/authz/1", 3)]
    [TestCase("/certificate", 3)]
    public async Task A_CA_that_dies_in_the_middle_and_comes_back_is_waited_for(string path, int times)
    {
        On(
            path,
            context =>
            {
                context.Abort();
                return Task.CompletedTask;
            },
            times
        );
        Assert.That((await IssueAsync()).Covers(["one.example"]));
    }

    [Test]
    public void A_CA_that_never_finishes_is_given_up_when_the_time_of_the_order_is_over()
    {
        On(
            "/order",
            context =>
                context.Response.WriteAsync(
                    $$"""{"status":"processing","authorizations":[],"finalize":"{{_ca.Address}}/finalize"}"""
                )
        );
        Assert.That(IssueAsync, Throws.TypeOf<AcmeException>().With.Message.Contains("within 600 s"));
    }

    [TestCase("/dir", "is no ACME directory")]
    [TestCase("/new-order", "did not answer as a CA does")]
    [TestCase("/certificate", "is a chain of 0 certificates")]
    public void Garbage_is_called_by_its_name(string path, string words)
    {
        On(path, context => context.Response.WriteAsync("<html>Please log in</html>"));
        Assert.That(IssueAsync, Throws.TypeOf<AcmeException>().With.Message.Contains(words));
    }

    [Test]
    public void An_answer_without_end_is_not_read_to_it()
    {
        On("/new-order", context => context.Response.WriteAsync(new string(' ', 4 * 1024 * 1024)));
        Assert.That(IssueAsync, Throws.TypeOf<AcmeException>().With.Message.Contains("bytes, which no CA does"));
    }

    [TestCase("http://127.0.0.1:1/dir")]
    [TestCase("/elsewhere")]
    public void A_redirect_is_not_followed(string target)
    {
        On(
            "/dir",
            context =>
            {
                context.Response.Redirect(target);
                return Task.CompletedTask;
            }
        );
        Assert.That(IssueAsync, Throws.TypeOf<AcmeException>().With.Message.Contains("redirect"));
        Assert.That(_ca.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public void An_address_without_encryption_is_not_asked()
    {
        On(
            "/dir",
            context =>
                context.Response.WriteAsync(
                    """{"newNonce":"http://ca.example/","newAccount":"http://ca.example/","newOrder":"relative"}"""
                )
        );
        Assert.That(IssueAsync, Throws.TypeOf<AcmeException>().With.Message.Contains("https://"));
    }

    [Test]
    public void A_certificate_for_other_names_is_refused()
    {
        _ca.OtherName = "other.example";
        Assert.That(IssueAsync, Throws.TypeOf<AcmeException>().With.Message.Contains("not for one.example"));
    }

    [Test]
    public void A_directory_with_another_root_is_not_trusted()
    {
        var settings = _ca.Settings("") with { Roots = new TestAuthority().Roots };
        Assert.That(() => IssueAsync(settings), Throws.TypeOf<AcmeException>().With.Message.Contains("not trusted"));
    }

    [Test]
    public async Task Bad_nonces_are_replaced()
    {
        _ca.NoncesToRefuse = 9;
        Assert.That((await IssueAsync()).Covers(["one.example"]));
    }

    [Test]
    public void A_storm_of_bad_nonces_ends()
    {
        _ca.NoncesToRefuse = int.MaxValue;
        var thrown = Assert.ThrowsAsync<AcmeException>(IssueAsync)!;
        Assert.That(thrown.ProblemType, Is.EqualTo("badNonce"));
    }

    [Test]
    public async Task A_certificate_that_was_replaced_before_does_not_hinder_the_order()
    {
        On("/new-order", context => FakeCa.RefuseAsync(context, 409, "alreadyReplaced"), times: 1);
        Assert.That((await IssueAsync(_ca.Settings(""), "aki.serial")).Covers(["one.example"]));
    }

    /// <summary>Lets the CA answer so, for as many times.</summary>
    private void On(string path, Func<HttpContext, Task> answer, int times = int.MaxValue) =>
        _ca.Intercept = async context =>
        {
            if (context.Request.Path != path || times-- <= 0)
            {
                return false;
            }

            await answer(context);
            return true;
        };

    private Task<IssuedCertificate> IssueAsync() => IssueAsync(_ca.Settings(""));

    private async Task<IssuedCertificate> IssueAsync(AcmeSettings settings, string? replaces = null)
    {
        using var http = new AcmeHttp(settings, _time);
        var directory = await AcmeSession.FetchDirectoryAsync(http, settings.Directory, CancellationToken.None);
        var session = new AcmeSession(http, _key, directory);
        await AccountRegistration.EnterAsync(session, settings, CancellationToken.None);
        return await new CertificateOrder(session, settings, _responses, _time).IssueAsync(
            replaces,
            CancellationToken.None
        );
    }
}
