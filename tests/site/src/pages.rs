//! Pages that stand where data was expected.

/// Where the block page lies, on every host.
pub(crate) const APOLOGY_PATH: &str = "/abuse-detection-apology.html";

/// The block page.
pub(crate) const APOLOGY: &str = r#"<!DOCTYPE html>
<html lang="en"><head><title>Abuse Detection Apology</title></head>
<body><h1>We apologize for the inconvenience</h1>
<p>Your access to this site was detected as automated and has been blocked.
If you believe this is an error, please contact the site's web team.</p></body></html>
"#;

/// A page that wants to run a script before it lets anyone in.
pub(crate) const CHALLENGE: &str = r#"<!DOCTYPE html><html><head><meta charset="utf-8">
<script type="text/javascript" r="m">$_ts=window['$_ts'];if(!$_ts)$_ts={};</script>
</head><body></body></html>
"#;

/// A refusal by a web application firewall.
pub(crate) const FIREWALL: &str = r#"<html><head><title>412 Precondition Failed</title></head>
<body bgcolor="white"><center><h1>412 Precondition Failed</h1></center></body></html>
"#;

/// No such page.
pub(crate) const NOT_FOUND: &str = r#"<!DOCTYPE html>
<html lang="en"><head><title>404</title></head><body><h1>Page Not Found</h1></body></html>
"#;

/// Everyone may go everywhere.
pub(crate) const ROBOTS: &str = "User-agent: *\nDisallow:\n";
