using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts;

namespace ScheduleZero.Host.Tests.Schemas;

/// <summary>
/// Facts of JSON Schema, draft 2020-12, by class: what the Broker uses of the draft, and what it refuses with which
/// reason.
/// </summary>
internal sealed class SchemaFactTests
{
    private enum Fact
    {
        Fits,
        Differs,
        Refused,
    }

    private static readonly (string Class, string Schema, (string Instance, Fact Fact)[] Facts)[] Table =
    [
        (
            "types",
            """{"type":"integer"}""",
            [
                ("1", Fact.Fits),
                ("1.0", Fact.Fits),
                ("1.5", Fact.Differs),
                ("\"1\"", Fact.Differs),
                ("null", Fact.Differs),
            ]
        ),
        (
            "types",
            """{"type":["string","null"]}""",
            [("\"\"", Fact.Fits), ("null", Fact.Fits), ("false", Fact.Differs)]
        ),
        (
            "types",
            """{"const":{"a":[1,null]}}""",
            [("""{"a":[1.0,null]}""", Fact.Fits), ("""{"a":[1]}""", Fact.Differs)]
        ),
        ("types", """{"enum":[1,"a",null]}""", [("\"a\"", Fact.Fits), ("null", Fact.Fits), ("true", Fact.Differs)]),
        (
            "numbers",
            """{"multipleOf":0.01,"minimum":0,"exclusiveMaximum":10}""",
            [
                ("0", Fact.Fits),
                ("9.99", Fact.Fits),
                ("10", Fact.Differs),
                ("0.005", Fact.Differs),
                ("-1", Fact.Differs),
                ("\"10\"", Fact.Fits),
            ]
        ),
        (
            "texts",
            """{"minLength":2,"maxLength":3}""",
            [("\"ab\"", Fact.Fits), ("\"a\"", Fact.Differs), ("\"abcd\"", Fact.Differs), ("1", Fact.Fits)]
        ),
        ("texts", """{"pattern":"b+"}""", [("\"abba\"", Fact.Fits), ("\"aca\"", Fact.Differs)]),
        ("texts", """{"pattern":"(?!a)b"}""", [("\"b\"", Fact.Refused)]),
        (
            "lists",
            """{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}""",
            [("""["a",1]""", Fact.Fits), ("[]", Fact.Fits), ("""["a","b"]""", Fact.Differs), ("[1]", Fact.Differs)]
        ),
        (
            "lists",
            """{"contains":{"const":1},"minContains":2,"maxContains":3}""",
            [("[1,1]", Fact.Fits), ("[1]", Fact.Differs), ("[1,1,1,1]", Fact.Differs)]
        ),
        (
            "lists",
            """{"uniqueItems":true,"minItems":1,"maxItems":2}""",
            [("""[1,"1"]""", Fact.Fits), ("[1,1.0]", Fact.Differs), ("[]", Fact.Differs), ("[1,2,3]", Fact.Differs)]
        ),
        (
            "lists",
            """{"allOf":[{"prefixItems":[true]}],"unevaluatedItems":false}""",
            [("[1]", Fact.Fits), ("[1,2]", Fact.Differs)]
        ),
        (
            "objects",
            """{"properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""",
            [
                ("""{"a":"x"}""", Fact.Fits),
                ("{}", Fact.Differs),
                ("""{"a":"x","b":1}""", Fact.Differs),
                ("[]", Fact.Fits),
            ]
        ),
        (
            "objects",
            """{"propertyNames":{"maxLength":1},"minProperties":1,"maxProperties":2}""",
            [("""{"a":1}""", Fact.Fits), ("""{"ab":1}""", Fact.Differs), ("{}", Fact.Differs)]
        ),
        (
            "objects",
            """{"dependentRequired":{"a":["b"]},"dependentSchemas":{"c":{"required":["d"]}}}""",
            [("""{"a":1,"b":1}""", Fact.Fits), ("""{"a":1}""", Fact.Differs), ("""{"c":1}""", Fact.Differs)]
        ),
        (
            "objects",
            """{"anyOf":[{"properties":{"a":true}},{"properties":{"b":true}}],"unevaluatedProperties":false}""",
            [("""{"a":1,"b":1}""", Fact.Fits), ("""{"c":1}""", Fact.Differs)]
        ),
        ("objects", """{"patternProperties":{"^a":true}}""", [("{}", Fact.Refused)]),
        (
            "combined",
            """{"oneOf":[{"multipleOf":2},{"multipleOf":3}]}""",
            [("2", Fact.Fits), ("6", Fact.Differs), ("5", Fact.Differs)]
        ),
        (
            "combined",
            """{"not":{"type":"string"},"anyOf":[{"minimum":5},{"maximum":1}]}""",
            [("5", Fact.Fits), ("3", Fact.Differs), ("\"a\"", Fact.Differs)]
        ),
        (
            "combined",
            """{"if":{"minimum":10},"then":{"multipleOf":10},"else":{"maximum":5}}""",
            [("20", Fact.Fits), ("15", Fact.Differs), ("7", Fact.Differs)]
        ),
        (
            "references",
            """{"$defs":{"n":{"type":"integer"}},"items":{"$ref":"#/$defs/n"}}""",
            [("[1]", Fact.Fits), ("[\"a\"]", Fact.Differs)]
        ),
        (
            "references",
            """{"properties":{"next":{"$ref":"#"}},"additionalProperties":false}""",
            [("""{"next":{"next":{}}}""", Fact.Fits), ("""{"next":{"other":1}}""", Fact.Differs)]
        ),
        (
            "references",
            """{"$defs":{"n":{"type":"integer"}},"$ref":"#/$defs/n","minimum":3}""",
            [("3", Fact.Fits), ("2", Fact.Differs)]
        ),
        (
            "references",
            """{"$id":"https://example.org/n","$defs":{"n":{"type":"integer"}},"items":{"$ref":"https://example.org/n#/$defs/n"}}""",
            [("[1]", Fact.Fits), ("[\"a\"]", Fact.Differs)]
        ),
        (
            "references",
            """{"$defs":{"a%b/c~d é":{"type":"integer"}},"$ref":"#/$defs/a%25b~1c~0d%20%C3%A9"}""",
            [("1", Fact.Fits), ("\"a\"", Fact.Differs)]
        ),
        ("references", """{"$ref":"https://example.org/elsewhere"}""", [("1", Fact.Refused)]),
        ("references", """{"$dynamicRef":"#n"}""", [("1", Fact.Refused)]),
        ("references", """{"$defs":{"n":{"$id":"n","type":"integer"}},"$ref":"n"}""", [("1", Fact.Refused)]),
        (
            "anchors",
            """{"$defs":{"n":{"$anchor":"num","type":"integer"}},"items":{"$ref":"#num"}}""",
            [("[1]", Fact.Fits), ("[\"a\"]", Fact.Differs)]
        ),
        (
            "anchors",
            """{"$id":"https://example.org/n","$defs":{"a/b":{"$anchor":"num","type":"integer"}},"$ref":"https://example.org/n#num"}""",
            [("1", Fact.Fits), ("\"a\"", Fact.Differs)]
        ),
        (
            "anchors",
            """{"$anchor":"root","properties":{"next":{"$ref":"#root"}},"additionalProperties":false}""",
            [("""{"next":{}}""", Fact.Fits), ("""{"next":{"a":1}}""", Fact.Differs)]
        ),
        (
            "anchors",
            """{"properties":{"$anchor":{"type":"string"}},"enum":[{"$anchor":"x"}]}""",
            [("""{"$anchor":"x"}""", Fact.Fits)]
        ),
        ("anchors", """{"$ref":"#nowhere"}""", [("1", Fact.Refused)]),
        ("anchors", """{"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}},"$ref":"#x"}""", [("1", Fact.Refused)]),
        (
            "formats",
            """{"properties":{"at":{"format":"date-time"},"id":{"format":"uuid"}}}""",
            [
                ("""{"at":"2026-10-01T02:00:00Z","id":"0198c0de-0000-7000-8000-000000000001"}""", Fact.Fits),
                ("""{"at":"tomorrow"}""", Fact.Differs),
                ("""{"id":"x"}""", Fact.Differs),
                ("""{"at":1}""", Fact.Fits),
            ]
        ),
        ("formats", """{"not":{"format":"ipv4"}}""", [("\"x\"", Fact.Fits), ("\"192.0.2.1\"", Fact.Differs)]),
        ("formats", """{"format":"x-ours"}""", [("\"anything\"", Fact.Fits)]),
        (
            "older drafts",
            """{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"n":{"type":"integer"}},"items":{"$ref":"#/definitions/n"}}""",
            [("[1]", Fact.Fits), ("[\"a\"]", Fact.Differs)]
        ),
        ("older drafts", """{"items":[{"type":"string"}],"additionalItems":false}""", [("[]", Fact.Refused)]),
        ("older drafts", """{"additionalItems":false}""", [("[]", Fact.Refused)]),
        ("older drafts", """{"dependencies":{"a":["b"]}}""", [("{}", Fact.Refused)]),
        (
            "older drafts",
            """{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"n":{"type":"integer"}},"items":{"$ref":"#/definitions/n","minimum":3}}""",
            [("[1]", Fact.Refused)]
        ),
        ("older drafts", """{"minimum":1,"exclusiveMinimum":true}""", [("2", Fact.Refused)]),
    ];

