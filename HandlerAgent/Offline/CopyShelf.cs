using System.Text.Json;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>The kept copies, each in a file of its own. The keeper's lock guards it.</summary>
internal sealed class CopyShelf
{
    private const string Prefix = "copy-";

    private readonly string _folder;
    private readonly Keeper _keeper;
    private readonly ILogger _logger;
    private readonly Dictionary<Guid, KeptSlot> _slots = [];

    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public CopyShelf(string folder, Keeper keeper, ILogger logger)
    {
        (_folder, _keeper, _logger) = (folder, keeper, logger);
        foreach (var path in Directory.EnumerateFiles(folder, $"{Prefix}*.json"))
        {
            if (Read(path, keeper, logger) is { } slot && path == PathOf(slot.Schedule.ScheduleId))
            {
                slot.IsOnDisk = true;
                _slots[slot.Schedule.ScheduleId] = slot;
            }
        }
    }

    public IReadOnlyCollection<KeptSlot> Slots => _slots.Values;

    /// <summary>
    /// Takes what is good of it. What cannot be written counts all the same, as long as this process lives.
    /// </summary>
    public void Hear(Keep keep)
    {
        foreach (var copy in keep.Copies)
        {
            Hear(new SignedCopy(keep.Key, copy));
        }

        if (keep.Only is { } only)
        {
            foreach (var id in _slots.Keys.Except(only).ToList())
            {
                Remove(id);
            }
        }
    }

    private void Hear(SignedCopy signed)
    {
        if (VerifiedCopy.TryRead(signed, _keeper, out var problem) is not { } copy)
        {
            _logger.CopyNotGood("a message", problem);
        }
        else if (
            _slots.GetValueOrDefault(copy.Schedule.ScheduleId) is { IsOnDisk: true } known
            && known.Copy.Signed == signed
        )
        {
            // Each session gives all of them again.
        }
        else if (KeptSlot.TryCreate(copy, out problem) is { } slot)
        {
            Put(slot);
        }
        else
        {
            // What it was before counts no more.
            _logger.CopyNotGood("a message", problem);
            Remove(copy.Schedule.ScheduleId);
        }
    }

    private void Put(KeptSlot slot)
    {
        var id = slot.Schedule.ScheduleId;
        _slots[id] = slot;
        OnDisk(
            id,
            () =>
            {
                WholeFile.Write(PathOf(id), JsonSerializer.SerializeToUtf8Bytes(slot.Copy.Signed, OfflineJson.Options));
                slot.IsOnDisk = true;
            }
        );
    }

    private void Remove(Guid id)
    {
        _slots.Remove(id);
        OnDisk(
            id,
            () =>
            {
                File.Delete(PathOf(id));
                Folders.FlushToDisk(_folder);
            }
        );
    }

    private void OnDisk(Guid id, Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.CopyNotKept(id, e.Message);
        }
    }

    private static KeptSlot? Read(string path, Keeper keeper, ILogger logger)
    {
        var problem = "it is no copy of a schedule";
        try
        {
            if (
                JsonSerializer.Deserialize<SignedCopy>(File.ReadAllBytes(path), OfflineJson.Options) is { } signed
                && VerifiedCopy.TryRead(signed, keeper, out problem) is { } copy
                && KeptSlot.TryCreate(copy, out problem) is { } slot
            )
            {
                return slot;
            }
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or FormatException
                        or ArgumentException
                        or NotSupportedException
                        or IOException
                        or UnauthorizedAccessException
            )
        {
            problem = $"it cannot be read: {e.Message}";
        }

        logger.CopyNotGood(path, problem);
        return null;
    }

    private string PathOf(Guid scheduleId) => Path.Combine(_folder, $"{Prefix}{scheduleId:D}.json");
}
