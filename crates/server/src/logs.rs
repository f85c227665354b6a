//! What the service writes about itself: the log on standard error, and traces where they are wanted.

#[cfg(feature = "otlp")]
mod traces;

use crate::config::{Config, ConfigError, values::LogFormat};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// Ends logging when it is dropped: sends what traces wait.
#[derive(Debug, Default)]
#[must_use = "traces that wait are sent when it is dropped"]
pub struct Logging {
    #[cfg(feature = "otlp")]
    traces: Option<traces::Traces>,
}

/// Starts writing. Does nothing if somebody writes already, so that two servers fit one test.
///
/// # Errors
/// [`ConfigError::Value`] if the level cannot be understood, or traces are wanted of a build that cannot send them.
pub fn start(config: &Config) -> Result<Logging, ConfigError> {
    let filter = EnvFilter::try_new(&config.log.level).map_err(|error| ConfigError::Value {
        key: "log.level".into(),
        wanted: format!("`{}` is no level: {error}", config.log.level),
    })?;
    let has_color = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(has_color);
    let lines = match config.log.format {
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
        LogFormat::Text => lines.with_target(false).with_filter(filter).boxed(),
    };
    start_with(lines, &config.log.otlp_endpoint)
}

type Lines = Box<dyn tracing_subscriber::Layer<tracing_subscriber::Registry> + Send + Sync>;

#[cfg(feature = "otlp")]
fn start_with(lines: Lines, endpoint: &str) -> Result<Logging, ConfigError> {
    if endpoint.is_empty() {
        let _ = tracing_subscriber::registry().with(lines).try_init();
        return Ok(Logging::default());
    }
    let traces = traces::Traces::start(endpoint)?;
    let _ = tracing_subscriber::registry().with(lines).with(traces.layer()).try_init();
    Ok(Logging { traces: Some(traces) })
}

/// `_endpoint` is empty: a configuration that names one is refused without the feature.
#[cfg(not(feature = "otlp"))]
#[expect(clippy::unnecessary_wraps, reason = "with traces it may fail")]
fn start_with(lines: Lines, _endpoint: &str) -> Result<Logging, ConfigError> {
    let _ = tracing_subscriber::registry().with(lines).try_init();
    Ok(Logging::default())
}
