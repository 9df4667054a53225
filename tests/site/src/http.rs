//! Reads HTTP/1.1 requests off a connection.

use std::collections::BTreeMap;
use std::io::{self, Error, ErrorKind};

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

const MAX_HEAD: u64 = 64 << 10;
const MAX_BODY: u64 = 16 << 20;

/// A request as it came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawRequest {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Lower-case names.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// The client wants the connection kept.
    pub(crate) keep_alive: bool,
}

/// The next request; `None` where the client has closed the connection.
pub(crate) async fn read_request(
    reader: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<RawRequest>> {
    let mut head = reader.take(MAX_HEAD);
    let mut line = String::new();
    if head.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next())
    else {
        return Err(invalid("no request line"));
    };
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if head.read_line(&mut line).await? == 0 {
            return Err(invalid("the head does not end"));
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| invalid("a header without ':'"))?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let connection = headers.get("connection").map(|value| value.to_ascii_lowercase());
    let keep_alive = version == "HTTP/1.1" && connection.as_deref() != Some("close");
    let (method, target) = (method.to_owned(), target.to_owned());
    let body = read_body(reader, &headers).await?;
    Ok(Some(RawRequest { method, target, headers, body, keep_alive }))
}

async fn read_body(
    reader: &mut (impl AsyncBufRead + Unpin),
    headers: &BTreeMap<String, String>,
) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if headers.get("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).await?;
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).map_err(|_| invalid("a chunk's size"))?;
            read_part(reader, size, &mut body).await?;
            reader.read_line(&mut String::new()).await?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    let length = headers.get("content-length").map_or(Ok(0), |length| length.parse());
    let length = length.map_err(|_| invalid("the Content-Length"))?;
    read_part(reader, length, &mut body).await?;
    Ok(body)
}

async fn read_part(
    reader: &mut (impl AsyncBufRead + Unpin),
    size: u64,
    body: &mut Vec<u8>,
) -> io::Result<()> {
    if size.saturating_add(body.len() as u64) > MAX_BODY {
        return Err(invalid("a body too large"));
    }
    if reader.take(size).read_to_end(body).await? as u64 != size {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("not a request: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_follow_each_other_on_a_connection() {
        let mut wire: &[u8] = b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\
            POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n\
            GET / HTTP/1.1\r\nConnection: Close\r\n\r\n";
        let first = read_request(&mut wire).await.unwrap().unwrap();
        assert_eq!((first.method.as_str(), first.target.as_str()), ("POST", "/a?b=c"));
        assert_eq!(first.headers["host"], "x");
        assert_eq!(first.body, b"abc");
        assert!(first.keep_alive);
        let second = read_request(&mut wire).await.unwrap().unwrap();
        assert_eq!(second.body, b"def");
        let third = read_request(&mut wire).await.unwrap().unwrap();
        assert!(!third.keep_alive);
        assert_eq!(read_request(&mut wire).await.unwrap(), None);
    }

    #[tokio::test]
    async fn nonsense_is_refused() {
        for mut wire in ["x\r\n", "GET / HTTP/1.1\r\nHost: x", "GET / HTTP/1.1\r\nno colon\r\n\r\n"]
            .map(str::as_bytes)
        {
            assert!(read_request(&mut wire).await.is_err());
        }
    }
}
