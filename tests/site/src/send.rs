//! Puts a response on the wire, or as much of it as the fault allows.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::fault::FaultKind;
use crate::message::{Request, Response};
use crate::state::Visit;

/// Steps in which a body drips.
const DRIPS: u32 = 50;

/// Sends the response. `Ok(false)`: the connection must be closed.
pub(crate) async fn send(
    stream: &mut TcpStream,
    request: &Request,
    response: &Response,
    fault: Option<&FaultKind>,
    visit: &mut Visit,
) -> io::Result<bool> {
    let (status, body) = (response.status, &*response.body);
    if let Some(FaultKind::Hang { seconds, after_bytes: None }) = fault {
        visit.record(0, 0);
        silence(stream, *seconds).await;
        return Ok(false);
    }
    let head = head(response);
    let Some((last, rest)) = body.split_last().filter(|_| request.method != "HEAD") else {
        visit.finish(status, 0);
        stream.write_all(head.as_bytes()).await?;
        return Ok(true);
    };
    stream.write_all(head.as_bytes()).await?;
    match fault {
        Some(FaultKind::Hang { seconds, after_bytes: Some(after) }) => {
            let part = part(body, Some(*after));
            stream.write_all(part).await?;
            visit.record(status, part.len());
            silence(stream, *seconds).await;
            return Ok(false);
        }
        Some(FaultKind::ShortBody { after_bytes }) => {
            let part = part(body, *after_bytes);
            stream.write_all(part).await?;
            visit.finish(status, part.len());
            return Ok(false);
        }
        Some(FaultKind::ResetMidBody { after_bytes }) => {
            let part = part(body, *after_bytes);
            stream.write_all(part).await?;
            // Lets the part leave before the reset throws away what is queued.
            sleep(Duration::from_millis(50)).await;
            visit.finish(status, part.len());
            stream.set_zero_linger()?;
            return Ok(false);
        }
        Some(FaultKind::SlowDrip { seconds }) => drip(stream, rest, *seconds).await?,
        _ => stream.write_all(rest).await?,
    }
    visit.finish(status, body.len());
    stream.write_all(&[*last]).await?;
    Ok(true)
}

/// Sends the response as it is.
pub(crate) async fn plain(stream: &mut TcpStream, response: &Response) -> io::Result<()> {
    stream.write_all(head(response).as_bytes()).await?;
    stream.write_all(&response.body).await
}

fn head(response: &Response) -> String {
    let mut head = format!("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
    for (name, value) in &response.headers {
        head.extend([*name, ": ", value, "\r\n"]);
    }
    if response.status != 304 {
        head.extend(["Content-Length: ", &response.body.len().to_string(), "\r\n"]);
    }
    head.push_str("\r\n");
    head
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        302 => "Found",
        304 => "Not Modified",
        403 => "Forbidden",
        404 => "Not Found",
        412 => "Precondition Failed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}

/// The first `after` bytes, or half; always less than the whole.
fn part(body: &[u8], after: Option<usize>) -> &[u8] {
    let length = after.unwrap_or(body.len() / 2).min(body.len() - 1);
    &body[..length]
}

async fn drip(stream: &mut TcpStream, bytes: &[u8], seconds: f64) -> io::Result<()> {
    let pause = duration(seconds) / DRIPS;
    let size = bytes.len().div_ceil(DRIPS as usize).max(1);
    for piece in bytes.chunks(size) {
        sleep(pause).await;
        stream.write_all(piece).await?;
    }
    Ok(())
}

/// Says nothing until the time is over or the client gives up.
async fn silence(stream: &mut TcpStream, seconds: f64) {
    let gone = async {
        let mut ignored = [0; 512];
        while stream.read(&mut ignored).await.is_ok_and(|count| count > 0) {}
    };
    tokio::select! {
        () = gone => {}
        () = sleep(duration(seconds)) => {}
    }
}

/// Nonsense counts as no time at all.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
