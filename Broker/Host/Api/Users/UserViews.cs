using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Users;

/// <summary>Makes the forms in which REST shows users, roles and sessions, without anything secret.</summary>
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
