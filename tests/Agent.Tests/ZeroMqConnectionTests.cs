using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Connection.ZeroMq;

namespace ScheduleZero.Agent.Tests;

/// <summary>A connection that ends while others send. Nobody listens at its address.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ZeroMqConnectionTests
{
    private const string Nowhere = "tcp://127.0.0.1:1";
    private const int Senders = 8;

    [Test]
    [Repeat(10)]
    public async Task No_sender_hangs_in_a_connection_that_is_disposed_meanwhile()
    {
        var connection = new ZeroMqConnection(Nowhere, null, new Inbox(), NullLogger.Instance);
        using var sending = new CountdownEvent(Senders);
        var senders = Enumerable.Range(0, Senders).Select(_ => BeginSending(connection, sending)).ToList();
        Assert.That(sending.Wait(FakeBroker.Patience));

        await connection.DisposeAsync();

        await Task.WhenAll(senders).WaitAsync(FakeBroker.Patience);
    }

    [Test]
    public async Task What_is_sent_after_the_end_fails_at_once()
    {
        var connection = new ZeroMqConnection(Nowhere, null, new Inbox(), NullLogger.Instance);
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

    /// <summary>
    /// Sends from a thread of its own until the connection says that it is closed. The task ends when the thread has,
    /// and every message has its answer.
    /// </summary>
    private static async Task BeginSending(ZeroMqConnection connection, CountdownEvent sending)
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

    private static void Send(ZeroMqConnection connection, CountdownEvent sending)
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

            // Else nobody is there, and the Broker takes no more messages.
            if (taken.Exception?.InnerException is CarrierException { Message: "The connection is closed." })
            {
                return;
            }
        }
    }
}
