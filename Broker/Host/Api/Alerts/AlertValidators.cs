using FluentValidation;
using ScheduleZero.Broker.Host.Alerting;
using ScheduleZero.Broker.Host.Alerting.Sending.Web;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Api.Alerts;

internal static class AlertTexts
{
    public const int DescriptionLengthMax = 1000;
}

internal sealed class AlertChannelRequestValidator : AbstractValidator<AlertChannelRequest>
{
    private const int RecipientsMax = 20;

    public AlertChannelRequestValidator()
    {
        RuleFor(channel => channel.Name).Name();
        RuleFor(channel => channel.Description).Text(AlertTexts.DescriptionLengthMax);
        RuleFor(channel => channel.Kind).IsInEnum().WithMessage("One of webhook, slack, teams and mail is needed.");
        RuleFor(channel => channel.Url)
            .Custom(
                static (url, context) =>
                {
                    if (url is not null && AlertUrls.ProblemOf(url) is { } problem)
                    {
                        context.AddFailure(problem);
                    }
                }
            );
        RuleFor(channel => channel.Url)
            .Null()
            .When(channel => channel.Kind == AlertChannelKind.Mail)
            .WithMessage("Mail has no URL; name the addresses in \"to\".");
        RuleFor(channel => channel.Secret)
            .Must(static secret => secret is null || WebhookSecret.TryRead(secret) is not null)
            .WithMessage($"A secret is {WebhookSecret.Prefix} and 24 to 64 bytes in Base64.");
        RuleFor(channel => channel.Secret)
            .Null()
            .When(channel => channel.Kind != AlertChannelKind.Webhook)
            .WithMessage("Only a webhook has a secret.");
        RuleFor(channel => channel.To)
            .Null()
            .When(channel => channel.Kind != AlertChannelKind.Mail)
            .WithMessage("Only mail has addresses; give a \"url\".");
        RuleFor(channel => channel.To)
            .Must(static to => to is { Count: > 0 and <= RecipientsMax })
            .When(channel => channel.Kind == AlertChannelKind.Mail)
            .WithMessage($"1 to {RecipientsMax} mail addresses are needed.");
        RuleForEach(channel => channel.To)
            .Must(SettingText.IsMailAddress)
            .WithMessage("A mail address such as \"ops@example.org\" is needed, without a name.");
    }

    public static AlertChannelRequestValidator Instance { get; } = new();
}

internal sealed class AlertRuleRequestValidator : AbstractValidator<AlertRuleRequest>
{
    private const int PatternsMax = 64;
    private const int ChannelsMax = 10;

    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    public AlertRuleRequestValidator()
    {
        RuleFor(rule => rule.Name).Name();
        RuleFor(rule => rule.Description).Text(AlertTexts.DescriptionLengthMax);
        RuleFor(rule => rule.When)
            .IsInEnum()
            .WithMessage($"One of {string.Join(", ", AlertConditions.Words)} is needed.");
        RuleFor(rule => rule.Only)
            .Must(static only => only is null or { Count: > 0 and <= PatternsMax })
            .WithMessage($"1 to {PatternsMax} patterns are taken; leave the field out to watch all.");
        RuleForEach(rule => rule.Only).Pattern();
        RuleFor(rule => rule.Only)
            .Must(static only => only is { Count: > 0 } && only.All(name => !name.Contains('*')))
            .When(rule => rule.When == AlertCondition.NothingSucceeded)
            .WithMessage("nothingSucceeded needs the names of methods, without *.");
        RuleFor(rule => rule.Only)
            .Null()
            .When(rule => AlertConditions.AreOfWholeBroker(rule.When))
            .WithMessage("This condition is about the whole Broker, so there is nothing to choose.");
        RuleFor(rule => rule.After).Within(_minute, TimeSpan.FromDays(365));
        RuleFor(rule => rule.After)
            .NotNull()
            .When(rule => rule.When == AlertCondition.NothingSucceeded)
            .WithMessage("nothingSucceeded needs the time in which something should have succeeded.");
        RuleFor(rule => rule.After)
            .Null()
            .When(rule => !AlertConditions.HaveTime(rule.When))
            .WithMessage("This condition has no such time.");
        RuleFor(rule => rule.Quiet)
            .Null()
            .When(rule => !AlertConditions.AreEvents(rule.When))
            .WithMessage("An alert of this condition ends when the condition does not hold any more.");
        RuleFor(rule => rule.Channels)
            .Must(static names => names is { Count: > 0 and <= ChannelsMax } && names.Distinct().Count() == names.Count)
            .WithMessage($"1 to {ChannelsMax} channels are needed, each once.");
        RuleForEach(rule => rule.Channels).NotNull().WithMessage("A name is needed.").Name();
        RuleFor(rule => rule.Wait).Within(TimeSpan.Zero, _hour);
        RuleFor(rule => rule.Repeat).Within(_minute, TimeSpan.FromDays(30));
        RuleFor(rule => rule.Quiet).Within(_minute, TimeSpan.FromDays(7));
    }

    public static AlertRuleRequestValidator Instance { get; } = new();
}

internal sealed class AlertMuteRequestValidator : AbstractValidator<AlertMuteRequest>
{
    public AlertMuteRequestValidator()
    {
        RuleFor(mute => (DateTimeOffset?)mute.Until).SaneInstant().OverridePropertyName("until");
        RuleFor(mute => mute.Reason).Text(AlertTexts.DescriptionLengthMax);
    }

    public static AlertMuteRequestValidator Instance { get; } = new();
}
