using FluentValidation;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Keys;

internal sealed class KeyRequestValidator : AbstractValidator<KeyRequest>
{
    private const int KeyNameLengthMax = 200;
    private const int PatternsMax = 1000;
    private const int RolesMax = 16;

    public KeyRequestValidator()
    {
        RuleFor(key => key.Handler)
            .Cascade(CascadeMode.Stop)
            .NotNull()
            .WithMessage("A handler's key names its handler.")
            .Name()
            .When(key => key.Kind == KeyKind.Handler);
        RuleFor(key => key.Handler)
            .Null()
            .WithMessage("Only a handler's key names a handler.")
            .When(key => key.Kind != KeyKind.Handler);
        RuleFor(key => key.Name).Text(KeyNameLengthMax);
        RuleFor(key => key.Name)
            .NotNull()
            .WithMessage("Say what the key is for.")
            .When(key => key.Kind != KeyKind.Handler);
        RuleFor(key => key.Roles)
            .Must(static roles => roles is { Count: > 0 and <= RolesMax })
            .WithMessage($"1 to {RolesMax} roles are needed.")
            .When(key => key.Kind == KeyKind.Service);
        RuleFor(key => key.Roles)
            .Null()
            .WithMessage("Only a service's key has roles.")
            .When(key => key.Kind != KeyKind.Service);
        RuleForEach(key => key.Roles)
            .Must(static role => Names.IsName(role))
            .WithMessage("A role is needed: admin, operator, viewer, or one of your own.");
        PatternsOfHandlerOnly(key => key.Methods);
        PatternsOfHandlerOnly(key => key.Groups);
        RuleFor(key => key.Addresses)
            .Null()
            .WithMessage("A Bridge's address cannot be seen on its link; it is not bound to one.")
            .When(key => key.Kind == KeyKind.Bridge);
        this.AddressList(key => key.Addresses, "leave them out for a key that may be used from anywhere.");
        RuleFor(key => key.MaxCapacity).Within(1, Limits.CapacityMax);
        RuleFor(key => key.MaxCapacity)
            .Null()
            .WithMessage("Only a handler's key has a capacity.")
            .When(key => key.Kind != KeyKind.Handler);
        RuleFor(key => key.RequestsPerMinute).Within(1, Limits.RequestsPerMinuteMax);
        RuleFor(key => key.RequestsPerMinute)
            .Null()
            .WithMessage("Only a service's key makes requests.")
            .When(key => key.Kind != KeyKind.Service);
        RuleFor(key => key.ExpiresAt).SaneInstant();
    }

    public static KeyRequestValidator Instance { get; } = new();

    private void PatternsOfHandlerOnly(
        System.Linq.Expressions.Expression<Func<KeyRequest, IReadOnlyList<string>?>> field
    )
    {
        RuleFor(field).Null().WithMessage("Only a handler's key has these.").When(key => key.Kind != KeyKind.Handler);
        RuleFor(field)
            .Must(static list => list is null or { Count: <= PatternsMax })
            .WithMessage($"At most {PatternsMax} are taken.");
        RuleForEach(
                System.Linq.Expressions.Expression.Lambda<Func<KeyRequest, IEnumerable<string?>?>>(
                    field.Body,
                    field.Parameters
                )!
            )
            .Pattern();
    }
}

internal sealed class KeyPatchValidator : AbstractValidator<KeyPatch>
{
    private const int PatternsMax = 1000;

    public KeyPatchValidator()
    {
        RuleFor(key => key.Methods)
            .Must(static list => list is null or { Count: <= PatternsMax })
            .WithMessage($"At most {PatternsMax} are taken.");
        RuleForEach(key => key.Methods).Pattern();
        RuleFor(key => key.Groups)
            .Must(static list => list is null or { Count: <= PatternsMax })
            .WithMessage($"At most {PatternsMax} are taken.");
        RuleForEach(key => key.Groups).Pattern();
        this.AddressList(key => key.Addresses, "say 0.0.0.0/0 and ::/0 for a key that may be used from anywhere.");
        RuleFor(key => key.MaxCapacity).Within(1, Limits.CapacityMax);
        RuleFor(key => key.RequestsPerMinute).Within(1, Limits.RequestsPerMinuteMax);
    }

    public static KeyPatchValidator Instance { get; } = new();
}
