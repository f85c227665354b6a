//! Listening until told to stop.

use crate::compose::Server;
use crate::health::{self, Health};
use crate::listen::{self, ListenError, Listener, Serving, TlsError};
use crate::metrics;
use axum::Router;
use axum::middleware;
use axum::routing::get;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceBuilder;
use wikiward_farm::Coded;

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// TLS cannot be spoken.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Coded for RunError {
    fn code(&self) -> &'static str {
        match self {
            Self::Listen(error) => error.code(),
            Self::Tls(error) => error.code(),
        }
    }
}

/// What is known once the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Addresses it answers on.
    pub addresses: Vec<String>,
    /// Address of the metrics.
    pub metrics: Option<String>,
    /// Path of the one-time link for the first account, while there is none.
    pub first_link: Option<String>,
}

impl Server {
    /// Listens and works until `stop` ends, then stops cleanly. `ready` is told when requests are answered.
    ///
    /// # Errors
    /// [`RunError`] if an address cannot be listened on; nothing was answered then.
    pub async fn run(self, stop: impl Future<Output = ()>, ready: impl FnOnce(Ready)) -> Result<(), RunError> {
        let settings = self.config.server.clone();
        let tls = match (&settings.tls_certificate, &settings.tls_key) {
            (Some(certificate), Some(key)) => Some(listen::tls(certificate, key)?),
            _ => None,
        };
        let mut listeners = Vec::new();
        for address in &settings.listen {
            listeners.push(Listener::open(address).await?);
        }
        let metrics_listener = match &self.config.metrics.listen.0 {
            Some(address) => Some(Listener::open(address).await?),
            None => None,
        };
        let (stop_sender, stop_receiver) = watch::channel(false);
        let (ready_sender, ready_receiver) = watch::channel(false);
        let places = Arc::new(Semaphore::new(settings.connections_max));
        let health = Health { store: self.store.clone(), ready: ready_receiver };
        let serving = Serving {
            router: self.router(health.clone()),
            tls,
            places,
            stop: stop_receiver,
            stop_for: Duration::from_secs(settings.stop_seconds_max),
            trusted: settings.trusted_proxies.clone().into(),
            head_within: listen::HEAD_WITHIN,
        };
        let told = Ready {
            addresses: listeners.iter().map(|listener| listener.address().to_owned()).collect(),
            metrics: metrics_listener.as_ref().map(|listener| listener.address().to_owned()),
            first_link: self.first_link().await,
        };
        let mut work = self.background();
        let mut open = JoinSet::new();
        for listener in listeners {
            open.spawn(listener.serve(serving.clone()));
        }
        if let Some(listener) = metrics_listener {
            let router = self.monitoring(health);
            open.spawn(listener.serve(Serving { router, tls: None, ..serving.clone() }));
        }
        let _ = ready_sender.send(true);
        tracing::info!(addresses = told.addresses.join(" "), database = self.store.label(), "ready");
        ready(told);
        stop.await;
        tracing::info!("stopping");
        let _ = ready_sender.send(false);
        let _ = stop_sender.send(true);
        while open.join_next().await.is_some() {}
        work.abort_all();
        while work.join_next().await.is_some() {}
        self.close().await;
        tracing::info!("stopped");
        Ok(())
    }

    /// Everything that is answered to callers.
    fn router(&self, health: Health) -> Router {
        // The interface's addresses begin with `/v1/`; all others are pages.
        wikiward_api::router(self.api.clone())
            .merge(wikiward_console::router(self.console.clone()))
            .layer(
                ServiceBuilder::new()
                    .layer(middleware::from_fn_with_state(self.metrics.clone(), metrics::count))
                    .layer(middleware::from_fn_with_state(
                        Duration::from_secs(self.config.server.request_seconds_max),
                        wikiward_api::unanswered::within,
                    )),
            )
            .merge(health::routes(health))
    }

    /// What is answered to monitoring.
    fn monitoring(&self, health: Health) -> Router {
        Router::new()
            .route("/metrics", get(metrics::answer))
            .with_state(self.metrics.clone())
            .merge(health::routes(health))
    }
}
