using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Connection.Ways;

namespace ScheduleZero.Agent.Tests.Ways;

/// <summary>Which forward proxy a dial goes through.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ProxyChoiceTests
{
    [TestCase("https://b.example", "HTTPS_PROXY=http://p:3128", "http://p:3128")]
    [TestCase("https://b.example", "HTTPS_PROXY=p:3128", "http://p:3128")]
    [TestCase("https://b.example", "https_proxy=http://low:1;HTTPS_PROXY=http://up:2", "http://low:1")]
    [TestCase("https://b.example", "https_proxy=;HTTPS_PROXY=http://up:2", "http://up:2")]
    [TestCase("http://b.example", "HTTPS_PROXY=http://p:3128", null)]
    [TestCase("http://b.example", "HTTP_PROXY=http://p", "http://p")]
    [TestCase("http://b.example", "ALL_PROXY=socks5h://p:1080", "socks5://p:1080")]
    [TestCase("https://b.example", "ALL_PROXY=http://a:1;HTTPS_PROXY=https://p:443/", "https://p")]
    [TestCase("https://b.example", "HTTPS_PROXY=http://p:3128;NO_PROXY=.example", null)]
    [TestCase("https://b.example", "HTTPS_PROXY=http://p:3128;no_proxy=other", "http://p:3128")]
    [TestCase("http://127.0.0.1:8890", "HTTP_PROXY=http://p", null)]
    [TestCase("http://localhost:8890", "ALL_PROXY=http://p", null)]
    [TestCase("http://[::1]:8890", "HTTP_PROXY=http://p", null)]
    [TestCase("https://b.example", "", null)]
    public void The_environment_is_read_as_curl_and_NET_read_it(string address, string variables, string? proxy) =>
        Assert.That(Choice(new HandlerAgentOptions(), variables).For(new Uri(address))?.ToString(), Is.EqualTo(proxy));

    [Test]
    public void A_proxy_of_the_options_wins_also_for_this_machine_and_none_means_none()
    {
        var chosen = new HandlerAgentOptions { Proxy = new AgentProxy { Address = new Uri("http://own:1") } };
        var none = new HandlerAgentOptions { UseEnvironmentProxy = false };
        var local = new Uri("http://127.0.0.1:8890");
        Assert.That(
            Choice(chosen, "NO_PROXY=*;HTTP_PROXY=http://p").For(local)?.ToString(),
            Is.EqualTo("http://own:1")
        );
        Assert.That(Choice(none, "HTTPS_PROXY=http://p").For(new Uri("https://b.example")), Is.Null);
    }

    [TestCase("http://ana:s3cret@p:3128", "s3cret")]
    [TestCase("ana:p%40ss%3Aword@p:3128", "p@ss:word")]
    [TestCase("http://ana:p@ss@p:3128", "p@ss")]
    public void Credentials_of_the_environment_are_used_and_never_shown(string value, string password)
    {
        var route = Choice(new HandlerAgentOptions(), $"HTTPS_PROXY={value}").For(new Uri("https://b.example"))!;
        var credentials = route.ToWebProxy().Credentials!.GetCredential(route.Address, "Basic")!;
        Assert.That((credentials.UserName, credentials.Password), Is.EqualTo(("ana", password)));
        Assert.That($"{route} {route.Address}", Is.EqualTo("http://p:3128 http://p:3128/"));
    }

    [TestCase("http://ana:s3cret@")]
    [TestCase("ftp://ana:s3cret@p:21")]
    [TestCase("http://ana:s3cret@p:3128/path")]
    [TestCase("http://ana:s3cret@p:99999")]
    [TestCase("http://ana:s3cret@p:3128?x")]
    [TestCase("::s3cret")]
    public void A_variable_that_names_no_proxy_is_told_without_its_value(string value)
    {
        var choice = Choice(new HandlerAgentOptions(), $"HTTPS_PROXY={value}");
        Assert.That(
            () => choice.For(new Uri("https://b.example")),
            Throws.TypeOf<CarrierException>().With.Message.Contains("HTTPS_PROXY").And.Message.Not.Contains("s3cret")
        );
    }

    [Test]
    public void Credentials_of_a_file_are_read_at_each_dial()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "proxy");
        var options = new HandlerAgentOptions
        {
            Proxy = new AgentProxy { Address = new Uri("http://p:3128"), CredentialsFile = file },
        };
        var choice = Choice(options, "");
        Assert.That(PasswordIn("ana:first\n"), Is.EqualTo("first"));
        Assert.That(PasswordIn("ana:se:co%6Ed\nrest"), Is.EqualTo("se:co%6Ed"), "Nothing is escaped in a file.");
        Assert.That(() => PasswordIn("s3cret"), Throws.TypeOf<CarrierException>().With.Message.Not.Contains("s3cret"));
        File.Delete(file);
        Assert.That(() => choice.For(new Uri("https://b")), Throws.TypeOf<CarrierException>());

        string PasswordIn(string content)
        {
            File.WriteAllText(file, content);
            var route = choice.For(new Uri("https://b"))!;
            return route.ToWebProxy().Credentials!.GetCredential(route.Address, "Basic")!.Password;
        }
    }

    private static ProxyChoice Choice(HandlerAgentOptions options, string variables)
    {
        var values = variables
            .Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        options.ProxyVariable = name => values.GetValueOrDefault(name);
        return new ProxyChoice(options);
    }
}
