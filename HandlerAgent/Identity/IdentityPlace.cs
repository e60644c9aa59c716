namespace ScheduleZero.HandlerAgent;

/// <summary>The place of an agent's identity.</summary>
/// <param name="Folder">The folder, which is made if need be, for its owner only.</param>
/// <param name="FileName">The name of the file; null for <c>HANDLER.json</c>, after the name of the handler.</param>
public sealed record IdentityPlace(string Folder, string? FileName = null)
{
    /// <summary>The whole path of the identity of a handler.</summary>
    /// <param name="handler">The name of the handler.</param>
    public string FileOf(string handler) => Path.GetFullPath(Path.Combine(Folder, FileName ?? $"{handler}.json"));
}
