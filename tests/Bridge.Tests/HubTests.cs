using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

internal sealed class HubTests : BridgeFixture
{
    [TestCase(Carrier.Json, HttpTransportType.WebSockets)]
    [TestCase(Carrier.MessagePack, HttpTransportType.WebSockets)]
    [TestCase(Carrier.Json, HttpTransportType.ServerSentEvents)]
    [TestCase(Carrier.Json, HttpTransportType.LongPolling)]
    [TestCase(Carrier.MessagePack, HttpTransportType.LongPolling)]
    public async Task Bodies_cross_the_Bridge_byte_for_byte_both_ways(Carrier carrier, HttpTransportType transport)
    {
        const string Hello = """{"protocol":1, "handler":"office-7",  "übung":"\u00e4 < & ' é"}""";
        const string Welcome = """{"sessionId":"s1","extra":[1.50,  null,"ß\u0001"]}""";
        const string Assign = """{"attempts":[{"params":{"n": 1e3,"text":"日本"}}]}""";
        const string Report = """{"events":[{"type":"succeeded","result":{"b":1,"a": 2.0}}]}""";
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        await using var handler = await TestHandler.ConnectAsync(bridge, carrier, transport);

        var saying = handler.HelloAsync(Hello);
        var open = await broker.HearAsync(MessageKind.Open);
        var hello = await broker.HearAsync(MessageKind.Hello);
        await broker.SayAsync(MessageKind.Welcome, hello.Header.Connection, Encoding.UTF8.GetBytes(Welcome));
        Assert.That((await saying).ToString(), Is.EqualTo(Welcome));
        await broker.SayAsync(MessageKind.Assign, hello.Header.Connection, Encoding.UTF8.GetBytes(Assign));
        Assert.That(await handler.HearAsync(MessageKind.Assign), Is.EqualTo(Assign));
        await handler.SendAsync(MessageKind.Report, Report);

        Assert.That((await broker.HearAsync(MessageKind.Report)).Text, Is.EqualTo(Report));
        Assert.That(hello.Text, Is.EqualTo(Hello));
        Assert.That(open.Header.Connection, Is.EqualTo(hello.Header.Connection));
        Assert.That(ProtocolJson.TryRead<Open>(open.Body, out var opened, out _), Is.True);
        Assert.That(opened!.ApiKey, Is.EqualTo(TestHandler.Key));
        Assert.That(opened.RemoteAddress, Is.EqualTo("127.0.0.1"));
        Assert.That(opened.UserAgent, Does.Contain("SignalR"));
    }

    [TestCase(Carrier.Json)]
    [TestCase(Carrier.MessagePack)]
    public async Task Refused_handler_gets_a_HubException_that_starts_with_the_code(Carrier carrier)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        await using var handler = await TestHandler.ConnectAsync(bridge, carrier);
        var saying = handler.HelloAsync();
        var hello = await broker.HearAsync(MessageKind.Hello);
        await broker.SayAsync(hello.Header.Connection, new Refused(ErrorCodes.Forbidden, "Not your method."));

