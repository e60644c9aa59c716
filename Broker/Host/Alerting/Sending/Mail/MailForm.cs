using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using MimeKit;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Alerting.Sending.Words;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Mail;

/// <summary>The form of mail: plain text, and the same as simple HTML.</summary>
internal static class MailForm
{
    private const int SubjectLengthMax = 200;

    /// <param name="from">The address that the mail comes from.</param>
    /// <param name="to">The addresses that it goes to.</param>
    public static MimeMessage Make(string from, IReadOnlyList<string> to, AlertNotice notice, AlertMessage message)
    {
        var domain = from[(from.IndexOf('@', StringComparison.Ordinal) + 1)..];
        var mail = new MimeMessage
        {
            Subject = SubjectOf(message),
            Date = notice.At.ToUniversalTime(),
            // The same for each attempt, so that mail that arrives twice can be told.
            MessageId = $"{notice.Id:N}@{domain}",
            Body = new MultipartAlternative(
                new TextPart("plain") { Text = TextOf(message) },
                new TextPart("html") { Text = HtmlOf(message) }
            ),
        };
        mail.From.Add(new MailboxAddress("ScheduleZero", from));
        mail.To.AddRange(to.Select(address => new MailboxAddress(null, address)));
        // Whoever answers mail by a program does not answer this (RFC 3834).
        mail.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        if (notice.Phase != AlertPhase.Test)
        {
            var thread = $"{ThreadOf(notice)}@{domain}";
            mail.InReplyTo = thread;
            mail.References.Add(thread);
        }

        return mail;
    }

    // The words have no line ends; this is where a header would begin if they ever had.
    private static string SubjectOf(AlertMessage message)
    {
        var subject = string.Concat(message.Title.Select(c => char.IsControl(c) ? ' ' : c));
        return subject.Length <= SubjectLengthMax ? subject : $"{subject[..SubjectLengthMax]}…";
    }

    /// <summary>The id of a message that is never sent, to which all mail about one alert refers.</summary>
    private static string ThreadOf(AlertNotice notice)
    {
        var since = notice.Since.UtcTicks.ToString(CultureInfo.InvariantCulture);
        var alert = string.Join('\0', notice.Namespace, notice.Rule, notice.Subject, since);
        return $"alert.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(alert)).AsSpan(0, 16))}";
    }

    private static string TextOf(AlertMessage message)
    {
        var text = new StringBuilder(message.Title).Append(".\r\n\r\n");
        foreach (var fact in message.Facts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{fact.Name}: {fact.Text}\r\n");
        }

        if (message.Link is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"\r\n{message.Link.AbsoluteUri}\r\n");
        }

        foreach (var job in message.Jobs)
        {
            text.Append(CultureInfo.InvariantCulture, $"\r\nJob {job.Id}\r\n{job.Title}\r\n");
            text.Append(job.Text is null ? "" : $"{job.Text}\r\n");
            text.Append(job.Link is null ? "" : $"{job.Link.AbsoluteUri}\r\n");
        }

        return text.ToString();
    }

    private static string HtmlOf(AlertMessage message)
    {
        var html = new StringBuilder("<!DOCTYPE html>\r\n<html><body>\r\n");
        html.Append(CultureInfo.InvariantCulture, $"<p><b>{Html(message.Title)}.</b></p>\r\n<p>");
        html.AppendJoin("<br>\r\n", message.Facts.Select(fact => $"{Html(fact.Name)}: {Html(fact.Text)}"));
        html.Append("</p>\r\n");
        if (message.Link is not null)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p>{LinkTo(message.Link, "Open the dashboard")}</p>\r\n");
        }

        foreach (var job in message.Jobs)
        {
            var id = job.Link is null ? Html(job.Id) : LinkTo(job.Link, job.Id);
            html.Append(CultureInfo.InvariantCulture, $"<p>Job {id}<br>\r\n{Html(job.Title)}");
            html.Append(job.Text is null ? "" : $"<br>\r\n<code>{Html(job.Text)}</code>").Append("</p>\r\n");
        }

        return html.Append("</body></html>\r\n").ToString();
    }

    private static string LinkTo(Uri url, string words) => $"<a href=\"{Html(url.AbsoluteUri)}\">{Html(words)}</a>";

    private static string Html(string text) => HtmlEncoder.Default.Encode(text);
}
