using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts;

namespace ScheduleZero.Host.Tests.Schemas;

/// <summary>Schemas are hostile input, since strangers write them.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ParamsSchemaTests
{
    private const string Month =
        """{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://example.org/month","title":"A month","type":"object","properties":{"month":{"type":"string","pattern":"^[0-9]{4}-[0-9]{2}$"},"pages":{"type":"array","items":{"type":"integer","minimum":1}}},"required":["month"],"additionalProperties":false}""";
    private const string Tree =
        """{"$defs":{"node":{"type":"object","properties":{"left":{"$ref":"#/$defs/node"},"right":{"$ref":"#/$defs/node"}},"additionalProperties":false}},"$ref":"#/$defs/node"}""";

    [TestCase(Month, """{"month":"2026-10","pages":[1,2]}""")]
    [TestCase(Tree, """{"left":{"left":{}},"right":{}}""")]
    [TestCase("true", "null")]
    [TestCase("""{"properties":{"a":{"format":"email","x-ours":{"$ref":"http://elsewhere"}}}}""", """{"a":1}""")]
    [TestCase(
        """{"definitions":{"a/b":{"type":"string"}},"properties":{"x":{"$ref":"#/definitions/a~1b"}}}""",
        """{"x":"y"}"""
    )]
    [TestCase("""{"if":{"properties":{"kind":{"const":"a"}}},"then":{"required":["b"]}}""", """{"kind":"c"}""")]
    [TestCase("""{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}""", """{"a":1}""")]
    [TestCase("""{"type":"number","multipleOf":0.1,"maximum":1e400}""", "1e300")]
    public void Params_that_fit_pass(string schema, string parameters) =>
        Assert.That(Check(schema, parameters), Is.Null);

    [TestCase(Month, "{}", "params")]
    [TestCase(Month, "[]", "params")]
    [TestCase(Month, """{"month":"October"}""", "params.month")]
    [TestCase(Month, """{"month":"2026-10","pages":[1,0]}""", "params.pages[1]")]
    [TestCase(Month, """{"month":"2026-10","size":1}""", "params.size")]
    [TestCase(Tree, """{"left":{"right":3}}""", "params.left.right")]
    [TestCase("false", "{}", "params")]
    [TestCase("""{"properties":{"a/b~c":{"type":"string"}}}""", """{"a/b~c":1}""", "params.a/b~c")]
    [TestCase("""{"not":{"required":["a"]}}""", """{"a":1}""", "params")]
    [TestCase(
        """{"if":{"properties":{"kind":{"const":"a"}}},"then":{"required":["b"]}}""",
        """{"kind":"a"}""",
        "params"
    )]
    [TestCase("""{"type":"number","maximum":10}""", "1e999", "params")]
    public void Params_that_do_not_are_refused_by_their_path(string schema, string parameters, string path)
    {
        var errors = Check(schema, parameters);
        Assert.That(errors?.Keys, Is.EqualTo(new[] { path }));
        Assert.That(errors![path], Is.Not.Empty.And.All.Not.Contains("Json.Schema"));
    }

    [TestCase("""{"$ref":"http://127.0.0.1:1/schema.json"}""", "$ref")]
    [TestCase("""{"$ref":"file:///etc/passwd"}""", "$ref")]
    [TestCase("""{"$ref":"https://json-schema.org/draft/2020-12/schema"}""", "$ref")]
    [TestCase("""{"$ref":"#/nowhere"}""", "$ref")]
    [TestCase("""{"$ref":"#/properties/a/enum/0","properties":{"a":{"enum":[{"pattern":"(a+)+$"}]}}}""", "$ref")]
    [TestCase("""{"$ref":7}""", "$ref")]
    [TestCase("""{"properties":{"a":{"$id":"urn:other","type":"string"}}}""", "$id")]
    [TestCase("""{"$dynamicRef":"#a"}""", "$dynamicRef")]
    [TestCase("""{"patternProperties":{"^(a+)+$":true}}""", "patternProperties")]
    [TestCase("""{"pattern":"(?=a)b"}""", "backtracking")]
    [TestCase("""{"pattern":"(a)\\1"}""", "backtracking")]
    [TestCase("""{"pattern":"(a{100}){100}"}""", "states")]
    [TestCase("""{"pattern":"("}""", "2020-12")]
    [TestCase("""{"pattern":["a"]}""", "pattern")]
    [TestCase("""{"type":12}""", "2020-12")]
    [TestCase("""{"items":[{"type":"string"}]}""", "subschema")]
    [TestCase("""{"type":"string","type":"number"}""", "twice")]
    [TestCase("""{"allOf":{}}""", "allOf")]
    [TestCase("[]", "subschema")]
    [TestCase("\"x\"", "subschema")]
    [TestCase("{", "JSON")]
    public void A_schema_that_cannot_be_bounded_or_read_is_not_used(string schema, string why)
    {
        var read = Read(schema);
        Assert.That(read.Problem, Does.Contain(why));
        Assert.That(read.Check(Parse("{}"), "params", new StepBudget(new FakeTimeProvider())), Is.Null);
    }

    private static IEnumerable<TestCaseData> TooMuch()
    {
        yield return new TestCaseData(
            $$"""{"title":"{{new string('x', Limits.SchemaBytesMax)}}"}""",
            "bytes"
        ).SetArgDisplayNames("long");
        yield return new TestCaseData(
            $$"""{"anyOf":[{{string.Join(',', Enumerable.Repeat("{}", SchemaReading.SubschemasMax))}}]}""",
            "subschemas"
        ).SetArgDisplayNames("many");
        yield return new TestCaseData(
            string.Concat(Enumerable.Repeat("""{"not":""", 70)) + "{}" + new string('}', 70),
            "deeper"
        ).SetArgDisplayNames("deep");
        yield return new TestCaseData(
            $$"""{"pattern":"{{new string('x', SafePattern.LengthMax + 1)}}"}""",
            "patterns"
        ).SetArgDisplayNames("a long pattern");
        yield return new TestCaseData(
            $$"""{"anyOf":[{{string.Join(',', Enumerable.Repeat("""{"pattern":"a"}""", SchemaReading.PatternsMax + 1))}}]}""",
            "patterns"
        ).SetArgDisplayNames("many patterns");
    }

    [TestCaseSource(nameof(TooMuch))]
    public void A_schema_past_its_bounds_is_not_used(string schema, string why) =>
        Assert.That(Read(schema).Problem, Does.Contain(why));

    [TestCase("""{"$ref":"#"}""")]
    [TestCase("""{"allOf":[{"$ref":"#"}]}""")]
    [TestCase("""{"anyOf":[{"$ref":"#/$defs/b"}],"$defs":{"b":{"not":{"$ref":"#"}}}}""")]
    public void A_schema_that_leads_back_to_itself_ends(string schema) =>
        // Either the schema is refused when it is read, or its evaluation runs out of steps. The process lives in both
        // cases.
        Assert.That(
            Read(schema).Problem ?? Check(schema, "{}")!["params"].Single(),
            Does.Contain("steps").Or.Contain("2020-12")
        );

    [Test]
    public void A_schema_that_doubles_at_each_step_is_out_of_steps()
    {
        var defs = Enumerable
            .Range(0, 60)
            .Select(i =>
                $"\"d{i}\":{{\"allOf\":[{{\"$ref\":\"#/$defs/d{i + 1}\"}},{{\"$ref\":\"#/$defs/d{i + 1}\"}}]}}"
            );
        var schema = "{\"$defs\":{" + string.Join(',', defs) + ",\"d60\":true},\"$ref\":\"#/$defs/d0\"}";
        Assert.That(Check(schema, "{}")!["params"].Single(), Does.Contain("steps"));
    }

    [Test]
    public void Large_params_against_a_heavy_schema_are_out_of_steps()
    {
        var words = string.Join(',', Enumerable.Range(0, 2_000));
        var schema = "{\"items\":{\"enum\":[" + words + "]}}";
        var parameters = $"[{string.Join(',', Enumerable.Repeat("1", 10_000))}]";
        Assert.That(Check(schema, parameters)!["params"].Single(), Does.Contain("steps"));
        Assert.That(Check("""{"items":{"type":"integer"},"uniqueItems":false}""", parameters), Is.Null);
    }

    [Test]
    public void One_budget_counts_for_all_that_it_is_used_for()
    {
        var read = Read("""{"items":{"enum":[1,2,3,4,5,6,7,8,9]}}""");
        var parameters = Parse($"[{string.Join(',', Enumerable.Repeat("1", 20_000))}]");
        var budget = new StepBudget(new FakeTimeProvider());
        var checks = Enumerable.Range(0, 10).Select(_ => read.Check(parameters, "params", budget)).ToList();
        Assert.That(checks[0], Is.Null);
        Assert.That(checks[^1]!["params"].Single(), Does.Contain("steps"));
    }

    [Test]
    public void A_check_that_goes_on_for_too_long_ends()
    {
        // The clock goes on by a second at each look, as if each step took that long.
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(1) };
        var budget = new StepBudget(time);
        Assert.That(
            Read("""{"items":{"type":"integer"}}""").Check(Parse("[1,2,3,4,5]"), "params", budget)!["params"].Single(),
            Does.Contain("2 s")
        );
    }

    [Test]
    public void What_another_thread_has_computed_meanwhile_does_not_count()
    {
        var time = new FakeTimeProvider();
        var budget = new StepBudget(time);
        budget.Begin();
        time.Advance(StepBudget.TimeMax + TimeSpan.FromSeconds(1));
        var other = new Thread(() => budget.Spend(1, 1));
        other.Start();
        Assert.That(other.Join(TimeSpan.FromSeconds(30)), Is.True);
        Assert.That(() => budget.Spend(1, 1), Throws.Nothing);
        time.Advance(StepBudget.TimeMax + TimeSpan.FromSeconds(1));
        Assert.That(() => budget.Spend(1, 1), Throws.TypeOf<OutOfStepsException>());
    }

    [Test]
    public void The_time_of_a_thread_grows_while_it_computes()
    {
        var before = ThreadTime.Instance.GetTimestamp();
        while (ThreadTime.Instance.GetTimestamp() == before) { }

        Assert.That(ThreadTime.Instance.GetTimestamp(), Is.GreaterThan(before));
    }

    // Backtracking engines need 2^60 steps for these patterns. If ours did, the time limit of the run would end it.
    [TestCase("^(a+)+$")]
    [TestCase("^(a|a)*$")]
    [TestCase("(a*)*b")]
    public void A_pattern_that_blows_up_elsewhere_answers_at_once(string pattern)
    {
        var schema = JsonSerializer.Serialize(new { pattern });
        Assert.That(Read(schema).Problem, Is.Null);
        Assert.That(Check(schema, $"\"{new string('a', 60)}!\"")!.Keys, Is.EqualTo(new[] { "params" }));
    }

    [Test]
    public void Errors_are_few_and_short()
    {
        var schema = "{\"items\":{\"enum\":[\"" + new string('x', 5_000) + "\"]}}";
        var errors = Check(schema, $"[{string.Join(',', Enumerable.Range(0, 500))}]")!;
        Assert.That(errors, Has.Count.LessThanOrEqualTo(20));
        Assert.That(errors.Values.SelectMany(texts => texts).Max(text => text.Length), Is.LessThanOrEqualTo(301));
    }

    [Test]
    public void The_cache_is_bounded()
    {
        var cache = new SchemaCache();
        for (var i = 0; i < SchemaCache.SchemasMax + 50; i++)
        {
            cache.Get(RawJson.Parse($"{{\"minLength\":{i}}}"), out _);
        }

        Assert.That(cache.Count, Is.EqualTo(SchemaCache.SchemasMax));
        cache.Get(RawJson.Parse($"{{\"minLength\":{SchemaCache.SchemasMax}}}"), out var isNew);
        Assert.That(isNew, Is.False);
    }

    private static ParamsSchema Read(string schema) => ParamsSchema.Read(new RawJson(Encoding.UTF8.GetBytes(schema)));

    private static Dictionary<string, string[]>? Check(string schema, string parameters)
    {
        var read = Read(schema);
        Assert.That(read.Problem, Is.Null);
        return read.Check(Parse(parameters), "params", new StepBudget(new FakeTimeProvider()));
    }

    private static JsonElement Parse(string json) => JsonSerializer.Deserialize<JsonElement>(json);
}