        Assert.That(
            async () => await saying,
            Throws.TypeOf<HubException>().With.Message.EqualTo("forbidden: Not your method.")
        );
    }

    [Test]
    public async Task Hello_that_the_Broker_does_not_answer_fails_and_the_connection_ends()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(
            broker,
            new BridgeLimits { WelcomeDeadline = TimeSpan.FromMilliseconds(200), DrainGrace = TimeSpan.Zero }
        );
        await using var handler = await TestHandler.ConnectAsync(bridge);

        Assert.That(() => handler.HelloAsync(), Throws.Exception.Message.StartsWith(ErrorCodes.Unavailable));
        await handler.HearAsync(MessageKind.Close);
        await handler.Closed;
    }

    [Test]
    public async Task Close_from_the_Broker_is_delivered_and_then_the_connection_ends()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = handler;
        await broker.SayAsync(number, new Close(ErrorCodes.Revoked, "The key is revoked."));

        Assert.That(await handler.HearAsync(MessageKind.Close), Does.Contain(ErrorCodes.Revoked));
        await handler.Closed;
        Assert.That((await broker.HearAsync(MessageKind.Closed)).Header.Connection, Is.EqualTo(number));
    }

    [Test]
    public async Task Messages_before_Hello_are_refused_and_a_repeater_is_closed()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        await using var handler = await TestHandler.ConnectAsync(bridge);

        Assert.That(
            () => handler.Connection.InvokeAsync("Report", TestHandler.Raw("{}")),
            Throws.Exception.Message.StartsWith(ErrorCodes.Invalid)
        );
        for (var i = 0; i < 4; i++)
        {
            await handler.SendAsync(MessageKind.Heartbeat, "{}");
        }

        Assert.That(await handler.HearAsync(MessageKind.Close), Does.Contain(ErrorCodes.Invalid));
        await handler.Closed;
        await broker.HearAsync(MessageKind.Closed);
        Assert.That(broker.TakeAll().Select(heard => heard.Header.Kind), Has.None.EqualTo(MessageKind.Report));
    }

    [TestCase(Carrier.Json)]
    [TestCase(Carrier.MessagePack)]
    public async Task Calls_that_do_not_bind_end_the_connection_after_a_few(Carrier carrier)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        await using var handler = await TestHandler.ConnectAsync(bridge, carrier);
        for (var i = 0; i < 6; i++)
        {
            await handler.Connection.SendAsync("Rob", TestHandler.Raw("{}"), TestHandler.Raw("{}"));
        }

        await handler.Closed;
    }

    [Test]
    public async Task Body_that_is_null_is_invalid()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        await using var handler = await TestHandler.ConnectAsync(bridge);

        Assert.That(
            () => handler.Connection.InvokeAsync<RawJson>("Hello", default(RawJson)),
            Throws.Exception.Message.StartsWith(ErrorCodes.Invalid)
        );
    }

    [Test]
    public async Task Largest_message_passes_and_a_larger_one_ends_only_its_connection()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        var (handler, _) = await AWelcomedHandlerAsync(bridge, broker);
        var (other, _) = await AWelcomedHandlerAsync(bridge, broker);
        var large = $$"""{"events":["{{new string('x', Limits.ResultBytesMaxDefault)}}"]}""";
        await handler.SendAsync(MessageKind.Report, large);
        Assert.That((await broker.HearAsync(MessageKind.Report)).Text, Is.EqualTo(large));

        await handler.SendAsync(
            MessageKind.Report,
            $$"""{"events":["{{new string('x', 2 * Limits.ResultBytesMaxDefault)}}"]}"""
        );
        await handler.Closed;
        await other.SendAsync(MessageKind.Report, "{}");
        Assert.That((await broker.HearAsync(MessageKind.Report)).Text, Is.EqualTo("{}"));
        await handler.DisposeAsync();
        await other.DisposeAsync();
    }

    [Test]
    public async Task Handler_that_says_too_much_is_told_rate_limited_and_closed()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(
            broker,
            new BridgeLimits
            {
                MessagesPerSecond = 1,
                MessagesBurst = 10,
                DrainGrace = TimeSpan.Zero,
            }
        );
        var (handler, _) = await AWelcomedHandlerAsync(bridge, broker);
        await using var __ = handler;
        for (var i = 0; i < 12; i++)
        {
            await handler.SendAsync(MessageKind.Heartbeat, "{}");
        }

        Assert.That(await handler.HearAsync(MessageKind.Close), Does.Contain(ErrorCodes.RateLimited));
        await handler.Closed;
    }

    [Test]
    public async Task Handler_that_does_not_say_Hello_in_time_is_closed()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(
            broker,
            new BridgeLimits { HelloDeadline = TimeSpan.FromMilliseconds(500), DrainGrace = TimeSpan.Zero }
        );
        await using var handler = await TestHandler.ConnectAsync(bridge);

        Assert.That(await handler.HearAsync(MessageKind.Close), Does.Contain("Hello"));
        await handler.Closed;
    }

    [Test]
    public async Task Handler_that_does_not_read_is_cut_and_others_are_served()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(
            broker,
            new BridgeLimits { OutgoingMessagesMax = 16, DrainGrace = TimeSpan.Zero }
        );
        var (other, otherNumber) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = other;
        await using var deaf = await DeafHandler.ConnectAsync(new Uri(bridge.Urls[0]), TestHandler.Key);
        var hello = await broker.HearAsync(MessageKind.Hello);
        var large = Encoding.UTF8.GetBytes($$"""{"attempts":["{{new string('x', 200_000)}}"]}""");
        var closing = broker.HearAsync(MessageKind.Closed);
        for (var i = 0; i < 500 && !closing.IsCompleted; i++)
        {
            await broker.SayAsync(MessageKind.Assign, hello.Header.Connection, large);
        }

        Assert.That((await closing).Header.Connection, Is.EqualTo(hello.Header.Connection));
        await broker.SayAsync(MessageKind.Ack, otherNumber, "{}"u8.ToArray());
        Assert.That(await other.HearAsync(MessageKind.Ack), Is.EqualTo("{}"));
    }

    [Test]
    public async Task Full_Bridge_refuses_one_handler_more()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(
            broker,
            new BridgeLimits { ConnectionsMax = 1, DrainGrace = TimeSpan.Zero }
        );
        await using var first = await TestHandler.ConnectAsync(bridge);
        await broker.HearAsync(MessageKind.Open);

        Assert.That(() => TestHandler.ConnectAsync(bridge), Throws.Exception.Message.Contains("503"));
        Assert.That(bridge.ConnectionCount, Is.EqualTo(1));
    }

    [Test]
    public async Task Stopping_Bridge_drains_its_handlers_and_tells_the_Broker()
    {
        using var broker = ABroker();
        var bridge = await StartLinkedAsync(broker, new BridgeLimits());
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = handler;
        var stopping = bridge.DisposeAsync().AsTask();

        Assert.That(await handler.HearAsync(MessageKind.Drain), Does.Contain("bridge stopping"));
        await stopping.WaitAsync(TimeSpan.FromSeconds(10));
        await handler.Closed;
        Assert.That((await broker.HearAsync(MessageKind.Closed)).Header.Connection, Is.EqualTo(number));
        Assert.That(bridge.Completion.IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public async Task Health_tells_whether_a_Broker_is_in_reach_and_names_no_server()
    {
        using var broker = ABroker();
        broker.IsMute = true;
        await using var bridge = await StartAsync(Settings(broker.Endpoint));
        using var http = new HttpClient { BaseAddress = new Uri(bridge.Urls[0]) };
        using var unready = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        broker.IsMute = false;
        await bridge.Linked.WaitAsync(TimeSpan.FromSeconds(20));
        using var ready = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        using var live = await http.GetAsync(new Uri("/health/live", UriKind.Relative));

        Assert.That(unready.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(await ready.Content.ReadAsStringAsync(), Is.EqualTo("ready"));
        Assert.That(live.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(live.Headers.Contains("Server"), Is.False);
    }

    [TestCase("/hubs/handlers/negotiate", null, null, HttpStatusCode.OK, TestName = "No key")]
    [TestCase(
        "/hubs/handlers/negotiate",
        "Basic YTpi",
        null,
        HttpStatusCode.Unauthorized,
        TestName = "Credential of another kind"
    )]
    [TestCase(
        "/hubs/handlers/negotiate",
        "Bearer szk_short",
        null,
        HttpStatusCode.Unauthorized,
        TestName = "Malformed key"
    )]
    [TestCase(
        "/hubs/handlers/negotiate?access_token={key}",
        null,
        null,
        HttpStatusCode.Unauthorized,
        TestName = "Key in a query that needs none"
    )]
    [TestCase(
        "/hubs/handlers/negotiate",
        "Bearer {key}",
        "https://evil.example",
        HttpStatusCode.Forbidden,
        TestName = "Page of another origin"
    )]
    [TestCase("/hubs/handlers/negotiate", "Bearer {key}", null, HttpStatusCode.OK, TestName = "Key in its header")]
    public async Task Gate_answers_before_the_hub(
        string path,
        string? authorization,
        string? origin,
        HttpStatusCode expected
    )
    {
        using var broker = ABroker();
        await using var bridge = await StartAsync(Settings(broker.Endpoint));
        using var http = new HttpClient { BaseAddress = new Uri(bridge.Urls[0]) };
        using var request = new HttpRequestMessage(HttpMethod.Post, path.Replace("{key}", TestHandler.Key));
        request.Headers.Authorization = authorization is null
            ? null
            : AuthenticationHeaderValue.Parse(authorization.Replace("{key}", TestHandler.Key));
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var response = await http.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task Whoever_has_no_key_is_heard_only_when_it_enrols_or_proves_one()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        await using var handler = await TestHandler.ConnectAsync(bridge, key: null);
        foreach (var kind in new[] { "Heartbeat", "Report", "Bye" })
        {
            Assert.That(
                async () => await handler.Connection.InvokeAsync(kind, TestHandler.Raw("{}")),
                Throws.InstanceOf<HubException>().With.Message.Contains("Hello comes first")
            );
        }

        var challenging = handler.AskAsync("Challenge", """{"keyId":"k"}""");
        var challenge = await broker.HearAsync(MessageKind.Challenge);
        await broker.SayAsync(challenge.Header.Connection, new Nonce("n", "b"));
        Assert.That((await challenging).ToString(), Does.Contain("\"value\":\"n\""));
        Assert.That(
            async () => await handler.Connection.InvokeAsync("Report", TestHandler.Raw("{}")),
            Throws.InstanceOf<HubException>().With.Message.Contains("Hello comes first")
        );

        var number = await WelcomeAsync(handler, broker);
        await handler.SendAsync(MessageKind.Heartbeat, """{"capacity":1,"running":[]}""");
        Assert.That((await broker.HearAsync(MessageKind.Heartbeat)).Header.Connection, Is.EqualTo(number));
    }

    [Test]
    public async Task An_enrolment_passes_and_its_refusal_comes_back()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        await using var handler = await TestHandler.ConnectAsync(bridge, key: null);
        var enrolling = handler.AskAsync("Enrol", """{"tokenId":"t"}""");
        var open = await broker.HearAsync(MessageKind.Open);
        var enrol = await broker.HearAsync(MessageKind.Enrol);
        await broker.SayAsync(enrol.Header.Connection, new Refused(ErrorCodes.Conflict, "It has been used."));

        Assert.That(open.Text, Does.Not.Contain("apiKey"));
        Assert.That(enrol.Text, Is.EqualTo("""{"tokenId":"t"}"""), "As the handler said it.");
        Assert.That(
            async () => await enrolling,
            Throws.InstanceOf<HubException>().With.Message.Contains("conflict: It has been used.")
        );
    }

    [TestCase("Hello")]
    [TestCase("Challenge")]
    [TestCase("Nothing")]
    public async Task Whoever_proves_no_key_in_time_is_closed(string says)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(
            broker,
            new BridgeLimits { HelloDeadline = TimeSpan.FromSeconds(1), DrainGrace = TimeSpan.Zero }
        );
        await using var handler = await TestHandler.ConnectAsync(bridge, key: null);
        if (says != "Nothing")
        {
            var asking = handler.AskAsync(says, "{}");
            var heard = await broker.HearAsync(Enum.Parse<MessageKind>(says));
            await broker.SayAsync(heard.Header.Connection, new Refused(ErrorCodes.Unauthenticated, "No."));
            Assert.That(async () => await asking, Throws.InstanceOf<HubException>());
        }

        // Whoever is refused is closed at once, by what it was refused for; the deadline is for those who are not.
        Assert.That(
            await handler.HearAsync(MessageKind.Close),
            Does.Contain(says == "Nothing" ? ErrorCodes.Invalid : ErrorCodes.Unauthenticated)
        );
        await handler.Closed;
    }
}
