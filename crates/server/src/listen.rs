//! Listening: TCP, TLS and Unix sockets, bounded.

mod expiry;
mod forwarded;
mod tls;

pub use expiry::ends_at;
pub use forwarded::{BadNetwork, Network};
pub use tls::TlsError;

use crate::config::Address;
use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::Service as _;
use wikiward_farm::{Coded, Peer};

/// Time in which a connection must have sent the head of its request: bounds what slow clients hold.
pub const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// Most bytes of a request's head.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("{address} cannot be listened on")]
pub struct ListenError {
    address: String,
    #[source]
    cause: io::Error,
}

impl Coded for ListenError {
    fn code(&self) -> &'static str {
        "listen"
    }
}

/// An open listener.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    address: String,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

/// What all connections share.
#[derive(Clone)]
pub struct Serving {
    /// Answers requests.
    pub router: Router,
    /// Speaks TLS on TCP addresses, if there is a certificate.
    pub tls: Option<TlsAcceptor>,
    /// Bounds the number of connections.
    pub places: Arc<Semaphore>,
    /// Becomes true when no more connections are to be taken.
    pub stop: watch::Receiver<bool>,
    /// How long requests may go on after that.
    pub stop_for: Duration,
    /// Proxies whose word on where a request comes from counts.
    pub trusted: Arc<[Network]>,
    /// How long a connection may take to send the head of its request; usually [`HEAD_WITHIN`].
    pub head_within: Duration,
}

/// Makes the acceptor for a certificate chain and its key.
///
/// # Errors
/// [`TlsError`].
pub fn tls(certificate: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    tls::acceptor(certificate, key)
}

impl Listener {
    /// Opens `address`. A socket left behind by a process that is gone is replaced; one that answers is not.
    ///
    /// # Errors
    /// [`ListenError`].
    pub async fn open(address: &Address) -> Result<Self, ListenError> {
        let failed = |cause| ListenError { address: address.to_string(), cause };
        match address {
            Address::Tcp(host) => {
                let listener = TcpListener::bind(host).await.map_err(failed)?;
                let address = listener.local_addr().map_err(failed)?.to_string();
                Ok(Self { socket: Socket::Tcp(listener), address })
            }
            Address::Unix(path) => {
                if path.exists() {
                    if tokio::net::UnixStream::connect(path).await.is_ok() {
                        return Err(failed(io::Error::new(io::ErrorKind::AddrInUse, "another process answers there")));
                    }
                    std::fs::remove_file(path).map_err(failed)?;
                }
                let listener = UnixListener::bind(path).map_err(failed)?;
                Ok(Self { socket: Socket::Unix(listener, path.clone()), address: address.to_string() })
            }
        }
    }

    /// Where it listens, with the port that was taken.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Serves until told to stop, then lets requests end.
    pub async fn serve(self, serving: Serving) {
        let graceful = GracefulShutdown::new();
        let mut stop = serving.stop.clone();
        loop {
            let place = tokio::select! {
                place = serving.places.clone().acquire_owned() => place,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let Ok(place) = place else { break };
            let accepted = tokio::select! {
                accepted = self.accept(&serving) => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            match accepted {
                Ok((io, peer)) => {
                    let watcher = graceful.watcher();
                    let (router, head_within) = (serving.router.clone(), serving.head_within);
                    let from = From { peer, trusted: serving.trusted.clone() };
                    tokio::spawn(async move {
                        let Some(io) = io.ready(head_within).await else { return };
                        connection(io, router, from, head_within, watcher).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    // Out of file descriptors, usually: wait for some to come back instead of spinning.
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        address = self.address,
                        "no connection was taken"
                    );
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        if let Socket::Unix(_, path) = &self.socket {
            let _ = std::fs::remove_file(path);
        }
        if tokio::time::timeout(serving.stop_for, graceful.shutdown()).await.is_err() {
            tracing::warn!(address = self.address, "requests were still going on and are cut off");
        }
    }

    async fn accept(&self, serving: &Serving) -> io::Result<(Accepted, Option<IpAddr>)> {
        match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, from) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let accepted = match &serving.tls {
                    Some(tls) => Accepted::Tls(Box::new((tls.clone(), stream))),
                    None => Accepted::Plain(Box::new(stream)),
                };
                Ok((accepted, Some(from.ip().to_canonical())))
            }
            Socket::Unix(listener, _) => Ok((Accepted::Plain(Box::new(listener.accept().await?.0)), None)),
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

enum Accepted {
    Plain(Box<dyn Stream>),
    Tls(Box<(TlsAcceptor, tokio::net::TcpStream)>),
}

impl Accepted {
    /// The stream to speak HTTP on; none if the peer does not manage the handshake in time.
    async fn ready(self, within: Duration) -> Option<Box<dyn Stream>> {
        match self {
            Self::Plain(stream) => Some(stream),
            Self::Tls(parts) => {
                let (tls, stream) = *parts;
                let handshake = tokio::time::timeout(within, tls.accept(stream)).await;
                handshake.ok()?.ok().map(|stream| Box::new(stream) as Box<dyn Stream>)
            }
        }
    }
}

/// Who is at the other end of a connection, and whose word on that counts.
struct From {
    peer: Option<IpAddr>,
    trusted: Arc<[Network]>,
}

async fn connection(
    stream: Box<dyn Stream>,
    router: Router,
    from: From,
    head_within: Duration,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within)
        .max_buf_size(HEAD_BYTES_MAX * 8)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
        .max_concurrent_streams(200);
    let service = service_fn(move |mut request: Request<Incoming>| {
        if let Some(origin) = forwarded::origin(from.peer, &from.trusted, request.headers()) {
            request.extensions_mut().insert(Peer(origin));
        }
        router.clone().call(request)
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    // What goes wrong on a connection is its peer's affair.
    let _ = watcher.watch(connection).await;
}
