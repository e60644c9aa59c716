using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Schema;
using Json.Schema.Keywords;

namespace ScheduleZero.Broker.Host.Schemas;

/// <summary>
/// The words of a schema that are evaluated: those of draft 2020-12 whose cost can be bounded, and one of this Broker's
/// own that counts steps.
/// </summary>
internal static class BoundedKeywords
{
    public static Dialect Dialect { get; } =
        new(
            new IKeywordHandler[]
            {
                new StepKeyword(),
                new BoundedRefKeyword(),
                new BoundedPatternKeyword(),
                new BoundedFormatKeyword(),
                DefsKeyword.Instance,
                Json.Schema.Keywords.Draft06.DefinitionsKeyword.Instance,
                TypeKeyword.Instance,
                EnumKeyword.Instance,
                ConstKeyword.Instance,
                AllOfKeyword.Instance,
                AnyOfKeyword.Instance,
                OneOfKeyword.Instance,
                NotKeyword.Instance,
                IfKeyword.Instance,
                ThenKeyword.Instance,
                ElseKeyword.Instance,
                // PatternProperties is here only because other words depend on it; schemas that use it are refused
                // before.
                PropertiesKeyword.Instance,
                PatternPropertiesKeyword.Instance,
                AdditionalPropertiesKeyword.Instance,
                PropertyNamesKeyword.Instance,
                UnevaluatedPropertiesKeyword.Instance,
                RequiredKeyword.Instance,
                DependentRequiredKeyword.Instance,
                DependentSchemasKeyword.Instance,
                MinPropertiesKeyword.Instance,
                MaxPropertiesKeyword.Instance,
                ItemsKeyword.Instance,
                PrefixItemsKeyword.Instance,
                ContainsKeyword.Instance,
                MinContainsKeyword.Instance,
                MaxContainsKeyword.Instance,
                UnevaluatedItemsKeyword.Instance,
                UniqueItemsKeyword.Instance,
                MinItemsKeyword.Instance,
                MaxItemsKeyword.Instance,
                MultipleOfKeyword.Instance,
                MaximumKeyword.Instance,
                MinimumKeyword.Instance,
                ExclusiveMaximumKeyword.Instance,
                ExclusiveMinimumKeyword.Instance,
                MinLengthKeyword.Instance,
                MaxLengthKeyword.Instance,
            }
        )
        {
            Id = new Uri("urn:schedulezero:schema"),
        };

    private static void Spend(long steps, in EvaluationContext context) =>
        ((CountedEvaluation)context.Options).Budget.Spend(steps, context.EvaluationPath.SegmentCount);

    /// <summary>
    /// The word that counts. The word is put into every subschema with the subschema's weight, which is how many values
    /// it compares with. Each evaluation costs the weight, for the value and for each of its children.
    /// </summary>
    private sealed class StepKeyword : IKeywordHandler
    {
        public string Name => SchemaReading.StepWord;

        public object? ValidateKeywordValue(JsonElement value) => value.GetInt64();

        public void BuildSubschemas(KeywordData keyword, BuildContext context) { }

        public KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
        {
            var instance = context.Instance;
            var children = instance.ValueKind switch
            {
                JsonValueKind.Array => instance.GetArrayLength(),
                JsonValueKind.Object => instance.GetPropertyCount(),
                _ => 0,
            };
            Spend((long)keyword.Value! * (1 + children), context);
            return KeywordEvaluation.Ignore;
        }
    }

    // Bounds the depth, since the library follows a reference that leads back to itself until the stack overflows,
    // which ends the process.
    private sealed class BoundedRefKeyword : RefKeyword, IKeywordHandler
    {
        KeywordEvaluation IKeywordHandler.Evaluate(KeywordData keyword, EvaluationContext context)
        {
            Spend(1, context);
            return Evaluate(keyword, context);
        }
    }

    // Replaces the library's own engine for patterns, which may try a bad pattern for hours.
    private sealed class BoundedPatternKeyword : PatternKeyword, IKeywordHandler
    {
        private const int CharactersPerStep = 4;

        object? IKeywordHandler.ValidateKeywordValue(JsonElement value) => SafePattern.Parse(value.GetString() ?? "");

        KeywordEvaluation IKeywordHandler.Evaluate(KeywordData keyword, EvaluationContext context)
        {
            if (context.Instance.ValueKind == JsonValueKind.String)
            {
                Spend(1 + (context.Instance.GetString()!.Length / CharactersPerStep), context);
            }

            return Evaluate(keyword, context);
        }
    }

    // Replaces the library's formats, which are patterns for its own engine.
    private sealed class BoundedFormatKeyword : IKeywordHandler
    {
        private const int CharactersPerStep = 16;

        public string Name => "format";

        public object? ValidateKeywordValue(JsonElement value) => TextFormats.Find(value.GetString() ?? "");

        public void BuildSubschemas(KeywordData keyword, BuildContext context) { }

        public KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
        {
            if (keyword.Value is not TextFormats.Format format || context.Instance.ValueKind != JsonValueKind.String)
            {
                return KeywordEvaluation.Ignore;
            }

            var text = context.Instance.GetString()!;
            Spend(1 + (text.Length / CharactersPerStep), context);
            return format.Fits(text)
                ? new KeywordEvaluation { Keyword = Name, IsValid = true }
                : new KeywordEvaluation
                {
                    Keyword = Name,
                    IsValid = false,
                    Error = format.Needed,
                };
        }
    }
}

/// <summary>Runs patterns of strangers on an engine whose time grows only with the text, as RE2's does.</summary>
internal static class SafePattern
{
    public const int LengthMax = 256;

    // The setting of the runtime that bounds the states of a pattern. Without it there is no bound.
    private const string StatesMaxSetting = "REGEX_NONBACKTRACKING_MAX_AUTOMATA_SIZE";
    private const int StatesMax = 2_000;
    private static readonly TimeSpan TimeMax = TimeSpan.FromMilliseconds(100);

    static SafePattern() => AppContext.SetData(StatesMaxSetting, StatesMax);

    /// <summary>Makes the pattern.</summary>
    /// <exception cref="NotSupportedException">
    /// The pattern needs backtracking (lookarounds, back-references), or too many states.
    /// </exception>
    /// <exception cref="ArgumentException">The text is no pattern.</exception>
    public static Regex Parse(string pattern) =>
        new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeMax);
}
