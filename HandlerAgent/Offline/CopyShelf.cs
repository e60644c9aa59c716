using System.Text.Json;
using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>The kept copies, each in a file of its own. The keeper's lock guards it.</summary>
internal sealed class CopyShelf
{
    private const string Prefix = "copy-";

    private readonly string _folder;
    private readonly Dictionary<Guid, KeptSlot> _slots = [];

    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public CopyShelf(string folder, Keeper keeper, ILogger logger)
    {
        _folder = folder;
        foreach (var path in Directory.EnumerateFiles(folder, $"{Prefix}*.json"))
        {
            if (Read(path, keeper, logger) is { } slot && path == PathOf(slot.Schedule.ScheduleId))
            {
                _slots[slot.Schedule.ScheduleId] = slot;
            }
        }
    }

    public IReadOnlyCollection<KeptSlot> Slots => _slots.Values;

    public KeptSlot? Find(Guid scheduleId) => _slots.GetValueOrDefault(scheduleId);

    /// <summary>It counts from now on, also if it cannot be written.</summary>
    /// <exception cref="IOException">It is not on the disk.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public void Put(KeptSlot slot)
    {
        _slots[slot.Schedule.ScheduleId] = slot;
        WholeFile.Write(PathOf(slot.Schedule.ScheduleId), JsonSerializer.SerializeToUtf8Bytes(slot.Copy.Signed, OfflineJson.Options));
    }

    /// <exception cref="IOException">It is still on the disk.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public void Remove(Guid scheduleId)
    {
        _slots.Remove(scheduleId);
        File.Delete(PathOf(scheduleId));
        Folders.FlushToDisk(_folder);
    }

    private static KeptSlot? Read(string path, Keeper keeper, ILogger logger)
    {
        var problem = "it is no copy of a schedule";
        try
        {
            if (JsonSerializer.Deserialize<SignedCopy>(File.ReadAllBytes(path), OfflineJson.Options) is { } signed
                && VerifiedCopy.TryRead(signed, keeper, out problem) is { } copy
                && KeptSlot.TryCreate(copy, out problem) is { } slot)
            {
                return slot;
            }
        }
        catch (JsonException)
        {
            // Said below.
        }

        logger.CopyNotGood(path, problem);
        return null;
    }

    private string PathOf(Guid scheduleId) => Path.Combine(_folder, $"{Prefix}{scheduleId:D}.json");
}
