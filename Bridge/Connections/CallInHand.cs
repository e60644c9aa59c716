using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Connections;

/// <summary>The call of a handler that waits for the Broker's answer, if there is one. Safe from any thread.</summary>
internal sealed class CallInHand
{
    /// <summary>The answer that the call waits for; null when no call waits.</summary>
    private TaskCompletionSource<HelloAnswer>? _answer;

    /// <summary>Directs the Broker's next answer to a new call.</summary>
    public Task<HelloAnswer> Begin()
    {
        var answer = new TaskCompletionSource<HelloAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _answer, answer);
        return answer.Task;
    }

    public void Answer(MessageKind kind, ReadOnlyMemory<byte> body) =>
        Interlocked.Exchange(ref _answer, null)?.TrySetResult(HelloAnswer.Read(kind, body));

    /// <summary>Ends the wait of the call, if there is one, without the Broker.</summary>
    public void Fail(string reason) =>
        Interlocked
            .Exchange(ref _answer, null)
            ?.TrySetResult(new HelloAnswer(default, new Refused(ErrorCodes.Unavailable, reason), IsOfBroker: false));
}
