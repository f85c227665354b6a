//! HTTP/1.1 on a kept connection, with as little work as that takes.

use std::io::{self, IoSlice};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use wikiward_testkit::service::Address;

/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// A connection; one request at a time.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    /// What was read: an answer, and nothing after it.
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(address: &Address) -> io::Result<Self> {
        let stream: Box<dyn Stream> = match address {
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
        };
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends the parts of one request and reads its answer.
    pub(crate) async fn ask(&mut self, parts: [&[u8]; 3]) -> io::Result<Answer<'_>> {
        let mut slices = parts.map(IoSlice::new);
        let mut left = &mut slices[..];
        while !left.is_empty() {
            let written = self.stream.write_vectored(left).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            IoSlice::advance_slices(&mut left, written);
        }
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if is_whole(&self.buffer)? {
                break;
            }
            if self.buffer.len() > ANSWER_BYTES_MAX {
                return Err(bad("the answer is too long"));
            }
        }
        let head = Head::read(&self.buffer)?.ok_or_else(|| bad("no head"))?;
        Ok(Answer { status: head.status, body: self.buffer.get(head.bytes..).unwrap_or_default() })
    }
}

struct Head {
    status: u16,
    /// Where the body begins.
    bytes: usize,
    /// Bytes of the body; none if it comes in chunks.
    length: Option<usize>,
}

impl Head {
    /// None while it is not whole.
    fn read(buffer: &[u8]) -> io::Result<Option<Self>> {
        let Some(end) = memchr::memmem::find(buffer, b"\r\n\r\n") else { return Ok(None) };
        let text =
            std::str::from_utf8(buffer.get(..end).unwrap_or_default()).map_err(|_| bad("the head is no text"))?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
        let status = status.ok_or_else(|| bad("no status line"))?;
        let mut length = None;
        let mut is_chunked = false;
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.trim().parse().map_err(|_| bad("no length"))?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                is_chunked = true;
            }
        }
        if length.is_none() && !is_chunked {
            return Err(bad("the answer has no length"));
        }
        Ok(Some(Self { status, bytes: end + 4, length }))
    }
}

/// Whether `buffer` holds an answer to its end.
fn is_whole(buffer: &[u8]) -> io::Result<bool> {
    let Some(head) = Head::read(buffer)? else { return Ok(false) };
    Ok(match head.length {
        Some(length) => buffer.len() >= head.bytes + length,
        // Short chunked answers only: what ends like the last chunk is the end.
        None => buffer.ends_with(b"0\r\n\r\n") && buffer.len() > head.bytes,
    })
}

fn bad(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_last_byte_is_there() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 4\r\n\r\nabcd",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
        ] {
            for end in 0..text.len() {
                assert!(!is_whole(&text.as_bytes()[..end]).unwrap(), "{end} of {text:?}");
            }
            assert!(is_whole(text.as_bytes()).unwrap());
        }
        assert_eq!(Head::read(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").unwrap().unwrap().status, 503);
        assert!(is_whole(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(is_whole(b"SSH-2.0\r\n\r\n").is_err());
    }
}
