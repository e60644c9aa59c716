using FluentValidation;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// What a query limits jobs to, whatever their state. A job must pass every filter that is given. This is an interface
/// and no base class, since generated binding does not read inherited properties.
/// </summary>
internal interface IJobFilterQuery
{
    string? Method { get; }

    string? Handler { get; }

    string? Group { get; }

    string? Tag { get; }

    string? Schedule { get; }

    string? Batch { get; }

    string? From { get; }

    string? To { get; }

    string? Q { get; }

    /// <summary>The search of the store for these filters, which were checked before.</summary>
    JobSearch ToSearch(string ns, int limit, DateTimeOffset now) =>
        new()
        {
            Namespace = ns,
            Limit = limit,
            Now = now,
            Method = Method,
            Handler = Handler,
            Group = Group,
            Tag = Tag,
            Schedule = Schedule,
            Batch = BatchId.TryParse(Batch, out var batch) ? batch : null,
            From = QueryText.Instant(From),
            To = QueryText.Instant(To),
            Text = Q,
        };
}

internal sealed class JobFilterQueryValidator : AbstractValidator<IJobFilterQuery>
{
    /// <summary>How many characters a text may have that is searched for.</summary>
    public const int TextLengthMax = 200;

    public JobFilterQueryValidator()
    {
        RuleFor(query => query.Method).Name();
        RuleFor(query => query.Handler).Name();
        RuleFor(query => query.Group).Name();
        RuleFor(query => query.Tag).Text(Limits.TagLengthMax);
        RuleFor(query => query.Schedule).Name();
        RuleFor(query => query.Batch)
            .Must(static text => text is null || BatchId.TryParse(text, out _))
            .WithMessage("A batch's id is needed.");
        RuleFor(query => query.From).IsInstant();
        RuleFor(query => query.To).IsInstant();
        RuleFor(query => query.Q).Text(TextLengthMax);
    }

    public static JobFilterQueryValidator Instance { get; } = new();
}
