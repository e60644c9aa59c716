namespace ScheduleZero.Contracts.Handlers;

/// <summary>
/// A message of the handler protocol or of the Bridge link. The record of a message says which
/// <see cref="MessageKind"/> it is, so a header never names another kind than that of its body.
/// </summary>
public interface IMessage
{
    /// <summary>The kind that the message's header names.</summary>
    MessageKind Kind { get; }
}

/// <summary>A message whose kind is known from its type, before there is a message.</summary>
/// <typeparam name="TSelf">The record that implements the interface.</typeparam>
public interface IMessage<TSelf> : IMessage
    where TSelf : class, IMessage<TSelf>
{
    /// <summary>The kind of every message of the type.</summary>
    static abstract MessageKind MessageKind { get; }

    MessageKind IMessage.Kind => TSelf.MessageKind;
}

/// <summary>A message that the Broker says to a handler.</summary>
public interface IBrokerMessage : IMessage;

/// <summary>A message that a handler says to the Broker.</summary>
public interface IHandlerMessage : IMessage;

/// <summary>A message of a handler that the Broker answers with <typeparamref name="TAnswer"/> or with
/// <see cref="Refused"/>.</summary>
public interface IHandlerQuestion<TAnswer> : IHandlerMessage
    where TAnswer : class, IMessage<TAnswer>, IBrokerMessage;
