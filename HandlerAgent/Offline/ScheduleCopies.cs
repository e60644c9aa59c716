using System.Text.Json;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// The signed copies of schedules that this handler has in custody, each in a file of its own.
/// The lock of the <see cref="OfflineCustodian"/> guards every member; the type has no lock of its own.
/// </summary>
internal sealed class ScheduleCopies
{
    private const string Prefix = "copy-";

    private readonly string _folder;
    private readonly CustodianId _custodian;
    private readonly ILogger _logger;

    /// <summary>The schedules in custody, by their id.</summary>
    private readonly Dictionary<Guid, CustodySchedule> _schedules = [];

    /// <summary>Reads the copies of a folder. A copy that is not valid is logged and left where it is.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    public ScheduleCopies(string folder, CustodianId custodian, ILogger logger)
    {
        (_folder, _custodian, _logger) = (folder, custodian, logger);
        foreach (var path in Directory.EnumerateFiles(folder, $"{Prefix}*.json"))
        {
            if (Read(path, custodian, logger) is { } held && path == PathOf(held.Schedule.ScheduleId))
            {
                held.IsOnDisk = true;
                _schedules[held.Schedule.ScheduleId] = held;
            }
        }
    }

    /// <summary>The schedules in custody, those too whose copy could not be written.</summary>
    public IReadOnlyCollection<CustodySchedule> Schedules => _schedules.Values;

    /// <summary>
    /// Accepts the valid copies of a message, and deletes those that the message does not list any more. A copy that
    /// cannot be written counts all the same, as long as this process lives.
    /// </summary>
    public void Receive(Keep keep)
    {
        foreach (var copy in keep.Copies)
        {
            Receive(new SignedCopy(keep.Key, copy));
        }

        if (keep.Only is { } only)
        {
            foreach (var id in _schedules.Keys.Except(only).ToList())
            {
                Remove(id);
            }
        }
    }

    private void Receive(SignedCopy signed)
    {
        if (VerifiedCopy.TryRead(signed, _custodian, out var problem) is not { } copy)
        {
            _logger.CopyNotGood("a message", problem);
        }
        else if (
            _schedules.GetValueOrDefault(copy.Schedule.ScheduleId) is { IsOnDisk: true } known
            && known.Copy.Signed == signed
        )
        {
            // The failure does no harm: every session gives all copies again.
        }
        else if (CustodySchedule.TryCreate(copy, out problem) is { } held)
        {
            Put(held);
        }
        else
        {
            // An older copy of the schedule does not count any more.
            _logger.CopyNotGood("a message", problem);
            Remove(copy.Schedule.ScheduleId);
        }
    }

    private void Put(CustodySchedule held)
    {
        var id = held.Schedule.ScheduleId;
        _schedules[id] = held;
        OnDisk(
            id,
            () =>
            {
                WholeFile.Write(PathOf(id), JsonSerializer.SerializeToUtf8Bytes(held.Copy.Signed, OfflineJson.Options));
                held.IsOnDisk = true;
            }
        );
    }

    private void Remove(Guid id)
    {
        _schedules.Remove(id);
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

    private static CustodySchedule? Read(string path, CustodianId custodian, ILogger logger)
    {
        var problem = "it is no copy of a schedule";
        try
        {
            if (
                JsonSerializer.Deserialize<SignedCopy>(File.ReadAllBytes(path), OfflineJson.Options) is { } signed
                && VerifiedCopy.TryRead(signed, custodian, out problem) is { } copy
                && CustodySchedule.TryCreate(copy, out problem) is { } held
            )
            {
                return held;
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