    private static IEnumerable<TestCaseData> Rows() =>
        Table.SelectMany(row =>
            row.Facts.Select(fact => new TestCaseData(row.Schema, fact.Instance, fact.Fact.ToString()))
        );

    [TestCaseSource(nameof(Rows))]
    public void A_fact_holds(string schema, string instance, string fact)
    {
        var read = ParamsSchema.Read(new RawJson(Encoding.UTF8.GetBytes(schema)));
        var said =
            read.Problem is not null ? Fact.Refused
            : read.Check(
                JsonSerializer.Deserialize<JsonElement>(instance),
                "params",
                new StepBudget(new FakeTimeProvider())
            )
                is null
                ? Fact.Fits
            : Fact.Differs;
        Assert.That(said.ToString(), Is.EqualTo(fact), read.Problem);
    }

    [Test]
    public void So_many_schemas_of_each_class_are_used_and_so_many_refused() =>
        Assert.That(
            Table
                .GroupBy(row => row.Class)
                .Select(rows =>
                    (
                        rows.Key,
                        Used: rows.Count(row => row.Facts.All(fact => fact.Fact != Fact.Refused)),
                        Refused: rows.Count(row => row.Facts.Any(fact => fact.Fact == Fact.Refused))
                    )
                ),
            Is.EquivalentTo(
                new[]
                {
                    ("types", 4, 0),
                    ("numbers", 1, 0),
                    ("texts", 2, 1),
                    ("lists", 4, 0),
                    ("objects", 4, 1),
                    ("combined", 3, 0),
                    ("references", 5, 3),
                    ("anchors", 4, 2),
                    ("formats", 3, 0),
                    ("older drafts", 1, 5),
                }
            )
        );

