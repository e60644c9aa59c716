using FluentValidation;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Users;

internal sealed class UserRequestValidator : AbstractValidator<UserRequest>
{
    public UserRequestValidator()
    {
        RuleFor(user => user.UserName).UserName();
        RuleFor(user => user.RequestsPerMinute).Within(1, Limits.RequestsPerMinuteMax);
        this.Grants(user => user.Roles);
    }

    public static UserRequestValidator Instance { get; } = new();
}

internal sealed class UserPatchValidator : AbstractValidator<UserPatch>
{
    public UserPatchValidator()
    {
        RuleFor(patch => patch.RequestsPerMinute).Within(1, Limits.RequestsPerMinuteMax);
        RuleFor(patch => patch.Locked)
            .NotEqual(true)
            .WithMessage("Only false is taken: nobody is locked out by hand. Disable the user.");
        RuleFor(patch => patch.TwoFactor)
            .NotEqual(true)
            .WithMessage("Only false is taken: a second factor is begun by its user.");
        this.Grants(patch => patch.Roles);
    }

    public static UserPatchValidator Instance { get; } = new();
}
