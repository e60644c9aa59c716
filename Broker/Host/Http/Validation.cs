using FluentValidation;
using FluentValidation.Results;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>
/// Runs validators, and names fields as JSON names them. Validators are made once and held, since making one costs
/// most.
/// </summary>
internal static class Validation
{
    /// <summary>
    /// The earliest instant that any request may name. Arithmetic on instants between this and
    /// <see cref="LatestInstant"/> cannot overflow.
    /// </summary>
    public static DateTimeOffset EarliestInstant { get; } = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset LatestInstant { get; } = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The refusal of a value that is not valid; null when it is.</summary>
    /// <param name="prefix">The text before every path in the refusal, such as <c>jobs[3].</c></param>
    public static ProblemAnswer? Check<T>(this IValidator<T> validator, T value, string prefix = "")
    {
        var result = validator.Validate(value);
        return result.IsValid ? null : Problems.Invalid(ByPath(result.Errors, prefix));
    }

    public static IRuleBuilderOptions<T, string?> Name<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(static name => name is null || Names.IsName(name))
            .WithMessage(
                "A name is needed: a letter or digit, then letters, digits and . _ - : up to "
                    + $"{Limits.NameLengthMax} characters."
            );

    public static IRuleBuilderOptions<T, string?> Pattern<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(static pattern => Names.IsPattern(pattern))
            .WithMessage(
                "A name is needed, in which * may stand for any run of characters, up to "
                    + $"{Limits.NameLengthMax} characters."
            );

    /// <summary>The rule for one line of text, for people or as an opaque key.</summary>
    public static IRuleBuilderOptions<T, string?> Text<T>(this IRuleBuilder<T, string?> rule, int lengthMax) =>
        rule.Must(text =>
                text is null
                || (text.Length > 0 && text.Length <= lengthMax && !text.AsSpan().ContainsAnyInRange('\0', '\u001f'))
            )
            .WithMessage($"1 to {lengthMax} characters are needed, none of them a control character.");

    public static IRuleBuilderOptions<T, TimeSpan?> Within<T>(
        this IRuleBuilder<T, TimeSpan?> rule,
        TimeSpan min,
        TimeSpan max
    ) =>
        rule.Must(value => value is null || (value >= min && value <= max))
            .WithMessage($"A duration from {IsoDuration.Format(min)} to {IsoDuration.Format(max)} is needed.");

    public static IRuleBuilderOptions<T, int?> Within<T>(this IRuleBuilder<T, int?> rule, int min, int max) =>
        rule.Must(value => value is null || (value >= min && value <= max))
            .WithMessage($"A number from {min} to {max} is needed.");

    public static IRuleBuilderOptions<T, DateTimeOffset?> SaneInstant<T>(this IRuleBuilder<T, DateTimeOffset?> rule) =>
        rule.Must(static value => value is null || (value >= EarliestInstant && value <= LatestInstant))
            .WithMessage("An instant between the years 2000 and 2200 is needed.");

    /// <summary>The rule for a list of addresses and ranges; null is no list.</summary>
    /// <param name="otherwise">The advice of what to do in place of an empty list; ends the refusal's sentence.</param>
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

    private static Dictionary<string, string[]> ByPath(List<ValidationFailure> failures, string prefix)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var group in failures.GroupBy(failure => failure.PropertyName, StringComparer.Ordinal))
        {
            errors[prefix + CamelCase(group.Key)] = [.. group.Select(failure => failure.ErrorMessage)];
        }

        return errors;
    }

    // Paths are put into the form of JSON only for a refusal, so that valid requests do not pay for it.
    private static string CamelCase(string path) =>
        string.Create(
            path.Length,
            path,
            static (target, source) =>
            {
                for (var i = 0; i < source.Length; i++)
                {
                    target[i] = i == 0 || source[i - 1] == '.' ? char.ToLowerInvariant(source[i]) : source[i];
                }
            }
        );
}
