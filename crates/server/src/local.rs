//! Calls of the interface in this process, by the person at the machine's command line.

use crate::compose::Server;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, Response};
use tower::ServiceExt as _;
use wikiward_api::Operator;

/// Calls the interface without a network, with every right.
#[derive(Debug, Clone)]
pub struct Local(Router);

impl Server {
    /// A caller in this process.
    pub fn local(&self) -> Local {
        Local(wikiward_api::router(self.api().clone()))
    }
}

impl Local {
    /// Calls; the answer is whole.
    ///
    /// # Errors
    /// If the answer breaks off.
    pub async fn call(&self, request: Request<Vec<u8>>) -> Result<Response<Bytes>, axum::Error> {
        let mut request = request.map(Body::from);
        request.extensions_mut().insert(Operator);
        let Ok(response) = self.0.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        Ok(Response::from_parts(parts, to_bytes(body, usize::MAX).await?))
    }
}
