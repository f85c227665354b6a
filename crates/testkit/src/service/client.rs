//! HTTP on one kept connection, blocking.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde_json::Value;

use super::Trouble;

/// Longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Where the service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A TCP port.
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

impl FromStr for Address {
    type Err = std::net::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("unix:") {
            Some(path) => Ok(Self::Unix(path.into())),
            None => text.parse().map(Self::Tcp),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Both directions of a connection.
trait Stream: Read + Write + Send {}
impl<S: Read + Write + Send> Stream for S {}

/// A client; one request at a time. Connects when it first asks, and anew after an error.
pub struct Client {
    address: Address,
    bearer: Option<String>,
    headers: String,
    wait: Duration,
    stream: Option<BufReader<Box<dyn Stream>>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("address", &self.address).finish_non_exhaustive()
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Client {
    /// A client of `address`, which shows `bearer` if there is one.
    pub fn new(address: Address, bearer: Option<&str>) -> Self {
        Self {
            address,
            bearer: bearer.map(str::to_owned),
            headers: String::new(),
            wait: Duration::from_secs(30),
            stream: None,
        }
    }

    /// Sends a header with every request: a cookie, as a browser would.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        for part in [name, ": ", value, "\r\n"] {
            self.headers.push_str(part);
        }
        self
    }

    /// Gives up an answer after `wait`, 30 seconds if nothing is said.
    #[must_use]
    pub fn waiting(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Sends a request and reads the answer, whatever its status.
    ///
    /// # Errors
    /// If the service cannot be reached, breaks off, or sends what is no HTTP. The request may have been done.
    pub fn call(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> io::Result<Answer> {
        let result = self.call_once(method, path, kind, body);
        match &result {
            Ok(answer) if answer.status >= 400 => crate::codes::note(&answer.body),
            Ok(_) => {}
            Err(_) => self.stream = None,
        }
        result
    }

    /// Sends JSON, and takes any status but 2xx for trouble.
    ///
    /// # Errors
    /// If the service cannot be reached or refuses; with what it says.
    pub fn json(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Trouble> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = self.call(method, path, "application/json", body.as_bytes())?;
        if !(200..300).contains(&answer.status) {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(format!("{method} {path} was answered {}: {text}", answer.status).into());
        }
        Ok(answer.json())
    }

    fn call_once(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> io::Result<Answer> {
        use std::fmt::Write as _;
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: wikiward\r\nContent-Length: {}\r\n", body.len());
        if !body.is_empty() {
            let _ = write!(head, "Content-Type: {kind}\r\n");
        }
        if let Some(bearer) = &self.bearer {
            let _ = write!(head, "Authorization: Bearer {bearer}\r\n");
        }
        head.push_str(&self.headers);
        head.push_str("\r\n");
        let mut message = head.into_bytes();
        message.extend_from_slice(body);
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(BufReader::with_capacity(64 * 1024, connect(&self.address, self.wait)?)),
        };
        stream.get_mut().write_all(&message)?;
        read_answer(stream)
    }
}

fn connect(address: &Address, wait: Duration) -> io::Result<Box<dyn Stream>> {
    match address {
        Address::Tcp(address) => {
            let stream = TcpStream::connect_timeout(address, wait)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(wait))?;
            Ok(Box::new(stream))
        }
        Address::Unix(path) => {
            let stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(wait))?;
            Ok(Box::new(stream))
        }
    }
}

fn read_answer(stream: &mut impl BufRead) -> io::Result<Answer> {
    let line = read_line(stream)?;
    let status = line.split(' ').nth(1).and_then(|text| text.parse().ok()).ok_or_else(|| bad("no status line"))?;
    let (mut length, mut is_chunked) = (None, false);
    loop {
        let line = read_line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse::<u64>().map_err(|_| bad("no length"))?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            is_chunked = value.trim().eq_ignore_ascii_case("chunked");
        }
    }
    let mut body = Vec::new();
    if is_chunked {
        loop {
            let line = read_line(stream)?;
            let size = u64::from_str_radix(line.trim(), 16).map_err(|_| bad("no size of a chunk"))?;
            read_body(stream, size, &mut body)?;
            read_line(stream)?;
            if size == 0 {
                break;
            }
        }
    } else if status != 204 && status != 304 {
        read_body(stream, length.ok_or_else(|| bad("no length"))?, &mut body)?;
    }
    Ok(Answer { status, body })
}

fn read_body(stream: &mut impl BufRead, size: u64, body: &mut Vec<u8>) -> io::Result<()> {
    if size > ANSWER_BYTES_MAX {
        return Err(bad("the answer is too long"));
    }
    let read = stream.by_ref().take(size).read_to_end(body)?;
    if read as u64 == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// A line without its end.
fn read_line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.by_ref().take(64 * 1024).read_line(&mut line)?;
    if !line.ends_with('\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}

fn bad(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<(u16, String)> {
        let mut bytes = text.as_bytes();
        let answer = read_answer(&mut bytes)?;
        assert!(bytes.is_empty(), "everything is read");
        Ok((answer.status, String::from_utf8(answer.body).unwrap()))
    }

    #[test]
    fn answers_of_every_kind_are_read_whole() {
        let cases = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", (200, "ok")),
            ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", (404, "")),
            ("HTTP/1.1 204 No Content\r\n\r\n", (204, "")),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", (200, "abcd")),
        ];
        for (text, (status, body)) in cases {
            assert_eq!(read(text).unwrap(), (status, body.to_string()));
        }
    }

    #[test]
    fn a_broken_answer_is_an_error() {
        for text in
            ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"]
        {
            assert!(read_answer(&mut text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
