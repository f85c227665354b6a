//! Which language is meant: known variables, release, table of look-alikes.

use anyhow::Context;
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wikiward_rules::evaluate::Options;
use wikiward_rules::text::equivset::Equivset;
use wikiward_rules::{Release, Vocabulary};

/// The releases, as they are written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ReleaseName {
    /// The newest AbuseFilter
    #[default]
    Newest,
    /// AbuseFilter of MediaWiki 1.39
    #[value(name = "1.39")]
    V1_39,
}

impl From<ReleaseName> for Release {
    fn from(name: ReleaseName) -> Self {
        match name {
            ReleaseName::Newest => Self::Newest,
            ReleaseName::V1_39 => Self::V1_39,
        }
    }
}

/// Arguments about variables that extensions announce.
#[derive(Debug, Default, clap::Args)]
pub struct KnownArgs {
    /// Variables that the wiki's extensions add, such as `tor_exit_node`; several: repeat, or separate by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub known: Vec<String>,
}

/// Arguments about the release.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ReleaseArgs {
    /// The release of AbuseFilter whose answers are wanted, where releases differ
    #[arg(long, value_enum, value_name = "RELEASE", default_value_t)]
    pub release: ReleaseName,
    /// Table of look-alike characters for `ccnorm` and `norm`: MediaWiki's vendor/wikimedia/equivset/dist/equivset.json
    ///
    /// Without it a built-in table is used.
    #[arg(long, value_name = "FILE")]
    pub equivset: Option<PathBuf>,
}

impl ReleaseArgs {
    /// Reads the table, if one is named.
    ///
    /// # Errors
    /// The file cannot be read, or is no such table.
    pub fn table(&self) -> anyhow::Result<Option<Equivset>> {
        self.equivset.as_deref().map(read_table).transpose()
    }
}

fn read_table(path: &Path) -> anyhow::Result<Equivset> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("{shown}: cannot be opened"))?;
    Equivset::from_json(&bytes).with_context(|| format!("{shown}: not a table of look-alikes"))
}

/// The language that rules are written in.
#[derive(Debug)]
pub struct Language {
    /// Known variables.
    pub vocabulary: Arc<Vocabulary>,
    /// The release.
    pub release: Release,
    known: Vec<String>,
    table: Option<Equivset>,
}

impl Language {
    /// The language that the arguments describe.
    ///
    /// # Errors
    /// As [`ReleaseArgs::table`].
    pub fn new(known: &KnownArgs, release: &ReleaseArgs) -> anyhow::Result<Self> {
        let table = release.table()?;
        let release = release.release.into();
        let known = known.known.clone();
        Ok(Self { vocabulary: vocabulary(release, &known), release, known, table })
    }

    /// Adds known variables, and changes the release if one is named.
    pub fn adjust(&mut self, known: Vec<String>, release: Option<Release>) {
        self.known.extend(known);
        self.release = release.unwrap_or(self.release);
        self.vocabulary = vocabulary(self.release, &self.known);
    }

    /// How rules are evaluated: with `conditions_max` conditions.
    pub fn options(&self, conditions_max: u32) -> Options<'_> {
        let defaults = Options::default();
        Options {
            conditions_max,
            release: self.release,
            equivset: self.table.as_ref().unwrap_or(defaults.equivset),
            ..defaults
        }
    }
}

/// The variables of a release and those that are announced. Names are not case-sensitive.
fn vocabulary(release: Release, known: &[String]) -> Arc<Vocabulary> {
    Arc::new(Vocabulary::new(release, known.iter().map(|name| name.to_ascii_lowercase())))
}
