using System.Text.Json;

namespace ScheduleZero.Contracts.Tests;

public sealed class ValueTests
{
    [TestCase("reports.render", "reports.render", true)]
    [TestCase("reports.*", "reports.render", true)]
    [TestCase("reports.*", "reports.", true)]
    [TestCase("reports.*", "reports", false)]
    [TestCase("*", "anything", true)]
    [TestCase("*", "", true)]
    [TestCase("", "", true)]
    [TestCase("", "a", false)]
    [TestCase("*.render", "reports.pdf.render", true)]
    [TestCase("*.render", "reports.renderer", false)]
    [TestCase("a*b*c", "a-b-b-c", true)]
    [TestCase("a*b*c", "a-c-b", false)]
    [TestCase("**", "a", true)]
    [TestCase("Reports.*", "reports.render", false)]
    [TestCase("reports.render", "reports_render", false)]
    [TestCase("*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void A_star_stands_for_any_run_of_characters(string pattern, string name, bool expected) =>
        Assert.That(Names.Matches(pattern, name), Is.EqualTo(expected));

    [TestCase("reports.render", true)]
    [TestCase("7", true)]
    [TestCase("a:b-c_d.e", true)]
    [TestCase("", false)]
    [TestCase(null, false)]
    [TestCase(".a", false)]
    [TestCase("a b", false)]
    [TestCase("a\n", false)]
    [TestCase("é", false)]
    [TestCase("a/b", false)]
    [TestCase("a*", false)]
    public void Names_are_plain_ascii(string? text, bool expected) =>
        Assert.That(Names.IsName(text), Is.EqualTo(expected));

    [TestCase("user:ana", true)]
    [TestCase("key:shop:nightly", true)]
    [TestCase("ana", false)]
    [TestCase("role:ana", false)]
    [TestCase("user:", false)]
    [TestCase("user:a na", false)]
    [TestCase("User:ana", false)]
    public void Accounts_say_what_they_are(string text, bool expected) =>
        Assert.That(Names.IsAccount(text), Is.EqualTo(expected));

    [TestCase("default", true)]
    [TestCase("team-7", true)]
    [TestCase("7team", false)]
    [TestCase("Team", false)]
    [TestCase("a.b", false)]
    [TestCase("", false)]
    [TestCase("a\n", false)]
    public void Namespaces_are_lower_case(string text, bool expected) =>
        Assert.That(Names.IsNamespace(text), Is.EqualTo(expected));

    [Test]
    public void Names_have_a_greatest_length()
    {
        Assert.That(Names.IsName(new string('a', 128)), Is.True);
        Assert.That(Names.IsName(new string('a', 129)), Is.False);
        Assert.That(Names.IsNamespace(new string('a', 63)), Is.True);
        Assert.That(Names.IsNamespace(new string('a', 64)), Is.False);
        Assert.That(Names.IsPattern(new string('*', 128)), Is.True);
        Assert.That(Names.IsPattern(new string('*', 129)), Is.False);
    }

    [TestCase("PT30S", 30)]
    [TestCase("PT1H", 3600)]
    [TestCase("P1DT2H", 93_600)]
    [TestCase("P7D", 604_800)]
    [TestCase("PT5M", 300)]
    [TestCase("PT0S", 0)]
    [TestCase("PT0.5S", 0.5)]
    public void Durations_are_read_and_written_as_iso_8601(string text, double seconds)
    {
        Assert.That(IsoDuration.TryParse(text, out var value), Is.True);
        Assert.That(value.TotalSeconds, Is.EqualTo(seconds));
        Assert.That(IsoDuration.Format(value), Is.EqualTo(text));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("30")]
    [TestCase("00:00:30")]
    [TestCase("P")]
    [TestCase("PT")]
    [TestCase("P1M")]
    [TestCase("P1Y")]
    [TestCase("P1MT5M")]
    [TestCase("P1Y2DT5M")]
    [TestCase("pt30s")]
    [TestCase("PT30S ")]
    [TestCase(" PT30S")]
    [TestCase("PT99999999999999999999S")]
    [TestCase("P99999999999D")]
    public void What_has_no_fixed_length_or_is_no_duration_is_refused(string? text) =>
        Assert.That(IsoDuration.TryParse(text, out _), Is.False);

    [Test]
    public void An_api_key_reads_back_what_it_reveals_and_hides_its_secret_otherwise()
    {
        var key = ApiKey.Generate();
        Assert.That(key.Reveal(), Does.Match("^szk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$"));
        Assert.That(ApiKey.TryParse(key.Reveal(), out var read), Is.True);
        Assert.That(read!.Id, Is.EqualTo(key.Id));
        Assert.That(read.SecretHash(), Is.EqualTo(key.SecretHash()));
        Assert.That(key.ToString(), Does.Contain(key.Id).And.Not.Contain(key.Reveal()[17..]));
        Assert.That(ApiKey.Generate().Reveal(), Is.Not.EqualTo(key.Reveal()));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("szk_0123456789ab")]
    [TestCase("szk_0123456789ab_short")]
    [TestCase("SZK_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [TestCase("szk_0123456789AB_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [TestCase("szk_0123456789ab-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [TestCase("szk_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+A")]
    [TestCase("szk_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [TestCase("szk_0123456789ab_AAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA")]
    [TestCase("szk_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")]
    [TestCase("szk_0123456789ab_ÄAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_key_that_is_not_of_full_form_is_refused(string? text)
    {
        Assert.That(ApiKey.TryParse(text, out var key), Is.False);
        Assert.That(key, Is.Null);
    }

    [TestCase("{}")]
    [TestCase("""{ "a" : [ 1.50, "ü\u00e4" , null ] }""")]
    [TestCase("12345678901234567890.123456789")]
    [TestCase("\"text\"")]
    [TestCase("false")]
    public void Raw_json_keeps_every_byte(string json)
    {
        var carrier = JsonSerializer.Deserialize<Carrier>($$"""{"value": {{json}} }""", JsonSerializerOptions.Web)!;
        Assert.That(carrier.Value.ToString(), Is.EqualTo(json));
        Assert.That(
            JsonSerializer.Serialize(carrier, JsonSerializerOptions.Web),
            Is.EqualTo($$"""{"value":{{json}}}""")
        );
        Assert.That(RawJson.Parse(json), Is.EqualTo(carrier.Value));
    }

    [Test]
    public void Raw_json_that_is_null_or_absent_is_empty()
    {
        Assert.That(
            JsonSerializer.Deserialize<Carrier>("""{"value":null}""", JsonSerializerOptions.Web)!.Value.IsEmpty,
            Is.True
        );
        Assert.That(JsonSerializer.Deserialize<Carrier>("{}", JsonSerializerOptions.Web)!.Value.IsEmpty, Is.True);
        Assert.That(default(RawJson).ToString(), Is.EqualTo("null"));
        Assert.That(default(RawJson).To<string>(), Is.Null);
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("{} {}")]
    [TestCase("{'a':1}")]
    [TestCase("{\"a\":1,}")]
    [TestCase("NaN")]
    [TestCase("// x\n1")]
    public void Raw_json_that_is_not_one_whole_value_is_refused(string json) =>
        Assert.That(() => RawJson.Parse(json), Throws.InstanceOf<JsonException>());

    [Test]
    public void Typed_values_go_in_and_out_by_the_conventions_of_the_product()
    {
        var json = RawJson.From(new Sample("x", TimeSpan.FromSeconds(30), DayOfWeek.Monday));
        Assert.That(json.ToString(), Is.EqualTo("""{"someName":"x","wait":"PT30S","day":"monday"}"""));
        Assert.That(json.To<Sample>(), Is.EqualTo(new Sample("x", TimeSpan.FromSeconds(30), DayOfWeek.Monday)));
    }

    private sealed record Carrier(RawJson Value);

    private sealed record Sample(string SomeName, TimeSpan Wait, DayOfWeek Day);
}
