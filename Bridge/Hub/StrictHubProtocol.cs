using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace ScheduleZero.Bridge.Hub;

/// <summary>
/// A hub protocol that ends a connection after a few messages that make no sense, and whose errors are those of the
/// handler protocol. SignalR drops unknown methods and arguments that do not fit without a word to anyone, at any rate.
/// </summary>
internal sealed class StrictHubProtocol(IHubProtocol inner, int strikesMax) : IHubProtocol
{
    private const string HubExceptionMark = "HubException: ";

    // The strikes of each connection, by its binder, which lives as long as the connection and is the only trace of it
    // here.
    private readonly ConditionalWeakTable<IInvocationBinder, StrongBox<int>> _strikes = [];

    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

    public bool TryParseMessage(
        ref ReadOnlySequence<byte> input,
        IInvocationBinder binder,
        [NotNullWhen(true)] out HubMessage? message
    )
    {
        if (!inner.TryParseMessage(ref input, binder, out message))
        {
            return false;
        }

        if (!IsSensible(message) && ++_strikes.GetOrCreateValue(binder).Value > strikesMax)
        {
            throw new InvalidDataException("Too many messages that make no sense.");
        }

        return true;
    }

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) =>
        inner.WriteMessage(WithPlainError(message), output);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(WithPlainError(message));

    private static bool IsSensible(HubMessage message) =>
        message switch
        {
            StreamInvocationMessage or InvocationBindingFailureMessage or StreamBindingFailureMessage => false,
            InvocationMessage invocation => HandlerHub.Methods.Contains(invocation.Target),
            PingMessage or CloseMessage => true,
            _ => false,
        };

    /// <summary>
    /// The error without SignalR's own sentence: SignalR writes that sentence before the message of a HubException, but
    /// the protocol wants the code first.
    /// </summary>
    private static HubMessage WithPlainError(HubMessage message)
    {
        if (message is not CompletionMessage { Error: { } error, InvocationId: { } id })
        {
            return message;
        }

        var mark = error.IndexOf(HubExceptionMark, StringComparison.Ordinal);
        return mark < 0 ? message : CompletionMessage.WithError(id, error[(mark + HubExceptionMark.Length)..]);
    }
}
