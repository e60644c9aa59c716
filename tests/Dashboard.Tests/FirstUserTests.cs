using System.Net;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>An empty installation has an admin key and no user.</summary>
public sealed class FirstUserTests
{
    private const string Password = "a sentence for tests only";

    [Test]
    public async Task The_admin_key_makes_the_first_user_who_is_then_signed_in()
    {
        await using var broker = await TestBroker.StartAsync();
        using var http = broker.NewHttpClient();
        using var signIn = await http.GetAsync("sign-in");
        Assert.That(signIn.Headers.Location?.ToString(), Is.EqualTo("/ui/first-user"));

        using var made = await SendAsync(http, broker.AdminKey);
        using var page = await http.GetAsync("");
        var user = await broker.Admin.Users.GetAsync("ana");
        Assert.Multiple(() =>
        {
            Assert.That(made.Headers.Location?.ToString(), Is.EqualTo("/ui/"));
            Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(user.Roles, Is.EqualTo(new[] { new RoleGrant(Roles.Admin, "*") }));
            Assert.That(user.CreatedBy, Is.EqualTo($"key:{broker.AdminKey.Split('_')[1]}"));
        });
    }

    [Test]
    public async Task The_page_is_closed_once_there_is_a_user()
    {
        await using var broker = await TestBroker.StartAsync();
        using var http = broker.NewHttpClient();
        var token = await http.ReadTokenAsync("first-user");
        await broker.AddUserAsync("ben", Roles.Viewer);
        using var shown = await http.GetAsync("first-user");
        using var sent = await http.PostFormAsync(
            "first-user",
            [("__RequestVerificationToken", token), .. Form(broker.AdminKey)]
        );
        var users = await broker.Admin.Users.ListAsync();
        Assert.Multiple(() =>
        {
            Assert.That(shown.Headers.Location?.ToString(), Is.EqualTo("/ui/sign-in"));
            Assert.That(sent.Headers.Location?.ToString(), Is.EqualTo("/ui/sign-in"));
            Assert.That(users.Items.Select(user => user.UserName), Is.EqualTo(new[] { "ben" }));
        });
    }

    [Test]
    public async Task A_wrong_key_makes_nobody()
    {
        await using var broker = await TestBroker.StartAsync();
        using var http = broker.NewHttpClient();
        using var answer = await SendAsync(http, ApiKey.Generate().Reveal());
        using var malformed = await SendAsync(http, "szk_cut");
        var users = await broker.Admin.Users.ListAsync();
        Assert.Multiple(() =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(malformed.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(users.Items, Is.Empty);
        });
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, string key) =>
        http.SendFormAsync("first-user", Form(key));

    private static (string, string)[] Form(string key) =>
        [("key", key), ("userName", "ana"), ("newPassword", Password), ("repeated", Password)];
}
