namespace ScheduleZero.Bridge.Connections;

/// <summary>
/// The time in which one link to the Broker serves the handlers, from its welcome to its loss. A connection is
/// announced to the Broker once in each term; what was queued in one term is never sent in another. Terms are compared
/// by reference.
/// </summary>
internal class Term;
