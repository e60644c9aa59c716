using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>Decides the requests of operators about handlers.</summary>
internal sealed class HandlerCommands(HandlerTable handlers, SessionTable sessions, Dispatcher dispatcher)
{
    public Answer Drain(BrokerInput.DrainHandler asked, Decision decision)
    {
        if (handlers.Find(asked.Namespace, asked.Name) is not { } handler)
        {
            return NotFound(asked.Name);
        }

        handlers.SetDrained(handler, asked.Drained, sessions.All, dispatcher, decision);
        return Answer.Done.Instance;
    }

    public Answer Disconnect(BrokerInput.DisconnectHandler asked, Decision decision)
    {
        if (handlers.Find(asked.Namespace, asked.Name) is not { } handler)
        {
            return NotFound(asked.Name);
        }

        foreach (var session in SessionsOf(handler))
        {
            if (session.Connection is { } connection)
            {
                const string Reason = "An operator closed the connection.";
                decision.Effects.Add(new Effect.Close(connection.Number, ErrorCodes.Unavailable, Reason));
                sessions.Disconnect(connection.Number, Reason, decision);
            }
        }

        return Answer.Done.Instance;
    }

    public Answer Delete(BrokerInput.DeleteHandler asked, Decision decision)
    {
        if (handlers.Find(asked.Namespace, asked.Name) is not { } handler)
        {
            return NotFound(asked.Name);
        }

        if (SessionsOf(handler).Count > 0)
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                "The handler is connected; revoke its key or disconnect it first."
            );
        }

        handlers.Delete(handler, decision);
        return Answer.Done.Instance;
    }

    private List<Session> SessionsOf(HandlerRecord handler) =>
        [.. sessions.All.Where(session => session.Namespace == handler.Namespace && session.Handler == handler.Name)];

    private static Answer.Refused NotFound(string name) => new(ErrorCodes.NotFound, $"There is no handler \"{name}\".");
}
