//! What was asked, and what was answered.

use std::collections::BTreeMap;

use serde::Serialize;

/// One request, logged just before the last byte of its answer goes: a client
/// that has its answer finds the log complete.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoggedRequest {
    /// When it came: seconds since the site was started.
    pub t: f64,
    /// Real host.
    pub host: String,
    /// In capitals.
    pub method: String,
    /// Real path.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// Lower-case names.
    pub headers: BTreeMap<String, String>,
    /// Request body as text.
    pub body: String,
    /// Status of the answer; 0 where there was none.
    pub status: u16,
    /// Body bytes sent.
    pub bytes: usize,
    /// Requests under way at this host when it came, itself included.
    pub concurrency: usize,
    /// From its arrival to the last byte of the answer.
    pub seconds: f64,
    /// Fault that struck it.
    pub fault: Option<String>,
}
