using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>
/// Reads YAML of a bounded depth. The library builds its nodes by recursion, and text that is nested thousands deep
/// would end the whole process by an overflow of its stack.
/// </summary>
internal static class BoundedYaml
{
    /// <summary>
    /// The greatest depth of mappings and lists within each other: more than a schedule with the deepest params needs.
    /// </summary>
    public const int DepthMax = 100;

    /// <summary>Reads YAML.</summary>
    /// <exception cref="YamlException">
    /// The text is no YAML, or is nested too deep; the exception names the place.
    /// </exception>
    public static YamlStream Load(TextReader text)
    {
        var all = text.ReadToEnd();
        if (all.Contains('\0', StringComparison.Ordinal))
        {
            // The library reads NUL as the end of the text, and would ignore what stands behind it.
            throw new YamlException("A NUL character is no part of YAML.");
        }

        var stream = new YamlStream();
        stream.Load(new DepthGuard(new Parser(new StringReader(all))));
        return stream;
    }

    /// <summary>Passes the parser's events on until they go too deep. The parser itself does not recurse.</summary>
    private sealed class DepthGuard(IParser parser) : IParser
    {
        // The stream and the document count as a level each.
        private const int Envelope = 2;

        private int _depth;

        public ParsingEvent? Current => parser.Current;

        public bool MoveNext()
        {
            if (!parser.MoveNext())
            {
                return false;
            }

            _depth += parser.Current!.NestingIncrease;
            return _depth <= DepthMax + Envelope
                ? true
                : throw new YamlException(
                    parser.Current.Start,
                    parser.Current.End,
                    $"It is nested more than {DepthMax} deep."
                );
        }
    }
}
