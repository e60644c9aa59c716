using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace ScheduleZero.Dashboard.Assets;

/// <summary>
/// The scripts, style sheets and pictures of the dashboard. They are part of the assembly, so that pages look the same
/// however the Broker was started.
/// </summary>
internal static class DashboardAssets
{
    private const string ResourcePrefix = "assets/";
    private const string StylePrefix = "styles/";
    private const string StyleName = "dashboard.css";

    private static readonly Dictionary<string, Asset> ByName = Load();

    private static readonly Dictionary<string, Asset> ByPath = ByName.Values.ToDictionary(
        asset => $"{DashboardPaths.Assets}/{asset.FileName}",
        StringComparer.Ordinal
    );

    /// <summary>The address of a file, relative to the base of pages.</summary>
    /// <param name="name">The file's own name, such as <c>dashboard.css</c>.</param>
    public static string Url(string name) => $"{DashboardPaths.Assets[1..]}/{ByName[name].FileName}";

    /// <summary>Serves a file; 404 when there is none of that name.</summary>
    public static Task ServeAsync(HttpContext http)
    {
        if (ByPath.TryGetValue(http.Request.Path.Value!, out var asset))
        {
            return asset.ServeAsync(http);
        }

        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Dictionary<string, Asset> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => (Name: name[ResourcePrefix.Length..], Bytes: Read(assembly, name)))
            .Append((StyleName, StyleSheet()))
            .ToDictionary(file => file.Item1, file => new Asset(file.Item1, file.Item2), StringComparer.Ordinal);
    }

    /// <summary>The style sheet: one file, made of those in <c>Styles</c> in the order of their names.</summary>
    internal static byte[] StyleSheet()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. assembly
                .GetManifestResourceNames()
                .Where(name => name.StartsWith(StylePrefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .SelectMany(name => Read(assembly, name)),
        ];
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
