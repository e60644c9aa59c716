using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The dashboard behind a proxy that ends TLS and has a path for it.</summary>
public sealed partial class ProxyTests
{
    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync(pathBase: "/schedulezero", trustedProxy: "127.0.0.1");
        await _broker.AddUserAsync("ana", Roles.Viewer);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task Over_https_the_cookie_is_for_this_host_alone()
    {
        using var http = _broker.NewHttpClient();
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        var form = await http.GetAsync("sign-in");
        var formCookie = form.Headers.GetValues("Set-Cookie").Single();
        using var request = new HttpRequestMessage(HttpMethod.Post, "sign-in")
        {
            Content = new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["__RequestVerificationToken"] = WebUtility.HtmlDecode(
                        Token().Match(await form.Content.ReadAsStringAsync()).Groups[1].Value
                    ),
                    ["userName"] = "ana",
                    ["password"] = TestBroker.Password,
                }
            ),
        };
        // The client's own container withholds a cookie that is marked Secure from plain http.
        request.Headers.Add("Cookie", formCookie.Split(';')[0]);
        using var answer = await http.SendAsync(request);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(text => text.StartsWith("__Host-schedulezero"));
        Assert.Multiple(() =>
        {
            Assert.That(formCookie, Does.Contain("; secure").IgnoreCase);
            Assert.That(cookie, Does.Contain("; secure").IgnoreCase);
            Assert.That(cookie, Does.Contain("; path=/;").IgnoreCase);
            Assert.That(cookie, Does.Contain("; httponly").IgnoreCase);
            Assert.That(cookie, Does.Not.Contain("domain").IgnoreCase);
        });
        var sessions = (await _broker.Admin.Users.SessionsAsync("ana")).Items;
        Assert.That(sessions.Select(session => session.Address), Has.Member("203.0.113.9"));
    }

    [TestCase("/ui/sign-in")]
    [TestCase("/schedulezero/ui/sign-in")]
    public async Task Links_have_the_path_whether_the_proxy_leaves_it_or_takes_it_away(string path)
    {
        using var http = _broker.NewHttpClient();
        var html = await http.GetStringAsync(new Uri(_broker.Address, path));
        using var page = await http.GetAsync(new Uri(_broker.Address, path.Replace("sign-in", "ns/default")));
        using var root = await http.GetAsync(new Uri(_broker.Address, path.Replace("ui/sign-in", "")));
        Assert.Multiple(() =>
        {
            Assert.That(html, Does.Contain("<base href=\"/schedulezero/ui/\""));
            Assert.That(page.Headers.Location?.ToString(), Does.StartWith("/schedulezero/ui/sign-in?to="));
            Assert.That(root.Headers.Location?.ToString(), Is.EqualTo("/schedulezero/ui/"));
        });
    }

    [Test]
    public async Task A_page_is_live_below_the_path()
    {
        await using var page = await BrowserPage.SignInAsync(_broker, "ana", "/schedulezero/ui/ns/default");
        await page.ReadyAsync();
        Assert.Multiple(() =>
        {
            Assert.That(new Uri(page.Page.Url).AbsolutePath, Is.EqualTo("/schedulezero/ui/ns/default"));
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task The_REST_reference_finds_its_scripts_and_its_document_below_the_path()
    {
        await using var page = await BrowserPage.OpenAsync(_broker, "/schedulezero/reference");
        await page.Page.GetByLabel("API key").FillAsync(_broker.AdminKey);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Show the reference" }).ClickAsync();
        await page.Page.GetByText("List open alerts").First.WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    [GeneratedRegex("""name="__RequestVerificationToken" value="([^"]+)" """)]
    private static partial Regex Token();
}
