//! A client that shows what is on the wire, and nothing else.

use std::io::{Cursor, Read};
use std::net::SocketAddr;

use regatta_testsite::{Fixtures, TestSite};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
    /// The connection was reset.
    pub reset: bool,
}

impl Reply {
    /// A header; the name in the case in which the site sends it.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The Content-Length.
    pub fn declared(&self) -> usize {
        self.header("Content-Length").map_or(0, |length| length.parse().unwrap())
    }

    /// A member of the zip in the body.
    pub fn member(&self, name: &str) -> Vec<u8> {
        let mut archive = zip::ZipArchive::new(Cursor::new(&self.body)).unwrap();
        let mut data = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut data).unwrap();
        data
    }

    /// Names of the zip's members.
    pub fn members(&self) -> Vec<String> {
        let archive = zip::ZipArchive::new(Cursor::new(&self.body)).unwrap();
        archive.file_names().map(|name| name.unwrap().into_owned()).collect()
    }
}

/// A site with the fixtures of the repository.
pub async fn site() -> TestSite {
    TestSite::start(Fixtures::embedded().unwrap()).await.unwrap()
}

/// Orange Book.
pub const ORANGE: &str = "/www.fda.gov/media/76860/download";
/// Drugs@FDA.
pub const DAF: &str = "/www.fda.gov/media/89850/download";

/// GET on a connection of its own.
pub async fn get(site: &TestSite, target: &str, headers: &[&str]) -> Reply {
    request(site.address(), "GET", target, headers, "").await
}

/// Any request on a connection of its own, read to its end.
pub async fn request(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[&str],
    body: &str,
) -> Reply {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut headers = headers.join(
        "
",
    );
    headers.push_str(if headers.is_empty() {
        ""
    } else {
        "
"
    });
    let length = body.len();
    let text = format!(
        "{method} {target} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n\
         {headers}\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut wire = Vec::new();
    let reset = stream.read_to_end(&mut wire).await.is_err();
    let Some(end) = wire.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Reply { reset, ..Reply::default() };
    };
    let head = String::from_utf8(wire[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head, body: wire[end + 4..].to_vec(), reset }
}
