using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// The one thread that touches LiteDB. Commits go before reads, but a read that waits runs after each commit: commits
/// that follow each other without a gap must not keep readers waiting. When there is neither, the thread does the idle
/// work. After a failure nothing runs any more.
/// </summary>
internal sealed class StorageThread : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<Turn> _commits = new();
    private readonly Queue<Turn> _reads = new();
    private readonly SemaphoreSlim _commitRoom = new(4);
    private readonly SemaphoreSlim _readRoom;
    private readonly AutoResetEvent _wake = new(false);
    private readonly SemaphoreSlim _ended = new(0);
    private readonly Func<bool, TimeSpan> _idle;
    private readonly Action _between;
    private readonly Action<Exception> _failed;

    /// <summary>The failure after which nothing runs any more; null before that.</summary>
    private StoreFailedException? _failure;

    private bool _stopping;

    /// <summary>Whether a commit has run since the last read. Guarded by the gate.</summary>
    private bool _readIsDue;

    /// <summary>Starts the thread.</summary>
    /// <param name="idle">Does the idle work. The function is given whether the thread has waited in vain, and returns
    /// how long to wait before the next call, zero for not at all.</param>
    /// <param name="between">Called after each commit.</param>
    /// <param name="failed">Called once, with the failure.</param>
    public StorageThread(int readsMax, Func<bool, TimeSpan> idle, Action between, Action<Exception> failed)
    {
        _between = between;
        _readRoom = new SemaphoreSlim(readsMax);
        _idle = idle;
        _failed = failed;
        new Thread(Run) { IsBackground = true, Name = "storage" }.Start();
    }

    public Task<T> CommitAsync<T>(Func<T> work, CancellationToken cancellationToken) =>
        EnqueueAsync(_commits, _commitRoom, work, cancellationToken);

    public Task<T> ReadAsync<T>(Func<T> work, CancellationToken cancellationToken) =>
        EnqueueAsync(_reads, _readRoom, work, cancellationToken);

    public Task CommitAsync(Action work, CancellationToken cancellationToken) =>
        CommitAsync(Returning(work), cancellationToken);

    public Task ReadAsync(Action work, CancellationToken cancellationToken) =>
        ReadAsync(Returning(work), cancellationToken);

    /// <summary>Throws when the store has failed or is closed.</summary>
    /// <exception cref="StoreFailedException">The store has failed or is closed.</exception>
    public void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            throw new StoreFailedException(failure.Message, failure.InnerException);
        }
    }

    /// <summary>
    /// Runs the work that waits to its end; the task completes when the thread has ended. For one caller, once.
    /// </summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            _stopping = true;
        }

        _wake.Set();
        return _ended.WaitAsync();
    }

    public void Dispose()
    {
        _commitRoom.Dispose();
        _readRoom.Dispose();
        _wake.Dispose();
        _ended.Dispose();
    }

    private static Func<bool> Returning(Action work) =>
        () =>
        {
            work();
            return true;
        };

    private async Task<T> EnqueueAsync<T>(
        Queue<Turn> queue,
        SemaphoreSlim room,
        Func<T> work,
        CancellationToken cancellationToken
    )
    {
        ThrowIfFailed();
        await room.WaitAsync(cancellationToken);
        try
        {
            var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate)
            {
                ThrowIfFailed();
                if (_stopping)
                {
                    throw new StoreFailedException("The store is closed.");
                }

                queue.Enqueue(new Turn<T>(work, result));
            }

            _wake.Set();
            return await result.Task;
        }
        finally
        {
            room.Release();
        }
    }

    private void Run()
    {
        var delay = TimeSpan.Zero;
        while (true)
        {
            if (RunNext())
            {
                delay = TimeSpan.Zero;
            }
            else if (IsStopping())
            {
                break;
            }
            else
            {
                var waited = delay > TimeSpan.Zero || delay == Timeout.InfiniteTimeSpan;
                if (waited && _wake.WaitOne(delay))
                {
                    delay = TimeSpan.Zero;
                    continue;
                }

                Attempt(
                    () => delay = Volatile.Read(ref _failure) is null ? _idle(waited) : Timeout.InfiniteTimeSpan,
                    turn: null
                );
            }
        }

        _ended.Release();
    }

    // The turn is a method of its own, never inlined: the frame of Run lives on while the thread waits, and would hold
    // the result of the last turn in memory. At a start, that is everything that was loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool RunNext()
    {
        if (!TryDequeue(out var turn, out var isCommit))
        {
            return false;
        }

        Attempt(turn.Run, turn);
        if (isCommit)
        {
            Attempt(_between, turn: null);
        }

        return true;
    }

    private void Attempt(Action work, Turn? turn)
    {
        try
        {
            ThrowIfFailed();
            work();
        }
        catch (Exception e) when (e is StoreFailedException && _failure is not null)
        {
            turn?.Fail(e);
        }
        catch (Exception e)
        {
            if (turn is null || e is not FormatException)
            {
                Fail(e);
                e = _failure!;
            }

            turn?.Fail(e);
        }
    }

    private void Fail(Exception cause)
    {
        if (cause is StoreFailedException known)
        {
            Volatile.Write(ref _failure, known);
            return;
        }

        Volatile.Write(ref _failure, StoreMessages.Failed(cause));
        _failed(cause);
    }

    private bool TryDequeue([NotNullWhen(true)] out Turn? turn, out bool isCommit)
    {
        lock (_gate)
        {
            if (_readIsDue && _reads.TryDequeue(out turn))
            {
                _readIsDue = isCommit = false;
                return true;
            }

            _readIsDue = isCommit = _commits.TryDequeue(out turn);
            return isCommit || _reads.TryDequeue(out turn);
        }
    }

    private bool IsStopping()
    {
        lock (_gate)
        {
            return _stopping && _commits.Count == 0 && _reads.Count == 0;
        }
    }

    private abstract class Turn
    {
        public abstract void Run();

        public abstract void Fail(Exception cause);
    }

    private sealed class Turn<T>(Func<T> work, TaskCompletionSource<T> result) : Turn
    {
        public override void Run() => result.SetResult(work());

        public override void Fail(Exception cause) => result.SetException(cause);
    }
}
