//! A service that runs in the test, on free ports, with a folder of its own.

use std::path::Path;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wikiward_server::run::Ready;
use wikiward_server::{Config, OpenError, Server};

/// A running service.
pub(crate) struct Running {
    pub(crate) ready: Ready,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

/// Settings on free ports, with everything below `folder`.
pub(crate) fn config(folder: &Path, more: &str) -> Config {
    let text = format!(
        "[server]\nlisten = [\"127.0.0.1:0\", \"unix:{0}/w.sock\"]\ndata_dir = \"{0}/data\"\n{more}\n[metrics]\nlisten = \"127.0.0.1:0\"\n",
        folder.display()
    );
    let file = folder.join("w.toml");
    std::fs::write(&file, text).unwrap();
    Config::load(Some(&file)).unwrap()
}

/// Starts a service; gives what keeps it from starting.
pub(crate) async fn start(config: Config) -> Result<Running, OpenError> {
    let server = Server::open(config).await?;
    let (stop, stopped) = oneshot::channel();
    let (tell, told) = oneshot::channel();
    let ended = tokio::spawn(async move {
        let stop = async { stopped.await.unwrap_or_default() };
        server.run(stop, |ready| tell.send(ready).unwrap()).await.unwrap();
    });
    Ok(Running { ready: told.await.unwrap(), stop, ended })
}

impl Running {
    /// URL of `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.ready.addresses[0])
    }

    /// Stops it, and waits until it has ended.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.ended.await.unwrap();
    }
}
