namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>
/// The reads that one turn of the storage thread may still make for a search, so that commits pass in between.
/// </summary>
internal sealed class SearchBudget(int reads)
{
    private int _left = reads;

    public bool IsSpent => _left <= 0;

    public void Spend(int reads) => _left -= reads;
}
