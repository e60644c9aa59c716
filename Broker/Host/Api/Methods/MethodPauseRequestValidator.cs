using FluentValidation;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Methods;

internal sealed class MethodPauseRequestValidator : AbstractValidator<MethodPauseRequest>
{
    private const int ReasonLengthMax = 1000;

    public MethodPauseRequestValidator()
    {
        RuleFor(pause => pause.Reason).NotEmpty().WithMessage("A reason is needed: people ask why their jobs wait.");
        RuleFor(pause => pause.Reason).Text(ReasonLengthMax);
        RuleFor(pause => pause.Until).SaneInstant();
    }

    public static MethodPauseRequestValidator Instance { get; } = new();
}
