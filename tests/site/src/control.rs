//! The control plane, for clients in another process: `/_control/...`.
//!
//! | call | does |
//! |---|---|
//! | `POST /_control/day/day2` | sets the day |
//! | `POST /_control/fault` with a [`Fault`] as JSON | adds a fault |
//! | `POST /_control/robots/HOST` with the text | sets a host's robots.txt |
//! | `POST /_control/clear_faults`, `POST /_control/clear_log` | empties them |
//! | `GET /_control/log` | the requests so far, as JSON |
//!
//! Control calls are not logged.

use crate::fault::Fault;
use crate::http::RawRequest;
use crate::message::Response;
use crate::state::Shared;

/// The answer to a control call; `None` where the request is not one.
pub(crate) fn reply(raw: &RawRequest, shared: &Shared) -> Option<Response> {
    let action = raw.target.strip_prefix("/_control/")?;
    Some(match act(&raw.method, action, &raw.body, shared) {
        Ok(json) => Response::new(200, "application/json", json.into_bytes()),
        Err((status, reason)) => Response::text(status, &format!("{reason}\n")),
    })
}

fn act(method: &str, action: &str, body: &[u8], shared: &Shared) -> Result<String, (u16, String)> {
    let bad = |reason: String| (400, reason);
    match (method, action.split_once('/').unwrap_or((action, ""))) {
        ("POST", ("day", day)) => shared.set_day(day.parse().map_err(bad)?),
        ("POST", ("fault", "")) => {
            let fault: Fault =
                serde_json::from_slice(body).map_err(|error| bad(error.to_string()))?;
            shared.add_fault(fault);
        }
        ("POST", ("robots", host)) => shared.set_robots(host, &String::from_utf8_lossy(body)),
        ("POST", ("clear_faults", "")) => shared.clear_faults(),
        ("POST", ("clear_log", "")) => shared.clear_log(),
        ("GET", ("log", "")) => {
            return serde_json::to_string(&shared.log()).map_err(|error| (500, error.to_string()));
        }
        _ => return Err((404, "no such control call".to_owned())),
    }
    Ok("{\"ok\":true}".to_owned())
}
