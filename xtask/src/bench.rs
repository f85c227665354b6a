//! `cargo xtask bench`: how fast the engine is, beside the reference where that is installed.

mod backtest;
mod filled;
mod pages;
mod propagation;
mod rules;
mod serve;
mod steward;

use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The filter language: against the reference, and how it grows with filters and texts.
    Rules(rules::Arguments),
    /// A rule over archived actions in a running service, and its page meanwhile.
    Backtest(backtest::Arguments),
    /// The console's pages over many hits: how long each takes.
    Pages(pages::Arguments),
    /// How soon a saved filter is in force, here and on another node, and how soon a service is ready.
    Propagation(propagation::Arguments),
    /// The service: verdicts per second on one core, and how long each takes.
    Serve(serve::Arguments),
}

pub(crate) fn bench(arguments: &Arguments) -> Result<()> {
    match &arguments.what {
        What::Rules(arguments) => rules::bench(arguments),
        What::Backtest(arguments) => backtest::bench(arguments),
        What::Pages(arguments) => pages::bench(arguments),
        What::Propagation(arguments) => propagation::bench(arguments),
        What::Serve(arguments) => serve::bench(arguments),
    }
}
