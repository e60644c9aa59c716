using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Zmtp.Tests;

public sealed class Z85Tests
{
    [Test]
    public void The_example_of_the_RFC_is_written_and_read()
    {
        byte[] bytes = [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B];
        Assert.That(Z85.Encode(bytes), Is.EqualTo("HelloWorld"));
        Assert.That(Z85.TryDecode("HelloWorld", out var decoded), Is.True);
        Assert.That(decoded, Is.EqualTo(bytes));
    }

    [TestCase("Hello Worl", TestName = "A space is not of the alphabet")]
    [TestCase("HelloWorl", TestName = "Nine characters are no multiple of five")]
    [TestCase("#####", TestName = "More than four bytes can hold")]
    [TestCase("Helloé1234", TestName = "A character that is not ASCII")]
    public void What_is_no_Z85_is_refused(string text) => Assert.That(Z85.TryDecode(text, out _), Is.False);

    [Test]
    public void A_key_pair_has_the_public_key_of_its_secret()
    {
        var pair = CurveKeyPair.Generate();
        Assert.That(CurveKeyPair.OfSecret(pair.Secret).Public, Is.EqualTo(pair.Public));
        Assert.That(CurvePublicKey.TryParse(pair.Public.Text, out var read), Is.True);
        Assert.That(read, Is.EqualTo(pair.Public));
    }

    [Test]
    public void The_text_of_a_pair_does_not_tell_its_secret()
    {
        var pair = CurveKeyPair.Generate();
        Assert.That(pair.ToString(), Does.Not.Contain(pair.SecretText));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("HelloWorld")]
    [TestCase("HelloWorldHelloWorldHelloWorldHelloWorl ")]
    public void What_is_no_public_key_is_refused(string? text) =>
        Assert.That(CurvePublicKey.TryParse(text, out _), Is.False);
}
