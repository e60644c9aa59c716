using System.Net;
using System.Net.Http.Headers;
using ScheduleZero.Broker.Host;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Settings;

/// <summary>A whole Broker, and what REST says of its settings.</summary>
[Parallelizable]
public sealed class SettingsApiTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-settings-").FullName;
    private readonly string _admin = ApiKey.Generate().Reveal();
    private RunningBroker _broker = null!;
    private ScheduleZeroClient _client = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var data = Path.Combine(_folder, "data");
        _broker = await BrokerServer.StartAsync(
            BrokerArguments.Read(
                ["--data", data, "--urls", "http://127.0.0.1:0", "--router", "tcp://127.0.0.1:0", "--audit-days", "90"],
                name =>
                    name switch
                    {
                        "SCHEDULEZERO_HISTORY_DAYS" => "7",
                        BrokerOptions.BootstrapKey => _admin,
                        _ => null,
                    }
            ),
            logging: null,
            CancellationToken.None
        );
        _client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri(_broker.Urls[0]), ApiKey = _admin }
        );
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task An_admin_sees_every_setting_with_its_value_and_its_source()
    {
        var settings = await AllAsync();
        Assert.That(
            settings.Select(setting => setting.Name),
            Is.EqualTo(BrokerOptions.All.Select(option => option.Line.Name))
        );
        Assert.That(Of("--audit-days"), Is.EqualTo(("90", SettingSource.CommandLine, "400", SettingGroup.Retention)));
        Assert.That(Of("--history-days"), Is.EqualTo(("7", SettingSource.Environment, "30", SettingGroup.Retention)));
        Assert.That(Of("--session-hours"), Is.EqualTo(("24", SettingSource.Default, "24", SettingGroup.Access)));

        (string, SettingSource, string, SettingGroup) Of(string name)
        {
            var setting = settings.Single(setting => setting.Name == name);
            return (setting.Values!.Single(), setting.Source, setting.DefaultValues!.Single(), setting.Group);
        }
    }

    [Test]
    public async Task A_namespace_shows_the_retention_that_is_in_force()
    {
        Assert.That(
            (await _client.Namespaces.GetAsync(Names.DefaultNamespace)).Retention,
            Is.EqualTo(new NamespaceRetention(TimeSpan.FromDays(7), TimeSpan.FromDays(90)))
        );
    }

    [Test]
    public async Task The_admin_key_of_the_first_start_is_in_no_answer()
    {
        using var http = Http(_admin);
        var text = await http.GetStringAsync("/api/settings?limit=500");
        Assert.That(text, Does.Contain(BrokerOptions.BootstrapKey).And.Contain("\"isSecret\":true,\"isSet\":true"));
        Assert.That(text, Does.Not.Contain(_admin).And.Not.Contain(_admin[17..]));
    }

    [Test]
    public async Task Pages_follow_each_other_without_gap_or_repetition()
    {
        List<string> names = [];
        string? cursor = null;
        do
        {
            var page = await _client.Settings.ListAsync(7, cursor);
            names.AddRange(page.Items.Select(setting => setting.Name));
            cursor = page.NextCursor;
        } while (cursor is not null);

        Assert.That(names, Is.EqualTo(BrokerOptions.All.Select(option => option.Line.Name)));
    }

    [TestCase("limit=0", "limit")]
    [TestCase("limit=501", "limit")]
    [TestCase("limit=many", "limit")]
    [TestCase("limit=1&limit=2", "limit")]
    [TestCase("serach=days", "serach")]
    public async Task A_query_that_makes_no_sense_is_refused(string query, string field)
    {
        using var http = Http(_admin);
        using var answer = await http.GetAsync($"/api/settings?{query}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain($"\"{field}\""));
    }

    [TestCase("POST")]
    [TestCase("PUT")]
    [TestCase("PATCH")]
    [TestCase("DELETE")]
    public async Task Nothing_is_changed_by_rest(string verb)
    {
        using var http = Http(_admin);
        using var request = new HttpRequestMessage(new HttpMethod(verb), "/api/settings");
        using var answer = await http.SendAsync(request);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
    }

    [TestCase(Roles.Admin, "default")]
    [TestCase(Roles.Viewer, "*")]
    [TestCase(Roles.Operator, "*")]
    public async Task The_admin_of_a_namespace_and_lesser_roles_see_no_settings(string role, string ns)
    {
        var user = new UserRequest
        {
            UserName = $"{role}-{ns.Length}",
            Password = "a password for tests only",
            MustChangePassword = false,
            Roles = [new RoleGrant(role, ns)],
        };
        await _client.Users.CreateAsync(user);
        var tokens = await _client.Auth.LoginAsync(
            new LoginRequest { UserName = user.UserName, Password = user.Password }
        );
        using var client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri(_broker.Urls[0]), AccessToken = tokens.AccessToken }
        );
        var refusal = Assert.ThrowsAsync<ScheduleZeroException>(async () => await client.Settings.ListAsync())!;
        Assert.That(refusal.Code, Is.EqualTo(ErrorCodes.Forbidden));
        Assert.That(refusal.Message, Does.Contain("settings:read"));
    }

    private async Task<List<SettingView>> AllAsync()
    {
        List<SettingView> settings = [];
        await foreach (var setting in _client.Settings.ListAllAsync())
        {
            settings.Add(setting);
        }

        return settings;
    }

    private HttpClient Http(string key)
    {
        var http = new HttpClient { BaseAddress = new Uri(_broker.Urls[0]) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return http;
    }
}
