namespace PatchFlow.Server.Feeds;

/// <summary>
/// Doubts a list of names that lacks much of what was known. Such a list has no mark of its end: a torn one looks whole, and would close all
/// that it lacks.
/// </summary>
internal static class ListDoubt
{
    private const int MostLacking = 20;
    private const double MostShare = 0.1;

    /// <summary>What is to be said of the list; null where it lacks no more than vendors take back at once.</summary>
    public static string? Of(int lacking, int known, string remedy, string what = "documents") => lacking > MostLacking && lacking > known * MostShare
        ? $"it lacks {lacking} of {known} {what} that were known, and does not say where it ends: it may be torn, so what they said stays; {remedy}"
        : null;
}
