using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ScheduleZero.Architecture.Tests;

/// <summary>
/// The foreign types and members that an assembly names, read from its metadata, so that what the compiler added is
/// found too.
/// </summary>
internal static class AssemblyFacts
{
    /// <summary>Full names of the types of other assemblies that an assembly names.</summary>
    public static IReadOnlySet<string> ForeignTypes(Assembly assembly) =>
        Read(assembly, reader => reader.TypeReferences.Select(handle => NameOf(reader, handle)));

    /// <summary>
    /// Members of other assemblies that an assembly names, as <c>Namespace.Type.Member</c>. The getter of a property is
    /// <c>get_Name</c>.
    /// </summary>
    public static IReadOnlySet<string> ForeignMembers(Assembly assembly) =>
        Read(
            assembly,
            reader =>
                reader
                    .MemberReferences.Select(reader.GetMemberReference)
                    .Where(member => member.Parent.Kind == HandleKind.TypeReference)
                    .Select(member =>
                        $"{NameOf(reader, (TypeReferenceHandle)member.Parent)}.{reader.GetString(member.Name)}"
                    )
        );

    private static HashSet<string> Read(Assembly assembly, Func<MetadataReader, IEnumerable<string>> names)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        return [.. names(file.GetMetadataReader())];
    }

    private static string NameOf(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        var name = reader.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{NameOf(reader, (TypeReferenceHandle)type.ResolutionScope)}+{name}"
            : $"{reader.GetString(type.Namespace)}.{name}";
    }
}
