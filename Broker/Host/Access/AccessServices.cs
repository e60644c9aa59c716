using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using ScheduleZero.Broker.Host.Access.SignIn;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>
/// Registers authentication, authorization and sign-in. The host itself registers KeyRing, Roster and IBrokerInputs,
/// which these services need.
/// </summary>
internal static class AccessServices
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services
            .AddAuthentication(BearerAuthentication.Scheme)
            .AddScheme<AuthenticationSchemeOptions, BearerAuthentication>(BearerAuthentication.Scheme, null);
        // A route without a demand of its own is open to nobody. An endpoint that is none of ours is a refusal by
        // routing, such as 405, and may be answered to everybody.
        services
            .AddAuthorizationBuilder()
            .SetFallbackPolicy(
                new AuthorizationPolicyBuilder()
                    .RequireAssertion(static context =>
                        context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint
                    )
                    .Build()
            );
        return services
            .AddSingleton<IAuthorizationMiddlewareResultHandler, AccessAnswers>()
            .AddSingleton<IAuthorizationHandler, PermissionCheck>()
            .AddSingleton<Authority>()
            .AddSingleton<LiveAccess>()
            .AddSingleton<AllowedCurveKeys>()
            .AddSingleton<SigningKeys>()
            .AddSingleton<AccessTokens>()
            .AddSingleton<RefreshTokens>()
            .AddSingleton<IdentityErrorDescriber>()
            .AddSingleton<UserStore>()
            .AddSingleton<Totp>()
            .AddSingleton<IPasswordHasher<User>>(static _ => new PasswordHasher<User>(
                Options.Create(new PasswordHasherOptions { IterationCount = PasswordCheck.Iterations })
            ))
            .AddSingleton(Users)
            .AddSingleton<PasswordCheck>()
            .AddSingleton<SignIns>()
            .AddSingleton<OwnAccount>();
    }

    /// <summary>
    /// Registers Data Protection with its keys in a folder that only the Broker's own account may enter.
    /// </summary>
    public static IServiceCollection AddProtection(this IServiceCollection services, string folder)
    {
        var made = OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(folder)
            : Directory.CreateDirectory(
                folder,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        services.AddDataProtection().SetApplicationName("ScheduleZero").PersistKeysToFileSystem(made);
        return services;
    }

    // One manager for all requests, since it holds nothing that belongs to one request.
    private static UserManager<User> Users(IServiceProvider services)
    {
        var errors = services.GetRequiredService<IdentityErrorDescriber>();
        var options = new IdentityOptions();
        options.Tokens.ProviderMap[Totp.Provider] = new TokenProviderDescriptor(typeof(Totp));
        options.Tokens.AuthenticatorTokenProvider = Totp.Provider;
        return new UserManager<User>(
            services.GetRequiredService<UserStore>(),
            Options.Create(options),
            services.GetRequiredService<IPasswordHasher<User>>(),
            [new UserValidator<User>(errors)],
            [new PasswordRules()],
            new UpperInvariantLookupNormalizer(),
            errors,
            services,
            services.GetRequiredService<ILogger<UserManager<User>>>()
        );
    }
}
