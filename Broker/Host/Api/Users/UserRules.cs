using FluentValidation;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Users;

/// <summary>The rules that several bodies about users share.</summary>
internal static class UserRules
{
    private const int GrantsMax = 100;

    /// <summary>
    /// The rule on a user's name: letters, digits and <c>- . _ @ +</c>, since the name appears in URLs, logs and
    /// <c>createdBy</c>.
    /// </summary>
    public static IRuleBuilderOptions<T, string?> UserName<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(static name =>
                name is { Length: > 0 and <= Limits.NameLengthMax }
                && name.All(c => char.IsAsciiLetterOrDigit(c) || "-._@+".Contains(c, StringComparison.Ordinal))
            )
            .WithMessage(
                $"A user's name is needed: letters, digits and - . _ @ + up to {Limits.NameLengthMax} characters."
            );

    public static void Grants<T>(
        this AbstractValidator<T> validator,
        System.Linq.Expressions.Expression<Func<T, IReadOnlyList<RoleGrant>?>> field
    )
    {
        validator
            .RuleFor(field)
            .Must(static grants => grants is null or { Count: <= GrantsMax })
            .WithMessage($"At most {GrantsMax} are taken.");
        validator
            .RuleForEach(
                System.Linq.Expressions.Expression.Lambda<Func<T, IEnumerable<RoleGrant?>?>>(
                    field.Body,
                    field.Parameters
                )!
            )
            .Must(static grant =>
                grant is not null
                && Names.IsName(grant.Role)
                && (grant.Namespace == Authority.Everywhere || Names.IsNamespace(grant.Namespace))
            )
            .WithMessage(
                "A role and a namespace are needed, such as {\"role\":\"operator\",\"namespace\":\"default\"}; "
                    + "* is everywhere."
            );
    }
}
