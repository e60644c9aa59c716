using System.Text;
using System.Text.Json;
using CsCheck;

namespace ScheduleZero.Hostile;

/// <summary>Hostile bodies: valid bodies with a few mistakes, and bytes that are no JSON at all.</summary>
internal static class HostileJson
{
    private static readonly string[] Fragments =
    [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1",
        "2147483648",
        "-9223372036854775809",
        "99999999999999999999999999999999",
        "1e400",
        "-1e400",
        "1e-400",
        "0.1",
        "1.0",
        "\"\"",
        "\" \"",
        "\"a\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\ufeff\"",
        "\"\\u202e\"",
        "\"💣é日本\"",
        "\"*\"",
        "\"a b\"",
        "\"../../etc/passwd\"",
        "\"%00%2f\"",
        "\"{{7*7}}\"",
        "\"' OR 1=1 --\"",
        "\"<script>alert(1)</script>\"",
        "\"\\r\\nX-A: b\"",
        "\"PT1S\"",
        "\"-PT1S\"",
        "\"P99999999999D\"",
        "\"PT0.0000001S\"",
        "\"P1M\"",
        "\"2026-10-01T00:00:00Z\"",
        "\"0001-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:59.9999999+14:00\"",
        "\"-1\"",
        "\"00000000-0000-0000-0000-000000000000\"",
        "\"* * * * *\"",
        "\"0 0 31 2 *\"",
        "\"Mars/Olympus\"",
        "\"https://example.org\"",
        "\"203.0.113.0/24\"",
        "\"admin\"",
        "\"bridge\"",
        "\"service\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "{\"\":null}",
        "{\"a\":1,\"a\":2}",
        "{\"$type\":\"x\"}",
        "{\"__proto__\":{}}",
        "[1,\"a\",null,{},[]]",
        "NaN",
        "Infinity",
        "'a'",
        "{a:1}",
        "[1,]",
        "/**/1",
        "\"unclosed",
        "\u0001",
        Repeat("[", 60) + Repeat("]", 60),
        Repeat("[", 5_000),
        Repeat("{\"a\":", 70) + "1" + Repeat("}", 70),
        "[" + Repeat("0,", 2_000) + "0]",
        "\"" + Repeat("x", 5_000) + "\"",
        "{" + string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"k{i}\":{i}")) + "}",
    ];

    private static readonly Gen<string> Fragment = AnyOf(Fragments);

    private enum Wrong
    {
        Replace,
        Remove,
        Repeat,
        Rename,
        Wrap,
    }

    /// <summary>
    /// One of the examples with up to two mistakes. One in ten has damaged bytes; one in twenty is no JSON at all.
    /// </summary>
    public static Gen<byte[]> Bodies(IReadOnlyList<string> examples) =>
        Gen.Frequency(
            (16, Mutated(examples).Select(Encoding.UTF8.GetBytes)),
            (2, Gen.Select(Mutated(examples), Gen.Int[0, 1_000_000], Gen.Byte, Damage)),
            (1, Gen.Byte.Array[0, 200]),
            (1, Fragment.Select(Encoding.UTF8.GetBytes))
        );

    public static Gen<string> Texts { get; } =
        Gen.OneOf(
            AnyOf(
                "default",
                "nightly",
                "office-7",
                "reports.render",
                "*",
                "-",
                "..",
                "%2e%2e",
                "%00",
                "%ff%fe",
                "a%20b",
                "é",
                "💣",
                "0",
                "-1",
                "1e9",
                "true",
                "PT0S",
                "PT1S",
                "szk_0123456789ab"
            ),
            Gen.Int[0, 400].Select(length => new string('x', length)),
            Gen.String[Gen.Char.AlphaNumeric, 1, 20]
        );

    public static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<string> Mutated(IReadOnlyList<string> examples)
    {
        var step = Gen.Select(Gen.Enum<Wrong>(), Gen.Int[0, 1_000_000], Fragment);
        return Gen.Select(
            Gen.Int[0, examples.Count - 1],
            step.Array[0, 2],
            (example, steps) =>
            {
                var text = examples[example];
                foreach (var (wrong, place, fragment) in steps)
                {
                    text = Apply(text, wrong, place, fragment);
                }

                return text;
            }
        );
    }

    private static byte[] Damage(string text, int place, byte value)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length == 0)
        {
            return [value];
        }

        var at = place % bytes.Length;
        if (value % 3 == 0)
        {
            return bytes[..at];
        }

        bytes[at] = value;
        return bytes;
    }

    private static string Apply(string text, Wrong wrong, int place, string fragment)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 128 });
        }
        catch (JsonException)
        {
            return text; // The step before may have made a text that is no JSON; such texts are wanted too.
        }

        using (document)
        {
            var writing = new Writing(wrong, place % Count(document.RootElement), fragment);
            writing.Value(document.RootElement);
            return writing.Text;
        }
    }

    private static int Count(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => 1 + element.EnumerateArray().Sum(Count),
            JsonValueKind.Object => 1 + element.EnumerateObject().Sum(property => Count(property.Value)),
            _ => 1,
        };

    private static string Repeat(string text, int times) =>
        new StringBuilder(text.Length * times).Insert(0, text, times).ToString();

    /// <summary>Writes a JSON value again, with one mistake at one place.</summary>
    private sealed class Writing(Wrong wrong, int place, string fragment)
    {
        private readonly StringBuilder _text = new();
        private int _at;

        public string Text => _text.ToString();

        public void Value(JsonElement element)
        {
            var isPlace = _at++ == place;
            if (isPlace && wrong is not (Wrong.Wrap or Wrong.Repeat))
            {
                _text.Append(fragment);
                _at += Count(element) - 1;
                return;
            }

            _text.Append(isPlace ? "[" : "");
            Contents(element);
            _text.Append(isPlace ? "]" : "");
        }

        private void Contents(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Array:
                    _text.Append('[');
                    foreach (var (i, item) in element.EnumerateArray().Index())
                    {
                        _text.Append(i > 0 ? "," : "");
                        Value(item);
                    }

                    _text.Append(']');
                    break;
                case JsonValueKind.Object:
                    _text.Append('{');
                    var start = _text.Length;
                    foreach (var property in element.EnumerateObject())
                    {
                        Property(property, _text.Length > start ? "," : "");
                    }

                    _text.Append('}');
                    break;
                default:
                    _text.Append(element.GetRawText());
                    break;
            }
        }

        private void Property(JsonProperty property, string comma)
        {
            var isPlace = _at == place;
            var name = JsonSerializer.Serialize(property.Name);
            if (isPlace && wrong == Wrong.Remove)
            {
                _at += Count(property.Value);
                return;
            }

            if (isPlace && wrong == Wrong.Repeat)
            {
                _text.Append(comma).Append(name).Append(':').Append(fragment);
                comma = ",";
            }

            _text.Append(comma).Append(isPlace && wrong == Wrong.Rename ? "\"renamed\"" : name).Append(':');
            if (isPlace && wrong is Wrong.Rename or Wrong.Repeat)
            {
                _at++;
                Contents(property.Value);
                return;
            }

            Value(property.Value);
        }
    }
}
