using System.Text;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.EndToEnd.Tests.Sealed;

/// <summary>Nobody is talked down to a session that is not sealed; whoever cannot seal is told what to do.</summary>
public sealed class SealedOrNothingTests() : SealedTest(isCurve: false)
{
    [TestCase(MessageKind.Challenge)]
    [TestCase(MessageKind.Nonce)]
    public async Task An_agent_says_no_Hello_when_the_handshake_was_cut_out_of_a_message(MessageKind kind)
    {
        await EnrolAsync();
        await SealAsync("*");
        Bridge.Meddle = carried => [carried.Kind == kind ? carried.Without("seal") : carried];
        StartAgent();
        await UntilAsync(() => Task.FromResult(Count(MessageKind.Challenge) >= 3));

        Assert.That(Count(MessageKind.Hello), Is.Zero);
        Bridge.Meddle = carried => [carried];
        await UntilSealedAsync();
        await RunAsync("after it");
    }

    [Test]
    public async Task An_agent_that_knows_its_Broker_says_no_Hello_without_the_Brokers_word_that_sealing_is_off()
    {
        await EnrolAsync();
        Bridge.Meddle = carried => [carried.Kind == MessageKind.Challenge ? carried.Without("seal") : carried];
        StartAgent();
        await UntilAsync(() => Task.FromResult(Count(MessageKind.Challenge) >= 3));
        Assert.That(Count(MessageKind.Hello), Is.Zero);
        Bridge.Meddle = carried => [carried];
        await RunAsync("after it");
    }

    [Test]
    public async Task A_refusal_that_the_Broker_did_not_seal_does_not_end_an_agent()
    {
        var agent = await StartSealedAsync();
        var refused = 0;
        Bridge.Meddle = carried =>
            carried.Kind is MessageKind.Nonce or MessageKind.Welcome && Interlocked.Increment(ref refused) <= 4
                ? [Carried.ToHandler(new Refused(ErrorCodes.Revoked, "forged"))]
                : [carried];
        await Stage.Client.Handlers.DisconnectAsync(Handler);
        await UntilAsync(() => Task.FromResult(Volatile.Read(ref refused) > 4));
        await UntilSealedAsync();
        await RunAsync("after it");
        Assert.That(agent.Completion.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_revoked_key_ends_its_agent_by_the_Brokers_sealed_word()
    {
        var agent = await StartSealedAsync();
        var key = (await Stage.Client.Keys.ListAsync()).Items.Single(key => key.Handler == Handler);
        await Stage.Client.Keys.RevokeAsync(key.Id);
        var stopped = Assert.ThrowsAsync<AgentStoppedException>(() => agent.Completion.WaitAsync(Deadline));
        Assert.That(stopped!.Code, Is.EqualTo(ErrorCodes.Revoked));
        await agent.DisposeAsync();

        var again = StartAgent();
        Assert.That(
            () => again.Completion.WaitAsync(Deadline),
            Throws.TypeOf<AgentStoppedException>().With.Message.Contains("revoked"),
            "A refusal of a Hello comes sealed too."
        );
    }

    [Test]
    public async Task A_handler_with_an_API_key_is_told_to_enrol_when_sealing_is_switched_on()
    {
        var key = await Stage.CreateHandlerKeyAsync(Handler);
        var agent = StartAgent(options => (options.IdentityFile, options.ApiKey) = (null, key.Key));
        await agent.WaitForWelcomeAsync().WaitAsync(Deadline);
        await SealAsync(Handler);
        Assert.That(
            () => agent.Completion.WaitAsync(Deadline),
            Throws.TypeOf<AgentStoppedException>().With.Message.Contains("schedulezero agent enroll")
        );
        Assert.That((await Stage.Client.StatsAsync()).HandlersOnline, Is.Zero);
    }

    [Test]
    public async Task An_agent_that_must_seal_waits_until_sealing_is_switched_on()
    {
        await EnrolAsync();
        StartAgent(options => options.Sealed = true);
        await UntilAsync(() => Task.FromResult(Count(MessageKind.Nonce) >= 2));
        Assert.That(Count(MessageKind.Hello), Is.Zero);
        await SealAsync(Handler);
        await UntilSealedAsync();
        await SealAsync();
        await RunAsync("goes on until it connects again");
    }

    [Test]
    public async Task A_sealed_agent_rotates_its_key_and_goes_on()
    {
        var agent = await StartSealedAsync();
        await agent.DisposeAsync();
        var rotated = await AgentRotation.RotateAsync(new Uri(Bridge.Address), IdentityFile);
        var rotation = Bridge.Seen.Last(carried => carried.Kind is MessageKind.Rotate);
        Assert.That(Encoding.ASCII.GetString(rotation.Body), Does.StartWith("\"").And.Not.Contains("publicKey"));
        StartAgent();
        await RunAsync("with the new key");
        Assert.That((await Stage.Client.Keys.ListAsync()).Items.Select(key => key.Id), Has.Member(rotated));
    }
}
