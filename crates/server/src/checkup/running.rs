//! The checkup of the running service, for its console.

use super::{clock, database, files, tls};
use crate::Config;
use std::sync::Arc;
use wikiward_farm::checkup::{Finding, Findings, Program, Standing, Told};
use wikiward_farm::{Checkup, Clock};
use wikiward_store::Store;

/// Knows how this service does.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Checkup for Running {
    fn look(&self) -> Findings<'_> {
        Box::pin(async {
            let now = self.clock.now();
            let mut lines = Vec::new();
            files::look(&self.config, &mut lines);
            let known = match self.config.database() {
                // The console has a page of its own that goes through the audit log.
                Ok(database) => database::look(&self.store, &database, false, &mut lines).await,
                Err(error) => {
                    lines.push(Finding::of(Standing::Problem, Told::DatabaseUnknown, &[&error]));
                    database::Known::default()
                }
            };
            clock::look(&known, now, &mut lines);
            tls::look(&self.config, now, &mut lines);
            lines
        })
    }

    fn program(&self) -> Program {
        let config = &self.config;
        let features = vec![
            ("otlp", cfg!(feature = "otlp")),
            ("tls", config.server.tls_certificate.is_some()),
            ("metrics", config.metrics.listen.0.is_some()),
        ];
        Program { version: env!("CARGO_PKG_VERSION").to_owned(), features }
    }
}
