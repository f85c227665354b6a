//! The program's arguments.

use crate::brake::BrakeCommand;
use crate::rule::RuleCommand;
use crate::service::ServiceCommand;
use crate::terminal::ColorChoice;
use clap::{Parser, Subcommand};

/// What `wikiward` is asked to do.
#[derive(Debug, Parser)]
#[command(
    name = "wikiward",
    version,
    about = "Guards a farm of wikis: write, check, explain and measure edit filters, and serve them",
    long_about = "Guards a farm of wikis: write, check, explain and measure edit filters, and serve them.\n\n\
        Filters are rules in the language of MediaWiki's AbuseFilter. `rule` and `backtest` give the answers that \
        AbuseFilter gives, for rules and edits on your disk, without a wiki. `serve` judges the actions of wikis; the \
        commands after it look after the service.",
    after_help = EXAMPLES,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// When to use colours: `auto` (on a terminal), `always` or `never`
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t = ColorChoice::Auto,
        hide_possible_values = true,
        display_order = 900
    )]
    pub color: ColorChoice,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  Try a rule:
      wikiward rule eval 'user_editcount < 10 & \"buy now\" in lcase(summary)' --vars edit.json
  See what is wrong with the rules of a wiki, before it saves them:
      wikiward rule check filters.jsonl
  See why a rule matched:
      wikiward rule explain --file spam.rule --vars edit.json
  See what filters would have done:
      wikiward backtest --filters filters.jsonl --edits recent.jsonl.gz
  Serve a farm, and see whether all is well:
      wikiward serve
      wikiward doctor

`wikiward COMMAND --help` tells more, with the exit codes.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Work with the rules of filters: evaluate, check, format, explain, measure
    Rule {
        /// What to do.
        #[command(subcommand)]
        command: RuleCommand,
    },
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Backtest(Box<crate::backtest::Args>),
    /// Try the emergency brake on scenarios and on recorded edits, without a service
    Brake {
        /// What to do.
        #[command(subcommand)]
        command: BrakeCommand,
    },
    #[expect(missing_docs, reason = "its commands bring their own text, which one here would hide")]
    #[command(flatten)]
    Service(ServiceCommand),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  wikiward completions bash > ~/.local/share/bash-completion/completions/wikiward"
    )]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }
}
