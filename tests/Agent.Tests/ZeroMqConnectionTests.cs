using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Connection;

namespace ScheduleZero.Agent.Tests;

/// <summary>A connection that ends while others send.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ZeroMqConnectionTests
{
    private const int Senders = 8;

    [Test]
    [Repeat(10)]
    public async Task No_sender_hangs_in_a_connection_that_is_disposed_meanwhile()
    {
        await using var router = FakeRouter.Start(FakeRouter.Plaintext);
        var connection = await ConnectAsync(router);
        using var sending = new CountdownEvent(Senders);
        var senders = Enumerable.Range(0, Senders).Select(_ => BeginSending(connection, sending)).ToList();
        Assert.That(sending.Wait(FakeBroker.Patience));

        await connection.DisposeAsync();

        await Task.WhenAll(senders).WaitAsync(FakeBroker.Patience);
    }

    [Test]
    public async Task What_is_sent_after_the_end_fails_at_once()
    {
        await using var router = FakeRouter.Start(FakeRouter.Plaintext);
        var connection = await ConnectAsync(router);
        await connection.DisposeAsync();
        await connection.DisposeAsync();

        for (var i = 0; i < 3; i++)
        {
            var sending = connection.SendAsync(new Heartbeat(1, []), CancellationToken.None);
            Assert.That(
                () => sending.WaitAsync(FakeBroker.Patience),
                Throws.TypeOf<CarrierException>().With.Message.Contains("closed")
            );
        }
    }

    [Test]
    public async Task When_the_other_side_ends_the_connection_the_open_question_and_what_is_sent_fail_with_the_reason()
    {
        var router = FakeRouter.Start(FakeRouter.Plaintext);
        var inbox = new Inbox();
        await using var connection = await ConnectAsync(router, inbox);
        var asking = connection.AskAsync(new Challenge("k1"), CancellationToken.None);
        await router.NextAsync<Challenge>();
        await router.DisposeAsync();
        foreach (
            var lost in new Func<Task>[]
            {
                () => asking.WaitAsync(FakeBroker.Patience),
                async () => await inbox.WaitAsync(CancellationToken.None).AsTask().WaitAsync(FakeBroker.Patience),
                () => connection.SendAsync(new Heartbeat(1, []), CancellationToken.None),
            }
        )
        {
            Assert.That(lost, Throws.TypeOf<CarrierException>().With.Message.Contains("The"));
        }
    }

    [Test]
    public async Task A_sender_waits_while_the_other_side_does_not_read_and_nothing_is_lost()
    {
        await using var router = FakeRouter.Start(FakeRouter.Plaintext);
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        router.MayRead = mayRead.Task;
        await using var connection = await ConnectAsync(router);
        var bye = new Bye(new string('x', 1_000_000));
        var sending = Enumerable.Range(0, 50).Select(_ => connection.SendAsync(bye, CancellationToken.None)).ToList();
        Assert.That(sending.Count(sent => !sent.IsCompleted), Is.GreaterThan(0));

        mayRead.SetResult();
        await Task.WhenAll(sending).WaitAsync(FakeBroker.Patience);
        for (var i = 0; i < sending.Count; i++)
        {
            await router.NextAsync<Bye>();
        }
    }

    private static async Task<IConnection> ConnectAsync(FakeRouter router, Inbox? inbox = null) =>
        await new Carriers(new HandlerAgentOptions(), TimeProvider.System, () => 0, NullLogger.Instance).ConnectAsync(
            new Uri(router.Address),
            inbox ?? new Inbox(),
            CancellationToken.None
        );

    /// <summary>
    /// Sends from a thread of its own until the connection says that it is closed. The task ends when the thread has,
    /// and every message has its answer.
    /// </summary>
    private static async Task BeginSending(IConnection connection, CountdownEvent sending)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                Send(connection, sending);
                ended.SetResult();
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        })
        {
            IsBackground = true,
        }.Start();
        await ended.Task;
    }

    private static void Send(IConnection connection, CountdownEvent sending)
    {
        for (var sent = 0; ; sent++)
        {
            if (sent == 1)
            {
                sending.Signal();
            }

            var taken = connection.SendAsync(new Heartbeat(1, []), CancellationToken.None);
            if (!SpinWait.SpinUntil(() => taken.IsCompleted, FakeBroker.Patience))
            {
                throw new TimeoutException("A message has no answer.");
            }

            if (taken.Exception?.InnerException is CarrierException { Message: "The connection is closed." })
            {
                return;
            }
        }
    }
}
