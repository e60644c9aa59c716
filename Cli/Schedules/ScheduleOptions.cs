using System.CommandLine;
using System.Text.Json;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary>A whole schedule, as arguments and options or as a file.</summary>
internal sealed class ScheduleOptions(TimeProvider time)
{
    private readonly Argument<string?> _name = new("NAME")
    {
        Description = "The schedule's name",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Argument<string?> _method = new("METHOD")
    {
        Description = "The method that its jobs run",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Argument<string?> _params = SubmitVerbs.ParamsArgument();
    private readonly Option<string?> _file = Values.Text(
        "--file",
        "The schedule as JSON, in place of all else; - for standard input",
        "FILE"
    );
    private readonly TriggerOptions _trigger = new(time);
    private readonly Option<MisfirePolicy?> _misfire = Values.Word<MisfirePolicy>(
        "--misfire",
        "Which missed occurrences run [default: latest]"
    );
    private readonly Option<TimeSpan?> _catchUpWindow = Values.Duration(
        "--catch-up-window",
        "Older ones are recorded as missed, never run [default: 1h]"
    );
    private readonly Option<OverlapPolicy?> _overlap = Values.Word<OverlapPolicy>(
        "--overlap",
        "If the job before is unfinished [default: allow]"
    );
    private readonly Option<TimeSpan?> _jitter = Values.Duration(
        "--jitter",
        "Delay each start by up to so much; the same occurrence always by the same [default: 0s]"
    );
    private readonly Option<DateTimeOffset?> _startAt = Values.Instant("--start-at", "Not due before", time);
    private readonly Option<DateTimeOffset?> _endAt = Values.Instant("--end-at", "Not due after", time);
    private readonly Option<long?> _maxOccurrences = Values.Number<long>("--max-occurrences", "Ends after so many");
    private readonly Option<string[]> _excludeCalendars = Values.Many(
        "--exclude-calendar",
        "A calendar on whose days it does not fire",
        "NAME"
    );
    private readonly Option<OfflinePolicy?> _offline = Values.Word<OfflinePolicy>(
        "--offline",
        "What the handler of --handler does while the Broker is out of its reach: run it by itself, or wait "
            + "[default: wait]"
    );
    private readonly Option<string?> _owner = Values.Text(
        "--owner",
        "Whose it is, as user:NAME or key:NAME [default: whose it was, or yours]",
        "ACCOUNT"
    );
    private readonly Option<bool> _paused = new("--paused") { Description = "Save it paused" };
    private readonly JobOptions _job = JobOptions.ForTemplate();

    public void AddTo(Command verb)
    {
        verb.Add(_name);
        verb.Add(_method);
        verb.Add(_params);
        verb.Add(_file);
        _trigger.AddTo(verb);
        verb.Add(_misfire);
        verb.Add(_catchUpWindow);
        verb.Add(_overlap);
        verb.Add(_jitter);
        verb.Add(_startAt);
        verb.Add(_endAt);
        verb.Add(_maxOccurrences);
        verb.Add(_excludeCalendars);
        verb.Add(_offline);
        verb.Add(_owner);
        verb.Add(_paused);
        _job.AddTo(verb);
    }

    /// <exception cref="UsageException">A part of the schedule is missing, or the file holds none.</exception>
    public async Task<ScheduleRequest> ReadAsync(Call call, CancellationToken cancellationToken)
    {
        var parsed = call.Parsed;
        if (parsed.GetValue(_file) is { } file)
        {
            var fromFile = await ReadFileAsync(file, call.Terminal.In, cancellationToken);
            return parsed.GetValue(_name) is { } name && name != fromFile.Name
                ? throw new UsageException($"The file is of schedule '{fromFile.Name}', not '{name}'.")
                : fromFile;
        }

        if (
            parsed.GetValue(_name) is not { } given
            || parsed.GetValue(_method) is not { } method
            || _trigger.Read(parsed) is not { } trigger
        )
        {
            throw new UsageException(
                "Give NAME, METHOD and one of --cron, --every, --at and --time-of-day; or --file FILE."
            );
        }

        var parameters = parsed.GetValue(_params) is { } text
            ? await Values.ReadJsonAsync(text, "params", call.Terminal.In, cancellationToken)
            : default(RawJson);
        return new ScheduleRequest
        {
            Name = given,
            Trigger = trigger,
            Job = _job.Read(parsed, method, parameters),
            Misfire = parsed.GetValue(_misfire),
            CatchUpWindow = parsed.GetValue(_catchUpWindow),
            Overlap = parsed.GetValue(_overlap),
            Jitter = parsed.GetValue(_jitter),
            StartAt = parsed.GetValue(_startAt),
            EndAt = parsed.GetValue(_endAt),
            MaxOccurrences = parsed.GetValue(_maxOccurrences),
            ExcludeCalendars = Values.GivenOrNull(parsed.GetValue(_excludeCalendars)),
            Offline = parsed.GetValue(_offline),
            Owner = parsed.GetValue(_owner),
            Paused = parsed.GetValue(_paused) ? true : null,
        };
    }

    private static async Task<ScheduleRequest> ReadFileAsync(
        string file,
        TextReader standardInput,
        CancellationToken cancellationToken
    )
    {
        var json = await Values.ReadJsonAsync(
            file == "-" ? file : $"@{file}",
            "contents of the file",
            standardInput,
            cancellationToken
        );
        try
        {
            return JsonSerializer.Deserialize(json.Utf8.Span, StrictJson.Of(RestJson.Default.ScheduleRequest))
                ?? throw new UsageException("The file holds null.");
        }
        catch (JsonException) when (IsView(json))
        {
            // The file is an output of "schedules get -o json". The fields that only the Broker sets are ignored.
            return JsonSerializer.Deserialize(json.Utf8.Span, RestJson.Default.ScheduleRequest)!;
        }
        catch (JsonException e)
        {
            throw new UsageException($"{file} is no schedule: {e.Message}");
        }
    }

    private static bool IsView(RawJson json)
    {
        try
        {
            return JsonSerializer.Deserialize(json.Utf8.Span, StrictJson.Of(RestJson.Default.ScheduleView)) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
