//! Addresses to listen on: free, or answered by a service of ours.

use serde_json::Value;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream, lookup_host};
use wikiward_farm::checkup::Finding;
use wikiward_server::Config;
use wikiward_server::checkup::is_this_machine;
use wikiward_server::config::Address;

/// How long to wait for an answer.
const WAIT: Duration = Duration::from_secs(3);

/// Most bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// Looks at all addresses; says whether a service of ours answers at one.
pub(super) async fn look(config: &Config, lines: &mut Vec<Finding>) -> bool {
    let is_tls = config.server.tls_certificate.is_some();
    let mut answers = false;
    for address in &config.server.listen {
        let (line, ours) = match address {
            Address::Tcp(host) => tcp("address", host, is_tls).await,
            Address::Unix(path) => unix(path).await,
        };
        answers |= ours;
        lines.push(line);
    }
    if let Some(Address::Tcp(host)) = &config.metrics.listen.0 {
        lines.push(tcp("metrics", host, false).await.0);
        if !is_this_machine(host) {
            let todo = "keep it inside: listen on 127.0.0.1, or let a firewall close it";
            lines.push(Finding::warning("metrics", format!("{host} is reached from other machines"), todo));
        }
    }
    answers
}

async fn tcp(check: &'static str, host: &str, is_tls: bool) -> (Finding, bool) {
    let Err(error) = TcpListener::bind(host).await else {
        return (Finding::ok(check, format!("{host} is free")), false);
    };
    if error.kind() != io::ErrorKind::AddrInUse {
        let todo = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                "ports below 1024 need leave: set `AmbientCapabilities=CAP_NET_BIND_SERVICE` in the service's unit, or \
                 listen on a higher one"
            }
            _ => "name an address of this machine in the configuration",
        };
        return (Finding::problem(check, format!("{host} cannot be listened on: {error}"), todo), false);
    }
    let address = lookup_host(host).await.ok().and_then(|mut found| found.next()).map(reachable);
    let answer = match address {
        Some(address) if is_tls => over_tls(address).await,
        Some(address) => match tokio::time::timeout(WAIT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => ask(stream).await,
            _ => None,
        },
        None => None,
    };
    answered(check, host, answer.as_ref())
}

async fn unix(path: &Path) -> (Finding, bool) {
    const CHECK: &str = "address";
    let shown = format!("unix:{}", path.display());
    match UnixStream::connect(path).await {
        Ok(stream) => answered(CHECK, &shown, ask(stream).await.as_ref()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let todo = "run this as the user that the service runs as, or let that user use the socket";
            (Finding::problem(CHECK, format!("{shown}: {error}"), todo), false)
        }
        Err(_) => match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) if !folder.is_dir() => {
                let todo = format!("make {}, writable for the service's user", folder.display());
                (Finding::problem(CHECK, format!("{shown}: its folder is not there"), todo), false)
            }
            _ => (Finding::ok(CHECK, format!("{shown} is free")), false),
        },
    }
}

/// What the answer to `/readyz` says.
fn answered(check: &'static str, address: &str, answer: Option<&Value>) -> (Finding, bool) {
    let Some(is_ready) = answer.and_then(|answer| answer.get("ready")?.as_bool()) else {
        let todo = format!("end the program that has it (`ss -ltnp`), or listen elsewhere than on {address}");
        return (Finding::problem(check, format!("{address} is taken by another program"), todo), false);
    };
    let database = answer.and_then(|answer| answer.get("database")?.as_str()).unwrap_or("unknown");
    let line = match (is_ready, database) {
        (true, "ok") => Finding::ok(check, format!("{address}: a Wikiward answers, and is ready")),
        (true, _) => {
            let todo = "verdicts go on, and hits wait in the data folder. Bring the database back";
            Finding::problem(check, format!("{address}: a Wikiward answers, but its database is {database}"), todo)
        }
        (false, _) => {
            let todo = "it is starting or stopping; its log says more";
            Finding::warning(check, format!("{address}: a Wikiward answers, but is not ready"), todo)
        }
    };
    (line, true)
}

/// An address that listens everywhere is asked on this machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Option<Value> {
    let answer = async {
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.ok()?;
        let mut bytes = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).await.ok()?;
        body(&bytes)
    };
    tokio::time::timeout(WAIT, answer).await.ok().flatten()
}

/// The JSON of an answer. The service knows its length and sends it whole.
fn body(answer: &[u8]) -> Option<Value> {
    let start = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    serde_json::from_slice(answer.get(start..)?).ok()
}

async fn over_tls(address: SocketAddr) -> Option<Value> {
    // Only whether it is ours is asked; its certificate names another host than this address.
    let http = reqwest::Client::builder().timeout(WAIT).tls_danger_accept_invalid_certs(true).build().ok()?;
    http.get(format!("https://{address}/readyz")).send().await.ok()?.json().await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use wikiward_farm::checkup::Standing;

    #[test]
    fn who_answers_decides() {
        let check = |answer: Option<Value>, status| assert_eq!(answered("a", "x", answer.as_ref()).0.status, status);
        check(Some(json!({"ready": true, "database": "ok"})), Standing::Ok);
        check(Some(json!({"ready": true, "database": "away"})), Standing::Problem);
        check(Some(json!({"ready": false, "database": "ok"})), Standing::Warning);
        check(Some(json!({"hello": 1})), Standing::Problem);
        check(None, Standing::Problem);
    }

    #[test]
    fn an_address_that_listens_everywhere_is_asked_here() {
        assert_eq!(reachable("[::]:80".parse().unwrap()).to_string(), "[::1]:80");
    }

    #[test]
    fn an_answer_is_read_from_its_body() {
        assert_eq!(body(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n{\"ready\":true}"), Some(json!({"ready": true})));
        assert_eq!(body(b"SSH-2.0-x\r\n"), None);
    }

    #[tokio::test]
    async fn a_port_is_free_or_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let stranger = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"hello\r\n").await.unwrap();
        });
        assert_eq!(tcp("address", &host, false).await.0.status, Standing::Problem);
        stranger.await.unwrap();
        assert_eq!(tcp("address", &host, false).await.0.status, Standing::Ok);
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(unix(&folder.path().join("s")).await.0.status, Standing::Ok);
        assert_eq!(unix(&folder.path().join("none/s")).await.0.status, Standing::Problem);
    }
}
