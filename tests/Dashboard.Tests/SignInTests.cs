using System.Net;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The forms before the first page: what they accept, and what they leave in the browser.</summary>
public sealed class SignInTests
{
    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ana", Roles.Admin);
        await _broker.AddUserAsync("new", Roles.Viewer, mustChangePassword: true);
        await _broker.AddUserAsync("victim", Roles.Viewer);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task The_address_of_the_broker_leads_to_the_sign_in()
    {
        using var http = _broker.NewHttpClient();
        using var root = await http.GetAsync(_broker.Address);
        using var page = await http.GetAsync("");
        Assert.Multiple(() =>
        {
            Assert.That(root.Headers.Location?.ToString(), Is.EqualTo("/ui/"));
            Assert.That(page.Headers.Location?.ToString(), Is.EqualTo("/ui/sign-in"));
        });
    }

    [Test]
    public async Task A_sign_in_leaves_a_cookie_that_scripts_and_other_sites_do_not_get()
    {
        using var http = _broker.NewHttpClient();
        using var answer = await http.SignInAsync("ana");
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(text => text.StartsWith("schedulezero="));
        Assert.Multiple(() =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Found));
            Assert.That(answer.Headers.Location?.ToString(), Is.EqualTo("/ui/"));
            Assert.That(cookie, Does.Contain("; httponly").IgnoreCase);
            Assert.That(cookie, Does.Contain("; samesite=strict").IgnoreCase);
            Assert.That(cookie, Does.Contain("; path=/ui").IgnoreCase);
        });
        using var page = await http.GetAsync("");
        Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_form_without_its_antiforgery_token_does_nothing()
    {
        using var http = _broker.NewHttpClient();
        using var answer = await http.PostFormAsync("sign-in", ("userName", "ana"), ("password", TestBroker.Password));
        Assert.Multiple(() =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(answer.Headers.Contains("Set-Cookie"), Is.False);
        });
    }

    [TestCase("Origin", "https://evil.example")]
    [TestCase("Origin", "null")]
    [TestCase("Sec-Fetch-Site", "cross-site")]
    [TestCase("Sec-Fetch-Site", "same-site")]
    public async Task A_form_that_another_site_sends_is_refused(string header, string value)
    {
        using var http = _broker.NewHttpClient();
        var token = await http.ReadTokenAsync("sign-in");
        http.DefaultRequestHeaders.Add(header, value);
        using var answer = await http.PostFormAsync(
            "sign-in",
            ("__RequestVerificationToken", token),
            ("userName", "ana"),
            ("password", TestBroker.Password)
        );
        Assert.Multiple(() =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(answer.Headers.Contains("Set-Cookie"), Is.False);
        });
    }

    [Test]
    public async Task A_sign_out_needs_its_token_too()
    {
        using var http = _broker.NewHttpClient();
        (await http.SignInAsync("ana")).Dispose();
        using var answer = await http.PostFormAsync("sign-out");
        using var page = await http.GetAsync("");
        Assert.Multiple(() =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        });
    }

    [TestCase("//evil.example/")]
    [TestCase("/\\evil.example/")]
    [TestCase("https://evil.example/")]
    [TestCase("\\\\evil.example")]
    [TestCase("javascript:alert(1)")]
    public async Task A_sign_in_leads_to_no_other_site(string wanted)
    {
        using var http = _broker.NewHttpClient();
        using var answer = await http.SendFormAsync(
            "sign-in",
            ("userName", "ana"),
            ("password", TestBroker.Password),
            ("to", wanted)
        );
        var landed = new Uri(_broker.Pages, answer.Headers.Location!);
        Assert.Multiple(() =>
        {
            Assert.That(
                landed.GetLeftPart(UriPartial.Authority),
                Is.EqualTo(_broker.Pages.GetLeftPart(UriPartial.Authority))
            );
            Assert.That(landed.AbsolutePath, Does.StartWith("/ui/"));
        });
    }

    [Test]
    public async Task A_wrong_password_is_told_as_rest_tells_it()
    {
        using var http = _broker.NewHttpClient();
        using var answer = await http.SignInAsync("ana", "not the password at all");
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(answer.Headers.Contains("Set-Cookie"), Is.False);
            Assert.That(
                await answer.Content.ReadAsStringAsync(),
                Does.Contain("is wrong, or there were too many tries")
            );
        });
    }

    [Test]
    public async Task Ten_wrong_passwords_lock_a_user_out_here_and_in_rest()
    {
        using var http = _broker.NewHttpClient();
        for (var tries = 0; tries < 10; tries++)
        {
            (await http.SignInAsync("victim", $"not the password {tries}")).Dispose();
        }

        using var answer = await http.SignInAsync("victim");
        var user = await _broker.Admin.Users.GetAsync("victim");
        Assert.Multiple(() =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(user.LockedUntil, Is.Not.Null);
        });
    }

    [Test]
    public async Task A_password_that_somebody_else_set_opens_only_the_page_that_changes_it()
    {
        using var http = _broker.NewHttpClient();
        (await http.SignInAsync("new")).Dispose();
        using var page = await http.GetAsync("ns/default/jobs");
        Assert.That(page.Headers.Location?.ToString(), Is.EqualTo("/ui/password"));

        using var changed = await http.SendFormAsync(
            "password",
            ("password", TestBroker.Password),
            ("newPassword", "another one for tests"),
            ("repeated", "another one for tests")
        );
        using var after = await http.GetAsync("ns/default");
        Assert.Multiple(() =>
        {
            Assert.That(changed.Headers.Location?.ToString(), Is.EqualTo("/ui/"));
            Assert.That(after.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        });
    }

    [Test]
    public async Task A_cookie_that_somebody_made_up_opens_nothing()
    {
        var cookies = new CookieContainer();
        cookies.Add(_broker.Pages, new Cookie("schedulezero", "CfDJ8AAAAAAAAAAAAAAAAAAAAAA"));
        using var http = _broker.NewHttpClient(cookies);
        using var page = await http.GetAsync("");
        Assert.That(page.Headers.Location?.ToString(), Is.EqualTo("/ui/sign-in"));
    }

    [Test]
    public async Task A_session_that_was_ended_elsewhere_opens_nothing_more()
    {
        using var http = _broker.NewHttpClient();
        (await http.SignInAsync("ana")).Dispose();
        var sessions = await _broker.Admin.Users.SessionsAsync("ana");
        foreach (var session in sessions.Items)
        {
            await _broker.Admin.Users.EndSessionAsync("ana", session.Id);
        }

        using var page = await http.GetAsync("");
        Assert.That(page.Headers.Location?.ToString(), Is.EqualTo("/ui/sign-in"));
    }

    [Test]
    public async Task A_link_from_another_site_is_asked_for_again_from_this_site()
    {
        using var http = _broker.NewHttpClient();
        http.DefaultRequestHeaders.Add("Sec-Fetch-Site", "cross-site");
        using var answer = await http.GetAsync("ns/default/jobs?state=failed");
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("http-equiv=\"refresh\" content=\"0\""));
        });
    }

    [Test]
    public async Task An_api_key_cannot_sign_in()
    {
        using var http = _broker.NewHttpClient();
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {_broker.AdminKey}");
        using var page = await http.GetAsync("");
        Assert.That(page.Headers.Location?.ToString(), Is.EqualTo("/ui/sign-in"));
    }
}
