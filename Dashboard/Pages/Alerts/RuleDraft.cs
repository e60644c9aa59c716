using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Alerts;

/// <summary>A rule as somebody types it.</summary>
public sealed class RuleDraft
{
    public string Name { get; set; } = "";

    public string Description { get; set; } = "";

    public AlertCondition When { get; set; } = AlertCondition.JobFailed;

    public string Only { get; set; } = "";

    public string After { get; set; } = "";

    /// <summary>The names of the channels that are told.</summary>
    public HashSet<string> Channels { get; } = new(StringComparer.Ordinal);

    public string Wait { get; set; } = "";

    public string Repeat { get; set; } = "";

    public string Quiet { get; set; } = "";

    public bool TellEnd { get; set; } = true;

    public bool Together { get; set; }

    public bool Enabled { get; set; } = true;

    public static RuleDraft Of(AlertRuleView rule)
    {
        var draft = new RuleDraft
        {
            Name = rule.Name,
            Description = rule.Description ?? "",
            When = rule.When,
            Only = NameList.Of(rule.Only),
            After = DurationText.Of(rule.After),
            Wait = DurationText.Of(rule.Wait),
            Repeat = DurationText.Of(rule.Repeat),
            Quiet = DurationText.Of(rule.Quiet),
            TellEnd = rule.TellEnd,
            Together = rule.Together,
            Enabled = rule.Enabled,
        };
        draft.Channels.UnionWith(rule.Channels);
        return draft;
    }

    /// <summary>The rule as REST takes it. What cannot be read is noted among the errors.</summary>
    /// <param name="isWhole">Whether what is missing is an error, too: not while somebody is still typing.</param>
    public AlertRuleRequest Read(FieldErrors errors, bool isWhole)
    {
        var only = AlertText.WatchedOf(When) is null ? null : NameList.ParseOrNull(Only);
        var hasAfter = AlertText.HasAfter(When);
        var after = hasAfter
            ? errors.Duration("after", After, isNeeded: isWhole && AlertText.DefaultAfter(When) is null)
            : null;
        if (isWhole && Channels.Count == 0)
        {
            errors.Add("channels", "Choose a channel: somebody has to be told.");
        }

        if (When == AlertCondition.NothingSucceeded)
        {
            CheckNames(only, errors, isWhole);
        }

        var request = new AlertRuleRequest
        {
            Description = Description.Trim() is { Length: > 0 } text ? text : null,
            When = When,
            Only = only,
            After = after,
            Channels = [.. Channels.Order(StringComparer.Ordinal)],
            Wait = errors.Duration("wait", Wait),
            Repeat = errors.Duration("repeat", Repeat),
            Quiet = AlertText.IsEvent(When) ? errors.Duration("quiet", Quiet) : null,
            TellEnd = TellEnd,
            Together = Together,
            Enabled = Enabled,
        };
        CheckBounds(request, errors);
        return request;
    }

    private static void CheckNames(IReadOnlyList<string>? methods, FieldErrors errors, bool isWhole)
    {
        if (methods?.Any(name => name.Contains('*', StringComparison.Ordinal)) == true)
        {
            errors.Add("only", "The names of methods are needed, without *.");
        }
        else if (isWhole && methods is null)
        {
            errors.Add("only", "Name the methods that should succeed.");
        }
    }

    private static void CheckBounds(AlertRuleRequest rule, FieldErrors errors)
    {
        Check(errors, "after", rule.After, TimeSpan.FromMinutes(1), TimeSpan.FromDays(365), "1 min to 365 d");
        Check(errors, "wait", rule.Wait, TimeSpan.Zero, TimeSpan.FromHours(1), "0 s to 1 h");
        Check(errors, "repeat", rule.Repeat, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30), "1 min to 30 d");
        Check(errors, "quiet", rule.Quiet, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7), "1 min to 7 d");
    }

    private static void Check(
        FieldErrors errors,
        string field,
        TimeSpan? given,
        TimeSpan min,
        TimeSpan max,
        string bounds
    )
    {
        if (given < min || given > max)
        {
            errors.Add(field, $"It must be {bounds}.");
        }
    }
}