    [TestCase("""{"dependencies":{}}""", "dependentRequired")]
    [TestCase("""{"additionalItems":true}""", "prefixItems")]
    [TestCase("""{"items":[]}""", "prefixItems")]
    [TestCase(
        """{"$schema":"http://json-schema.org/draft-04/schema#","allOf":[{"$ref":"#","type":"object"}]}""",
        "beside a $ref"
    )]
    [TestCase("""{"$defs":{"a":{"$id":"x"}}}""", "$id")]
    [TestCase("""{"$ref":"#nowhere"}""", "$anchor")]
    public void What_is_refused_says_why(string schema, string why) =>
        Assert.That(ParamsSchema.Read(RawJson.Parse(schema)).Problem, Does.Contain(why));

    [Test]
    public void What_a_format_needs_is_said_at_its_path()
    {
        var read = ParamsSchema.Read(RawJson.Parse("""{"properties":{"mail":{"format":"email"}}}"""));
        var errors = read.Check(
            JsonSerializer.Deserialize<JsonElement>("""{"mail":"x"}"""),
            "params",
            new StepBudget(new FakeTimeProvider())
        )!;
        Assert.That(
            (errors.Keys.Single(), errors["params.mail"].Single()),
            Is.EqualTo(("params.mail", "An e-mail address is needed."))
        );
    }
}
