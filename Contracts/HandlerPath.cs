using System.Diagnostics.CodeAnalysis;

namespace ScheduleZero.Contracts;

/// <summary>A handler's name with its namespace, such as <c>default/office-7</c>, as certificates have it.</summary>
public static class HandlerPath
{
    /// <summary>The most characters that such a name has.</summary>
    public const int LengthMax = Limits.NamespaceLengthMax + 1 + Limits.NameLengthMax;

    public static string Of(string @namespace, string handler) => $"{@namespace}/{handler}";

    /// <summary>Whether the text is a namespace and the name of a handler, with a slash in between.</summary>
    public static bool IsValid([NotNullWhen(true)] string? text) =>
        text?.Split('/') is [var scope, var handler] && Names.IsNamespace(scope) && Names.IsName(handler);
}
