//! Stores that a measuring program fills before a service runs on them.

use crate::run::step;
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;
use wikiward_testkit::service::Launch;

/// The secret of such stores, as a key file holds it.
const KEY: &str = "0101010101010101010101010101010101010101010101010101010101010101";

/// A new folder for the service, with the secret that `filling` uses; then runs `filling`, which makes the database.
pub(super) fn store(launch: &Launch, filling: &mut Command) -> Result<()> {
    if launch.folder.exists() {
        fs::remove_dir_all(&launch.folder)?;
    }
    let database = launch.database();
    let folder = database.parent().context("the database lies in a folder")?;
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    let key = folder.join("secret.key");
    fs::write(&key, KEY)?;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    step("fill", filling)?;
    Ok(())
}

/// What so many of a hundred times, in order, stay below, in milliseconds.
pub(super) fn ms(times: &[Duration], share: usize) -> f64 {
    let place = (times.len() * share).div_ceil(100).saturating_sub(1);
    times.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}
