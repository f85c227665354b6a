//! A stand-in for the service that reads and answers and does nothing else: what is measured against it is the
//! generator's own share, and the system's.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use wikiward_testkit::requests::{REFUSE_WORD, TAG_WORD};
use wikiward_testkit::service::Address;

/// Starts it on a free port, one thread a connection, for as long as the program runs.
pub(crate) fn start() -> io::Result<Address> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = Address::Tcp(listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    Ok(address)
}

/// The same as a program of its own, so that it can have the service's processor: says where it listens, and ends when
/// its input does.
pub(crate) fn stand_in() -> io::Result<()> {
    println!("{}", start()?);
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn serve(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(256 * 1024, stream);
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let Some((name, value)) = line.split_once(':') else {
                if line.trim().is_empty() {
                    break;
                }
                continue;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        body.clear();
        reader.by_ref().take(length).read_to_end(&mut body)?;
        let holds = |word: &str| memchr::memmem::find(&body, word.as_bytes()).is_some();
        let (decision, matched) = match () {
            () if holds(REFUSE_WORD) => ("refuse", "[1]"),
            () if holds(TAG_WORD) => ("allow", "[1]"),
            () => ("allow", "[]"),
        };
        let body = format!(r#"{{"status":"complete","decision":"{decision}","matched":{matched}}}"#);
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        reader.get_mut().write_all(answer.as_bytes())?;
    }
}
