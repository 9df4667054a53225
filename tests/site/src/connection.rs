//! One client connection: requests one after the other.

use std::io;
use std::sync::Arc;

use tokio::io::BufReader;
use tokio::net::TcpStream;

use crate::address::locate;
use crate::control;
use crate::http::read_request;
use crate::respond::respond;
use crate::send::{plain, send};
use crate::state::{Shared, Visit};

/// Answers until one side closes the connection. What goes wrong on the way
/// is the client's affair: it went away, or it does not speak HTTP.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Faults count single bytes, so none of them may wait for others.
    let _ = stream.set_nodelay(true);
    let mut connection = BufReader::new(stream);
    while let Ok(true) = answer(&mut connection, &shared).await {}
}

async fn answer(connection: &mut BufReader<TcpStream>, shared: &Arc<Shared>) -> io::Result<bool> {
    let Some(raw) = read_request(connection).await? else { return Ok(false) };
    let keep_alive = raw.keep_alive;
    if let Some(reply) = control::reply(&raw, shared) {
        plain(connection.get_mut(), &reply).await?;
        return Ok(keep_alive);
    }
    let request = locate(raw, &shared.fixtures);
    let fault = shared.take_fault(&request);
    let mut visit = Visit::enter(shared, &request, fault.as_ref());
    let robots = shared.robots(&request.host);
    let response = respond(&request, &shared.fixtures, shared.day(), &robots, fault.as_ref());
    let stream = connection.get_mut();
    Ok(send(stream, &request, &response, fault.as_ref(), &mut visit).await? && keep_alive)
}
