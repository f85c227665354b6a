//! Traces for an OpenTelemetry collector (OTLP over HTTP, JSON).

use crate::config::ConfigError;
use crate::metrics::TRACE_TARGET;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

/// Sends traces; what waits is sent when it is dropped.
#[derive(Debug)]
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    pub(super) fn start(endpoint: &str) -> Result<Self, ConfigError> {
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(endpoint)
            .build()
            .map_err(|error| ConfigError::Value { key: "log.otlp_endpoint".into(), wanted: error.to_string() })?;
        let resource = Resource::builder().with_service_name("wikiward").build();
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
    }

    pub(super) fn layer<S: Subscriber + for<'s> LookupSpan<'s> + Send + Sync>(&self) -> impl Layer<S> + use<S> {
        let only_requests = Targets::new().with_target(TRACE_TARGET, tracing::Level::DEBUG);
        tracing_opentelemetry::layer().with_tracer(self.0.tracer("wikiward")).with_filter(only_requests)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // The collector is away: there is nobody to tell.
        let _ = self.0.shutdown();
    }
}
