//! `wikiward rule lsp`: the language server, for editors.
//!
//! It speaks the language server protocol (3.17) on standard input and output: diagnostics while one writes, with fixes
//! to apply; documentation under the pointer; completion; layout. Each document is one rule.

mod analysis;
mod completion;
mod document;
mod fixes;
mod hover;
mod message;
mod position;
mod server;

use crate::rule::language::{KnownArgs, Language, ReleaseArgs};
use anyhow::{Context, Result};
use lsp_server::Connection;
use std::process::ExitCode;

/// Arguments of `rule lsp`.
#[derive(Debug, clap::Args)]
#[command(
    about = "Serve an editor over the language server protocol, on standard input and output",
    long_about = "Serve an editor over the language server protocol, on standard input and output.\n\n\
        Set your editor to start this command for files of rules. It offers diagnostics with fixes, documentation, \
        completion and layout.\n\n\
        The editor may send initialization options: {\"known\": [\"tor_exit_node\"], \"release\": \"1.39\", \
        \"snippets\": true}. With snippets (off by default) completed functions come with their arguments.",
    after_help = "Example, for Neovim:\n  vim.lsp.start({ name = 'wikiward', cmd = { 'wikiward', 'rule', 'lsp' } })\n\n\
        Exit codes:\n  0  the editor said goodbye\n  2  the connection broke"
)]
pub struct Args {
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    release: ReleaseArgs,
}

/// Serves one editor until it says goodbye.
///
/// # Errors
/// The connection broke, or the table of look-alikes cannot be read.
pub fn run(args: &Args) -> Result<ExitCode> {
    let language = Language::new(&args.known, &args.release)?;
    let (connection, threads) = Connection::stdio();
    let served = server::serve(connection, language).context("the language server's connection broke");
    // Joining first would hide why serving ended; the threads end with the connection.
    served?;
    threads.join().context("the language server's connection broke")?;
    Ok(ExitCode::SUCCESS)
}
