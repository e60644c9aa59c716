using ScheduleZero.Contracts;
using ScheduleZero.Dashboard.Pages.RunJob;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The form that is made of a schema, and the durations that people type.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SchemaFormTests
{
    private const string Schema = """
        { "type": "object", "required": ["month", "copies"], "properties": {
          "month": { "type": "string", "description": "The month <b>to</b> render", "maxLength": 7 },
          "copies": { "type": ["integer", "null"], "minimum": 1 },
          "share": { "type": "number" },
          "draft": { "type": "boolean", "default": true },
          "form": { "enum": ["pdf", "html"] },
          "stores": { "type": "array" } } }
        """;

    [Test]
    public void Each_kind_of_field_has_a_control()
    {
        var form = SchemaForm.Of(RawJson.Parse(Schema))!;
        Assert.Multiple(() =>
        {
            Assert.That(
                form.Fields.Select(field => field.Kind),
                Is.EqualTo(
                    new[]
                    {
                        FieldKind.Text,
                        FieldKind.Integer,
                        FieldKind.Number,
                        FieldKind.Flag,
                        FieldKind.Choice,
                        FieldKind.Json,
                    }
                )
            );
            Assert.That(
                form.Fields.Where(field => field.IsRequired).Select(field => field.Name),
                Is.EqualTo(new[] { "month", "copies" })
            );
            Assert.That(form.Fields[0].Help, Does.StartWith("The month <b>to</b> render").And.Contain("7"));
            Assert.That(form.Fields[3].Text, Is.EqualTo("true"));
        });
    }

    [Test]
    public void Params_go_into_the_fields_and_come_out_again()
    {
        const string Params =
            """{"month":"2026-10","copies":3,"share":1.50,"draft":false,"form":"html","stores":[1,2]}""";
        var form = SchemaForm.Of(RawJson.Parse(Schema))!;
        Assert.That(form.Fill(RawJson.Parse(Params)), Is.True);
        Assert.That(form.Read()?.ToString(), Is.EqualTo(Params));
    }

    [TestCase("""{"other":1}""")]
    [TestCase("""{"month":5}""")]
    [TestCase("""{"form":"docx"}""")]
    [TestCase("[1]")]
    [TestCase("null")]
    public void What_the_fields_cannot_show_stays_JSON(string json) =>
        Assert.That(SchemaForm.Of(RawJson.Parse(Schema))!.Fill(RawJson.Parse(json)), Is.False);

    [TestCase("copies", "")]
    [TestCase("copies", "1.5")]
    [TestCase("copies", "1e3")]
    [TestCase("share", "much")]
    [TestCase("share", "\"1\"")]
    [TestCase("stores", "[1")]
    public void What_does_not_fit_stands_beside_its_field(string name, string text)
    {
        var form = SchemaForm.Of(RawJson.Parse(Schema))!;
        form.Fill(RawJson.Parse("""{"month":"2026-10","copies":3}"""));
        var field = form.Fields.Single(one => one.Name == name);
        field.Text = text;
        Assert.That(form.Read(), Is.Null);
        Assert.That(field.Error, Is.Not.Null);
    }

    [TestCase("")]
    [TestCase("true")]
    [TestCase("[]")]
    [TestCase("""{"type":"string"}""")]
    [TestCase("""{"properties":[]}""")]
    [TestCase("""{"properties":{}}""")]
    [TestCase("not json")]
    public void What_describes_no_fields_makes_no_form(string schema) =>
        Assert.That(SchemaForm.Of(new RawJson(System.Text.Encoding.UTF8.GetBytes(schema))), Is.Null);

    [Test]
    public void A_schema_with_very_many_fields_makes_no_form()
    {
        var properties = Enumerable.Range(0, SchemaForm.FieldsMax + 1).ToDictionary(n => $"f{n}", _ => new { });
        Assert.That(SchemaForm.Of(RawJson.From(new { properties })), Is.Null);
    }
}
