//! Recognising pages that stand in the way of data: apologies, challenges,
//! captchas. They are recorded; nothing here tries to get past them.

use url::Url;

/// Marks are looked for in this much of a page.
const HEAD: usize = 64 * 1024;
/// A page that asks for a captcha is small; a real page may merely have a form
/// with one.
const CAPTCHA_PAGE: usize = 16 * 1024;

/// What kind of obstacle a page is, in words; `None` where it looks like a page
/// in its own right.
pub(crate) fn obstacle(body: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&body[..body.len().min(HEAD)]).to_lowercase();
    let title = title(body);
    let titled = title.as_deref().unwrap_or_default().to_lowercase();
    let found = if head.contains("abuse detection apology")
        || head.contains("abuse-detection-apology")
        || titled.contains("apology")
    {
        "an abuse-detection apology page"
    } else if head.contains("$_ts=window['$_ts']") {
        "a script challenge (the page sets $_ts)"
    } else if titled.replace("验证性", "").contains("验证") {
        // A trial may be 验证性, which is confirmatory.
        "a verification page"
    } else if titled.contains("just a moment") || head.contains("challenges.cloudflare.com/cdn-cgi")
    {
        "a Cloudflare challenge"
    } else if titled.contains("access denied") || titled.contains("attention required") {
        "a page that denies access"
    } else if titled.contains("captcha") || (body.len() < CAPTCHA_PAGE && head.contains("captcha"))
    {
        "a captcha page"
    } else {
        return None;
    };
    Some(match title {
        Some(title) => format!("{found}, titled {title:?}"),
        None => found.to_owned(),
    })
}

/// The path of a redirect target that leads to an obstacle, not to data.
pub(crate) fn leads_to_obstacle(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    ["apology", "abuse", "captcha", "challenge", "access-denied", "accessdenied"]
        .iter()
        .any(|mark| path.contains(mark))
}

/// The title of an HTML page, on one line, at most 120 characters.
pub(crate) fn title(body: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&body[..body.len().min(HEAD)]);
    // ASCII only, so that positions stay those of `head`.
    let lower = head.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let words: Vec<&str> = head[start..end].split_whitespace().collect();
    let text: String = words.join(" ").chars().take(120).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn obstacles_are_told_from_pages() {
        for (page, mark) in [
            ("<html><title>Abuse Detection Apology</title>", "apology"),
            ("<html><head><script>$_ts=window['$_ts'];if(!$_ts)", "script challenge"),
            ("<html><TITLE lang=zh>\n 安全验证 </TITLE>", "verification"),
            ("<html><title>Just a moment...</title>", "Cloudflare"),
            ("<html><body><img src=/captcha.png>", "captcha"),
            ("<html><title>Access Denied</title>", "denies"),
        ] {
            let found = obstacle(page.as_bytes());
            assert!(found.as_deref().is_some_and(|f| f.contains(mark)), "{page}: {found:?}");
        }
        assert_eq!(obstacle(b"<html><title>Purple Book downloads</title><a href=x.csv>"), None);
        let trial = "<html><title>某药的验证性临床试验</title>";
        assert_eq!(obstacle(trial.as_bytes()), None);
        let form = format!("<html><title>Search</title>{}captcha", "x".repeat(20_000));
        assert_eq!(obstacle(form.as_bytes()), None);
    }

    #[test]
    fn titles_come_in_one_line_and_damage_is_harmless() {
        assert_eq!(title("<Title>\n A\tİ  b\n</tITLE>".as_bytes()).unwrap(), "A İ b");
        for broken in ["", "<title", "<title>", "<title></title>", "<title>x"] {
            assert_eq!(title(broken.as_bytes()), None, "{broken}");
        }
    }

    #[test]
    fn redirects_to_obstacles_are_seen() {
        let leads = |url: &str| leads_to_obstacle(&url.parse().unwrap());
        assert!(leads("https://www.fda.gov/apology_objects/abuse-detection-apology.html"));
        assert!(leads("https://a/cdn-cgi/Challenge-platform"));
        assert!(!leads("https://www.fda.gov/media/76860/download"));
    }
}
