using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>
/// Every method of the hub, called by everybody who is no handler of that tenant: each call is refused, and nothing
/// changes.
/// </summary>
public sealed class HubMatrixTests : StageTest
{
    private const string Password = "words that only ana knows";

    // The bodies that a handler of the victim would send. {job} is the job that the handler runs.
    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["Hello"] =
            """{"protocol":1,"handler":"office","instance":"i","methods":[{"name":"m"}],"capacity":5,"resume":[{"attemptId":"{job}.1","fencingToken":1}]}""",
        ["Heartbeat"] = """{"capacity":5,"running":["{job}.1"]}""",
        ["Report"] = """{"events":[{"type":"succeeded","attemptId":"{job}.1","fencingToken":1,"result":"stolen"}]}""",
        ["Ran"] =
            """{"copy":{"schedule":"AAAA","signature":"AAAA"},"runs":[{"nominal":"2026-01-01T00:00:00Z","outcome":"succeeded","attempts":1}],"last":true}""",
        ["Bye"] = """{"reason":"gone"}""",
        ["Challenge"] = """{"keyId":"0123456789ab"}""",
        ["Enrol"] =
            """{"token":"sze_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","handler":"office","publicKey":"AAAA","proof":"AAAA"}""",
        ["Rotate"] = """{"publicKey":"AAAA","proofOld":"AAAA","proofNew":"AAAA"}""",
    };

    [Test]
    public void Every_method_of_the_hub_is_in_the_table()
    {
        // The assembly is read but not loaded, since this process does not have what the Bridge depends on.
        using var file = new PEReader(
            File.OpenRead(Path.Combine(Path.GetDirectoryName(Shipped.ScheduleZero)!, "ScheduleZero.Bridge.dll"))
        );
        var reader = file.GetMetadataReader();
        var hub = reader
            .TypeDefinitions.Select(reader.GetTypeDefinition)
            .Single(type => reader.GetString(type.Name) == "HandlerHub");
        var methods = hub.GetMethods()
            .Select(reader.GetMethodDefinition)
            .Where(method =>
                method.Attributes.HasFlag(MethodAttributes.Public)
                && (
                    method.Attributes
                    & (MethodAttributes.Virtual | MethodAttributes.Static | MethodAttributes.SpecialName)
                ) == 0
            )
            .Select(method => reader.GetString(method.Name));
        Assert.That(methods, Is.EquivalentTo(Bodies.Keys));
    }

    [TestCase("nobody")]
    [TestCase("viewer")]
    [TestCase("operator")]
    [TestCase("admin")]
    [TestCase("custom")]
    [TestCase("user")]
    [TestCase("bridge")]
    [TestCase("invented")]
    public async Task Nobody_but_handlers_says_anything_at_the_hub(string who)
    {
        var job = await PrepareAsync();
        var credential = await CredentialOfAsync(who);
        foreach (var method in Bodies.Keys)
        {
            await using var connection = ConnectionOf(credential);
            Assert.That(await CallAsync(connection, method, job), Does.StartWith("refused: "), $"{who}: {method}");
        }

        await AssertUntouchedAsync(job);
    }

    [Test]
    public async Task A_handler_of_another_tenant_is_welcome_there_and_moves_nothing_here()
    {
        var job = await PrepareAsync();
        await Stage.Client.Namespaces.CreateAsync(new NamespaceRequest { Name = "tenant-a" });
        using var owner = new ScheduleZeroClient(Stage.Client.Options with { Namespace = "tenant-a" });
        // A handler of the same name, with every right that its own tenant can give.
        var key = await owner.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Handler,
                Handler = "office",
                Groups = ["*"],
            }
        );
        await using var connection = ConnectionOf(key.Key);
        var welcome = await CallAsync(connection, "Hello", job);
        Assert.That(
            welcome,
            Does.Contain("\"namespace\":\"tenant-a\"")
                .And.Contain("\"resumed\":[]")
                .And.Contain($"\"abandoned\":[\"{job}.1\"]")
        );
        foreach (var method in Bodies.Keys.Where(method => method is not ("Hello" or "Bye")))
        {
            await CallAsync(connection, method, job);
        }

        await AssertUntouchedAsync(job);
    }

    private async Task<string> PrepareAsync()
    {
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        await StartAgentAsync("office", Stage.Router);
        var job = await Stage.Client.Jobs.EnqueueAsync(Work(120_000));
        while ((await Stage.Client.Jobs.GetAsync(job.Id)).State != JobState.Running)
        {
            await Task.Yield();
        }

        return job.Id.ToString();
    }

    private async Task AssertUntouchedAsync(string job)
    {
        var now = (await Stage.Client.Jobs.ListAsync()).Items.Single();
        Assert.That(
            (now.Id.ToString(), now.State, now.Handler, now.Attempts),
            Is.EqualTo((job, JobState.Running, "office", 1))
        );
        Assert.That((await Stage.Client.Handlers.GetAsync("office")).Sessions, Has.Count.EqualTo(1));
    }

    private HubConnection ConnectionOf(string? credential) =>
        new HubConnectionBuilder()
            .WithUrl(
                $"{Stage.BridgeUrl()}/hubs/handlers",
                options => options.AccessTokenProvider = () => Task.FromResult(credential)
            )
            .Build();

    private static async Task<string> CallAsync(HubConnection connection, string method, string job)
    {
        try
        {
            if (connection.State == HubConnectionState.Disconnected)
            {
                await connection.StartAsync();
            }

            using var body = JsonDocument.Parse(Bodies[method].Replace("{job}", job, StringComparison.Ordinal));
            var answer = await connection.InvokeAsync<JsonElement>(method, body.RootElement).WaitAsync(Deadline);
            // The Broker gives a nonce to whoever names a key, so that nobody learns which keys exist. A nonce alone
            // opens nothing.
            return method == "Challenge" && answer.TryGetProperty("nonce", out _)
                ? "refused: a nonce proves nothing"
                : $"answered: {answer}";
        }
        catch (HttpRequestException e)
        {
            return $"refused: at the gate, {e.StatusCode}";
        }
        catch (HubException e)
        {
            return $"refused: {e.Message}";
        }
        catch (Exception e) when (e is TaskCanceledException or InvalidOperationException)
        {
            return $"refused: the connection was closed: {e.Message}";
        }
    }

    private async Task<string?> CredentialOfAsync(string who)
    {
        switch (who)
        {
            case "nobody":
                return null;
            case "invented":
                return Contracts.ApiKey.Generate().Reveal();
            case "bridge":
                return (
                    await Stage.Client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = "other" })
                ).Key;
            case "custom":
                await Stage.Client.Roles.CreateAsync(
                    new RoleRequest { Name = "custom", Rules = [new RoleRule { Permissions = ["*"] }] }
                );
                return (
                    await Stage.Client.Keys.CreateAsync(
                        new KeyRequest
                        {
                            Kind = KeyKind.Service,
                            Name = "x",
                            Roles = ["custom"],
                        }
                    )
                ).Key;
            case "user":
                await Stage.Client.Users.CreateAsync(
                    new UserRequest
                    {
                        UserName = "ana",
                        Password = Password,
                        Roles = [new RoleGrant(Roles.Admin, "*")],
                        MustChangePassword = false,
                    }
                );
                using (var nobody = new ScheduleZeroClient(new ScheduleZeroClientOptions { Server = Stage.Rest }))
                {
                    return (
                        await nobody.Auth.LoginAsync(new LoginRequest { UserName = "ana", Password = Password })
                    ).AccessToken;
                }

            default:
                return (
                    await Stage.Client.Keys.CreateAsync(
                        new KeyRequest
                        {
                            Kind = KeyKind.Service,
                            Name = who,
                            Roles = [who],
                        }
                    )
                ).Key;
        }
    }
}
