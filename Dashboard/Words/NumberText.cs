using System.Globalization;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Writes numbers for people.</summary>
internal static class NumberText
{
    /// <summary>A whole number with its thousands apart: <c>12,408</c>.</summary>
    public static string Whole(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A number with its noun: <c>1 job</c>, <c>12,408 jobs</c>.</summary>
    public static string Of(long number, string one, string many) => $"{Whole(number)} {(number == 1 ? one : many)}";

    /// <summary>A share of 1 in per cent, never rounded up to all of it: <c>99.97 %</c>.</summary>
    public static string Percent(double share)
    {
        var percent = Math.Floor(share * 10_000) / 100;
        return $"{percent.ToString("0.##", CultureInfo.InvariantCulture)} %";
    }

    /// <summary>A number for the attributes of a picture.</summary>
    public static string Svg(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A box for the <c>d</c> of a path: one attribute, where a <c>rect</c> takes four.</summary>
    public static string SvgBox(double x, double y, double width, double height) =>
        $"M{Svg(x)},{Svg(y)}h{Svg(width)}v{Svg(height)}h-{Svg(width)}z";
}
