using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Tests;

/// <summary>Which bytes of messages count in the budget of all connections, and for how long.</summary>
public sealed class BudgetTests
{
    private const int BudgetBytes = 300_000;

    [Test]
    public async Task A_whole_message_counts_until_it_was_handed_over([Values] bool withCurve)
    {
        var budget = new ByteBudget(BudgetBytes);
        var (server, client) = await Sides.ShakeAsync(withCurve, budget: budget);
        client.TrySend(ManyFrames());
        client.TrySend(Sides.Message([1]));
        await server.ReceiveAsync(default);
        Assert.That(IsFree(budget, BudgetBytes - 150_000), Is.False, "while nobody has taken the message");

        await server.ReceiveAsync(default);
        Assert.That(IsFree(budget, BudgetBytes), Is.True, "when the next one was asked for");
        client.TrySend(ManyFrames());
        await server.ReceiveAsync(default);
        await server.DisposeAsync();
        await client.DisposeAsync();
        Assert.That(IsFree(budget, BudgetBytes), Is.True, "when the connection has ended");
    }

    [Test]
    public async Task Messages_that_nobody_takes_are_bounded_and_small_ones_of_others_still_come(
        [Values] bool withCurve
    )
    {
        const int tries = 10;
        var budget = new ByteBudget(BudgetBytes);
        var sides = new List<(ZmtpConnection Server, ZmtpConnection Client)>();
        var held = 0;
        for (var i = 0; i < tries; i++)
        {
            var (server, client) = await Sides.ShakeAsync(withCurve, budget: budget);
            sides.Add((server, client));
            client.TrySend(ManyFrames());
            try
            {
                await server.ReceiveAsync(default);
                held++;
            }
            catch (ZmtpException e)
            {
                Assert.That(e.Failure, Is.EqualTo(ZmtpFailure.TooLarge));
            }
        }

        Assert.That(held, Is.EqualTo(1), "Each holds more than half of the budget.");
        var (calmServer, calm) = await Sides.ShakeAsync(withCurve, budget: budget);
        sides.Add((calmServer, calm));
        for (var i = 0; i < 100; i++)
        {
            calm.TrySend(Sides.Message([], new byte[50], new byte[5_000]));
            Assert.That((await calmServer.ReceiveAsync(default)).Bytes, Is.EqualTo(5_050));
        }

        foreach (var (server, client) in sides)
        {
            await client.DisposeAsync();
            await server.DisposeAsync();
        }

        Assert.That(IsFree(budget, BudgetBytes), Is.True, "The budget did not come back whole.");
    }

    /// <summary>A message whose frames are small, so that the reader's buffer stays small too.</summary>
    private static ZmtpMessage ManyFrames() =>
        Sides.Message([.. Enumerable.Range(0, 16).Select(_ => new byte[12_000])]);

    private static bool IsFree(ByteBudget budget, long bytes)
    {
        try
        {
            budget.Take(bytes);
        }
        catch (ZmtpException)
        {
            return false;
        }

        budget.Release(bytes);
        return true;
    }
}
