namespace ScheduleZero.Broker.Storage;

/// <summary>
/// The place where the Broker's state outlives the process: everything that one database has to offer. Only the code
/// that puts the Broker together names this interface; each reader asks for the part that it uses.
/// </summary>
public interface IBrokerStore : IStateStore, IHistoryReader, IAuditReader, IStoreUpkeep, IAsyncDisposable;
