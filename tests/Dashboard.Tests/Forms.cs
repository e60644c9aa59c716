using System.Net;
using System.Text.RegularExpressions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Sends the dashboard's forms without a browser.</summary>
internal static partial class Forms
{
    /// <summary>Reads a page's form, and sends it with these values, as a browser of this origin would.</summary>
    public static async Task<HttpResponseMessage> SendFormAsync(
        this HttpClient http,
        string path,
        params (string Name, string Value)[] values
    ) => await http.PostFormAsync(path, [("__RequestVerificationToken", await http.ReadTokenAsync(path)), .. values]);

    public static Task<HttpResponseMessage> PostFormAsync(
        this HttpClient http,
        string path,
        params (string Name, string Value)[] values
    ) =>
        http.PostAsync(
            path,
            new FormUrlEncodedContent(values.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)))
        );

    public static async Task<string> ReadTokenAsync(this HttpClient http, string path)
    {
        var html = await http.GetStringAsync(path);
        return WebUtility.HtmlDecode(Token().Match(html).Groups[1].Value);
    }

    public static Task<HttpResponseMessage> SignInAsync(
        this HttpClient http,
        string userName,
        string password = TestBroker.Password
    ) => http.SendFormAsync("sign-in", ("userName", userName), ("password", password));

    [GeneratedRegex("""name="__RequestVerificationToken" value="([^"]+)" """)]
    private static partial Regex Token();
}
