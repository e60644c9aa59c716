using FluentValidation;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Users;

/// <summary>Users and roles as they are shown. Nothing secret is ever in them.</summary>
internal static class UserViews
{
    public static UserView From(UserRecord user, DateTimeOffset now) =>
        new()
        {
            UserName = user.UserName,
            Roles = user.Roles,
            Disabled = user.Disabled,
            TwoFactor = user.HasTwoFactor,
            MustChangePassword = user.MustChangePassword,
            LockedUntil = user.LockedUntil > now ? user.LockedUntil : null,
            RequestsPerMinute = user.RequestsPerMinute,
            CreatedAt = user.CreatedAt,
            CreatedBy = user.CreatedBy,
            PasswordChangedAt = user.PasswordChangedAt,
        };

    public static UserCreated Created(UserRecord user, string? password) =>
        new()
        {
            UserName = user.UserName,
            Roles = user.Roles,
            Disabled = user.Disabled,
            TwoFactor = user.HasTwoFactor,
            MustChangePassword = user.MustChangePassword,
            RequestsPerMinute = user.RequestsPerMinute,
            CreatedAt = user.CreatedAt,
            CreatedBy = user.CreatedBy,
            PasswordChangedAt = user.PasswordChangedAt,
            Password = password,
        };

    public static RoleView From(Role role) =>
        new()
        {
            Name = role.Name,
            BuiltIn = role.Record is null,
            Description = role.Description,
            Rules = role.Rules,
            Addresses = role.Record?.Addresses,
            Version = role.Record?.Version ?? 1,
            CreatedAt = role.Record?.CreatedAt,
            CreatedBy = role.Record?.CreatedBy,
        };

    public static Page<UserSessionView> Sessions(IEnumerable<SignInRecord> signIns, SignInRecord? current) =>
        new([
            .. signIns
                .OrderBy(signIn => signIn.CreatedAt)
                .Select(signIn => new UserSessionView
                {
                    Id = signIn.Id,
                    Current = signIn.Id == current?.Id,
                    CreatedAt = signIn.CreatedAt,
                    LastUsedAt = signIn.LastUsedAt,
                    ExpiresAt = signIn.ExpiresAt,
                    Address = signIn.Address,
                    UserAgent = signIn.UserAgent,
                }),
        ]);
}

internal static class UserProblems
{
    public static ProblemAnswer NoSuchUser { get; } = new(404, ErrorCodes.NotFound, "There is no such user.");

    public static ProblemAnswer NoSuchRole { get; } = new(404, ErrorCodes.NotFound, "There is no such role.");

    public static ProblemAnswer NoSuchSession { get; } = new(404, ErrorCodes.NotFound, "There is no such session.");

    public static ProblemAnswer MoreThanOwn(string role, string ns) =>
        new(
            403,
            ErrorCodes.Forbidden,
            $"The role \"{role}\" on \"{ns}\" opens more than you may do yourself; nobody hands out what they "
                + "do not have."
        );
}

/// <summary>What several of these bodies have in common.</summary>
internal static class UserRules
{
    private const int GrantsMax = 100;

    /// <summary>Letters, digits and <c>- . _ @ +</c>: it stands in addresses, logs and <c>createdBy</c>.</summary>
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

    public static void AddressList<T>(
        this AbstractValidator<T> validator,
        System.Linq.Expressions.Expression<Func<T, IReadOnlyList<string>?>> field,
        string otherwise
    )
    {
        validator
            .RuleFor(field)
            .Must(static list => list is null or { Count: > 0 and <= Limits.AddressesPerKeyMax })
            .WithMessage($"1 to {Limits.AddressesPerKeyMax} are taken; {otherwise}");
        validator
            .RuleForEach(
                System.Linq.Expressions.Expression.Lambda<Func<T, IEnumerable<string?>?>>(field.Body, field.Parameters)!
            )
            .Must(static address => AddressRange.IsRange(address))
            .WithMessage(
                "An IP address is needed, or a range such as 10.0.0.0/8 or 2001:db8::/32 with all bits beyond "
                    + "the prefix 0."
            );
    }
}
