using NetMQ;
using ScheduleZero.Edges;

namespace ScheduleZero.Host.Tests.Edges;

/// <summary>
/// The signal by which other threads wake a thread that polls sockets. No sender ever waits for that thread.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class PollerSignalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public void Nobody_waits_for_a_poller_that_does_not_run()
    {
        using var signal = new PollerSignal();
        Returns(() =>
        {
            // More signals than any socket buffers.
            for (var i = 0; i < 100_000; i++)
            {
                Assert.That(signal.Set());
            }
        });
    }

    [Test]
    public void Whoever_comes_after_the_end_is_told_and_does_not_wait()
    {
        var signal = new PollerSignal();
        signal.Set();
        signal.Dispose();
        signal.Dispose();
        Returns(() => Assert.That((signal.Set(), signal.Set()), Is.EqualTo((false, false))));
    }

    [Test]
    public void A_thread_that_was_about_to_speak_when_the_end_came_does_not_wait()
    {
        var signal = new PollerSignal();
        using var ready = new CountdownEvent(4);
        var speakers = Enumerable
            .Range(0, 4)
            .Select(_ =>
                Begin(() =>
                {
                    ready.Signal();
                    while (signal.Set())
                    {
                        // The sender runs until the signal is disposed.
                    }
                })
            )
            .ToList();
        Assert.That(ready.Wait(Patience));
        signal.Dispose();
        Assert.That(speakers.All(speaker => speaker.Join(Patience)));
    }

    [Test]
    public void Work_that_is_left_before_the_signal_is_seen_and_none_is_missed()
    {
        const int Pieces = 200_000;
        var left = 0;
        var seen = 0;
        using var all = new ManualResetEventSlim();
        using var signal = new PollerSignal();
        using var poller = new NetMQPoller { signal.Pollable };
        signal.Raised += () =>
        {
            seen = Volatile.Read(ref left);
            if (seen == Pieces)
            {
                all.Set();
                poller.Stop();
            }
        };
        var polling = Begin(poller.Run);
        for (var i = 0; i < Pieces; i++)
        {
            Interlocked.Increment(ref left);
            signal.Set();
        }

        Assert.That(all.Wait(Patience), $"{seen} were seen");
        Assert.That(polling.Join(Patience));
    }

    private static void Returns(Action act)
    {
        Exception? failure = null;
        var thread = Begin(() =>
        {
            try
            {
                act();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        Assert.That(thread.Join(Patience), "it waits");
        Assert.That(failure, Is.Null);
    }

    private static Thread Begin(Action act)
    {
        var thread = new Thread(() => act()) { IsBackground = true };
        thread.Start();
        return thread;
    }
}
