//! Importing and exporting through the service.

use super::saving::{Manner, Meant, SaveError, SaveRequest};
use super::service::{Filters, ReadError};
use crate::model::test_case::TESTS_MAX;
use crate::model::{Filter, Origin};
use crate::portable::{self, Format, ImportOptions};
use crate::save::Finding;
use wikiward_farm::{Right, Viewer, WikiId};

/// Most filters in one import or export.
pub const FILTERS_MAX: usize = 500;

/// What is imported, and how.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// Exported filters.
    pub texts: Vec<String>,
    /// Whether consequences that are not known are left out.
    pub drop_unknown: bool,
    /// Whether enabled filters become enabled; none leaves it to the wiki's settings.
    pub keep_enabled: Option<bool>,
    /// Whether one that is refused stops all.
    pub is_atomic: bool,
    /// Where they come from; stands in the history. At most 400 characters.
    pub source: String,
}

/// What became of one text.
#[derive(Debug)]
pub enum Imported {
    /// It is a filter now.
    Done {
        /// The filter.
        filter: Box<Filter>,
        /// What is not as the text says, or worth a thought.
        warnings: Vec<Finding>,
    },
    /// It is not imported.
    Refused {
        /// Why.
        errors: Vec<Finding>,
        /// What else was found.
        warnings: Vec<Finding>,
    },
    /// It could be, but another one was refused.
    Withheld,
}

const IMPORT: Manner = Manner { origin: Origin::Import, keeps_inactive_actions: true, candidate: None };

impl Filters {
    /// Imports filters, in order. With `is_atomic`, all or none.
    ///
    /// # Errors
    /// [`SaveError::NotFound`] or [`SaveError::Forbidden`] for all of them; [`SaveError::Store`]. What is wrong with one
    /// text is in its [`Imported`].
    pub async fn import(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        request: &ImportRequest,
    ) -> Result<Vec<Imported>, SaveError> {
        let rights = self.may_create(viewer, wiki)?;
        let registry = self.registry().await?;
        let keep_enabled = request.keep_enabled.unwrap_or_else(|| self.settings_on(wiki).import_keeps_enabled);
        let options = ImportOptions { drop_unknown: request.drop_unknown, keep_enabled, is_farm: wiki.is_farm() };
        let mut checked = Vec::new();
        for text in request.texts.iter().take(FILTERS_MAX) {
            checked.push(match portable::parse(text, options, &registry) {
                Err(portable::Problem(errors)) => Err((errors, Vec::new())),
                Ok(mut parsed) => {
                    // Too many are refused below; none of them is looked for.
                    let looked_for = parsed.draft.tests.len() <= TESTS_MAX;
                    let tests = if looked_for { &*parsed.draft.tests } else { &[] };
                    let tests = self.visible_tests(viewer, wiki, tests).await?;
                    if looked_for && tests.len() < parsed.draft.tests.len() {
                        let message = "tests on hits that are not to be seen here were left out";
                        parsed.warnings.push(Finding::new("tests_dropped", "wikiward.tests", message));
                        parsed.draft.tests = tests;
                    }
                    let is_too_high = parsed.caps.is_some_and(|caps| self.raises(&parsed.draft.group, caps));
                    if is_too_high && !viewer.may(Right::BrakeDeclare, wiki) {
                        let message =
                            "ceilings above those of the group need a right that you do not have, and were left out";
                        parsed.warnings.push(Finding::new("caps_dropped", "wikiward.caps", message));
                        parsed.caps = None;
                    }
                    let save = SaveRequest {
                        tests: Some(parsed.draft.tests.clone()),
                        draft: parsed.draft,
                        change_reason: if request.source.is_empty() {
                            "imported".to_owned()
                        } else {
                            format!("imported from {}", request.source)
                        },
                        confirm_make_public: false,
                        publish_history: false,
                        skip_backtest_reason: String::new(),
                        override_tests: String::new(),
                    };
                    let meant = Meant { viewer, rights, owner: wiki, old: None, request: &save, manner: IMPORT };
                    match self.examine(&meant).await {
                        Ok(mut findings) => {
                            findings.warnings.splice(0..0, parsed.warnings);
                            Ok((save, parsed.caps, findings))
                        }
                        Err(SaveError::Invalid(found)) => {
                            Err((found.errors, [parsed.warnings, found.warnings].concat()))
                        }
                        Err(error) => return Err(error),
                    }
                }
            });
        }
        let stops = request.is_atomic && checked.iter().any(Result::is_err);
        let mut tx = self.store.begin().await?;
        let mut results = Vec::new();
        for item in checked {
            results.push(match item {
                Err((errors, warnings)) => Imported::Refused { errors, warnings },
                Ok(_) if stops => Imported::Withheld,
                Ok((save, caps, findings)) => {
                    let filter = Box::new(self.insert(&mut tx, viewer, wiki, &save, &findings, IMPORT).await?);
                    if caps.is_some() {
                        self.put_caps(&mut tx, viewer, wiki, &filter, caps, &save.change_reason).await?;
                    }
                    Imported::Done { filter, warnings: findings.warnings }
                }
            });
        }
        if results.iter().any(|result| matches!(result, Imported::Done { .. })) {
            tx.commit().await?;
            self.in_force.refresh().await;
            self.put_in_force().await;
        }
        Ok(results)
    }

    /// Exports filters, in the order asked for, one text each.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] if one of them is not there or may not be seen.
    pub async fn export(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gids: &[String],
        format: Format,
    ) -> Result<Vec<String>, ReadError> {
        let mut conn = self.store.snapshot().await?;
        let mut texts = Vec::new();
        for gid in gids.iter().take(FILTERS_MAX) {
            let (mut filter, _) = self.seen(&mut conn, viewer, wiki, gid).await?;
            if format == Format::Extended && !filter.draft.tests.is_empty() {
                filter.draft.tests = self.visible_tests(viewer, &filter.key.wiki, &filter.draft.tests).await?;
            }
            let caps = match format {
                Format::Extended => self.decided(&mut conn, &filter.key, wiki).await?.own.caps,
                Format::Plain | Format::Plain139 => None,
            };
            texts.push(portable::export(&filter.draft, filter.key.wiki.is_farm(), caps, format));
        }
        Ok(texts)
    }
}
