using Microsoft.AspNetCore.Identity;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>
/// Checks new passwords by NIST SP 800-63B-4 (3.1.1.2): long, none of those that everybody tries, nothing that is read
/// off the account. No rules on kinds of characters, no forced changes.
/// </summary>
internal sealed class PasswordRules : IPasswordValidator<User>
{
    public const int LengthMin = 15;
    public const int LengthMax = 256;

    private const int DistinctCharactersMin = 6;

    /// <summary>The words that attackers try first. A password must have enough characters besides them.</summary>
    private static readonly string[] Common =
    [
        "password",
        "passwort",
        "qwertyuiop",
        "qwertzuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1q2w3e4r5t",
        "qazwsxedc",
        "letmein",
        "iloveyou",
        "welcome",
        "administrator",
        "admin",
        "changeme",
        "default",
        "secret",
        "trustno1",
        "correcthorsebatterystaple",
        "correct horse battery staple",
        "schedulezero",
        "abcdefghijklmnop",
        "0123456789",
        "1234567890",
        "9876543210",
        "monkey",
        "dragon",
        "football",
        "baseball",
        "sunshine",
        "princess",
        "superman",
        "master",
        "hello",
    ];

    public Task<IdentityResult> ValidateAsync(UserManager<User> manager, User user, string? password) =>
        Task.FromResult(
            ProblemOf(password ?? "", user.Record.UserName) is { } problem
                ? IdentityResult.Failed(new IdentityError { Code = "password", Description = problem })
                : IdentityResult.Success
        );

    /// <summary>What is wrong with a password; null when nothing is.</summary>
    public static string? ProblemOf(string password, string userName)
    {
        if (password.Length is < LengthMin or > LengthMax)
        {
            return $"{LengthMin} to {LengthMax} characters are needed; a few words make a good password.";
        }

        if (password.Distinct().Count() < DistinctCharactersMin)
        {
            return "It repeats too few characters.";
        }

        // The rest of the password after everything is removed that an attacker tries first.
        var rest = password;
        foreach (
            var word in Common.Append(userName).Where(word => word.Length >= 4).OrderByDescending(word => word.Length)
        )
        {
            rest = rest.Replace(word, "", StringComparison.OrdinalIgnoreCase);
        }

        return rest.Length < LengthMin / 2
            ? "It is made of words that everybody tries first, or of the user's name."
            : null;
    }
}
