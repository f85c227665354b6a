//! `cargo xtask exports`: exports of filters of every kind, as a real AbuseFilter writes them.

use crate::oracle;
use crate::run::{root, step, target};
use anyhow::{Context as _, Result, bail, ensure};
use std::path::PathBuf;
use std::process::Command;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder of another unpacked MediaWiki with AbuseFilter than Debian's installed one.
    #[arg(long)]
    core: Option<PathBuf>,
}

/// Makes a throw-away wiki, saves the filters of `oracle/exports.php` there, and keeps their exports under the version of
/// MediaWiki.
pub(crate) fn exports(arguments: &Arguments) -> Result<()> {
    if arguments.core.is_none() && !oracle::install(&oracle::PACKAGES)? {
        bail!("MediaWiki is not installed");
    }
    let folder = target().join("exports");
    let _ = std::fs::remove_dir_all(&folder);
    let with_core = |mut command: Command| {
        if let Some(core) = &arguments.core {
            command.env("MW_INSTALL_PATH", core);
        }
        command
    };
    let mut make = with_core(Command::new("sh"));
    make.arg(root().join("oracle/wiki.sh")).arg(&folder);
    step("make a wiki", &mut make)?;
    let settings = folder.join("LocalSettings.php");
    let mut php = with_core(Command::new("php"));
    php.arg(root().join("oracle/exports.php")).arg("--conf").arg(&settings);
    let output = php.output().context("php does not run")?;
    ensure!(output.status.success(), "exports.php: {}", String::from_utf8_lossy(&output.stderr));
    let core = arguments.core.clone().unwrap_or_else(|| "/usr/share/mediawiki".into());
    let defines = std::fs::read_to_string(core.join("includes/Defines.php"))?;
    let version = defines.split("'MW_VERSION', '").nth(1).and_then(|rest| rest.split('\'').next());
    let version = version.context("this MediaWiki does not tell its version")?;
    let name = version.split('.').take(2).collect::<Vec<_>>().join(".");
    let to = root().join("crates/api/tests/filters/exports").join(format!("{name}.jsonl"));
    std::fs::write(&to, &output.stdout)?;
    eprintln!(
        "{}: {} exports of MediaWiki {version}",
        to.display(),
        output.stdout.split(|byte| *byte == b'\n').count() - 1
    );
    Ok(())
}
