use crate::farm::{config, start};
use axum::Router;
use axum::routing::get;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Semaphore, watch};
use wikiward_server::config::Address;
use wikiward_server::listen::{Listener, Serving};

#[tokio::test]
async fn a_wiki_on_the_same_machine_uses_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(config(folder.path(), "")).await.unwrap();
    let mut stream = UnixStream::connect(folder.path().join("w.sock")).await.unwrap();
    // Two requests on one kept connection.
    for _ in 0..2 {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: w\r\n\r\n").await.unwrap();
        let mut answer = [0; 1024];
        let length = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
    }
    running.stop().await;
}

#[tokio::test]
async fn tls_is_spoken_with_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate, own.cert.pem()).unwrap();
    std::fs::write(&key, own.signing_key.serialize_pem()).unwrap();
    let tls = format!("tls_certificate = {certificate:?}\ntls_key = {key:?}");
    let running = start(config(folder.path(), &tls)).await.unwrap();
    let port = running.ready.addresses[0].rsplit(':').next().unwrap().to_owned();
    let trusting = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(own.cert.pem().as_bytes()).unwrap()])
        .resolve("localhost", "127.0.0.1:0".parse().unwrap())
        .build()
        .unwrap();
    let answer = trusting.get(format!("https://localhost:{port}/healthz")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let plain = reqwest::get(format!("http://127.0.0.1:{port}/healthz")).await;
    assert!(plain.is_err(), "nothing is answered without TLS");
    running.stop().await;
}

async fn slow_server(places: usize) -> (String, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let listener = Listener::open(&"127.0.0.1:0".parse::<Address>().unwrap()).await.unwrap();
    let address = listener.address().to_owned();
    let (stop, stopped) = watch::channel(false);
    let serving = Serving {
        router: Router::new().route("/", get(async || "hello")),
        tls: None,
        places: Arc::new(Semaphore::new(places)),
        stop: stopped,
        stop_for: Duration::from_secs(5),
        trusted: [].into(),
        head_within: Duration::from_millis(200),
    };
    (address, stop, tokio::spawn(listener.serve(serving)))
}

#[tokio::test]
async fn a_client_that_dawdles_is_cut_off_and_others_are_served() {
    let (address, stop, ended) = slow_server(1).await;
    let mut dawdler = TcpStream::connect(&address).await.unwrap();
    dawdler.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
    // The only place is taken; it comes back when the dawdler is cut off.
    let answer = reqwest::get(format!("http://{address}/")).await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "hello");
    let mut rest = Vec::new();
    let _ = dawdler.read_to_end(&mut rest).await;
    assert!(!String::from_utf8_lossy(&rest).contains("hello"));
    stop.send(true).unwrap();
    ended.await.unwrap();
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.sock");
    let _alive = tokio::net::UnixListener::bind(&path).unwrap();
    let refused = Listener::open(&Address::Unix(path.clone())).await.expect_err("it answers already");
    assert_eq!(refused.to_string(), format!("unix:{} cannot be listened on", path.display()));
    assert!(path.exists(), "the socket of another process stays");
}
