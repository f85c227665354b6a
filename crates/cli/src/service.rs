//! The service: running it, looking after it, and speaking to it.
//!
//! Commands that read or change what the service holds are requests to its interface ([`client::Client`]): over HTTP with
//! `--server`, else to the interface in this process, on this machine's own database, with every right. So a command does
//! what a request does, and leaves the same traces.

mod account;
mod audit;
pub mod client;
pub mod connect;
mod doctor;
mod domain;
mod explain;
mod filter;
mod hit;
mod keep;
mod migrate;
pub mod path;
mod promotion;
mod serve;
mod settings;
pub mod show;
mod stats;
mod token;
mod wiki;
mod wiki_set;

pub use account::AccountCommand;
pub use audit::AuditCommand;
pub use doctor::Doctor;
pub use domain::DomainCommand;
pub use filter::FilterCommand;
pub use hit::HitCommand;
pub use keep::{Backup, Restore};
pub use migrate::MigrateCommand;
pub use promotion::PromotionCommand;
pub use serve::Serve;
pub use settings::ConfigCommand;
pub use stats::Stats;
pub use token::TokenCommand;
pub use wiki::WikiCommand;
pub use wiki_set::WikiSetCommand;

use crate::terminal::Terminal;
use clap::Subcommand;
use client::{Client, Refused};
use connect::Connect;
use std::process::ExitCode;

/// The database or the service refused, or something asked for is not there.
pub const EXIT_REFUSED: u8 = 1;

/// What stands below the help of commands that speak to the service.
macro_rules! exit_codes {
    ($examples:literal) => {
        concat!(
            $examples,
            "\n\nExit codes:\n  0  done\n  1  the service refused, or there is no such thing\n  2  the service or a file \
             cannot be reached, or the arguments make no sense"
        )
    };
}
pub(crate) use exit_codes;

/// The commands of the service.
#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Serve(Serve),
    /// Check, show or begin the configuration
    Config {
        /// What to do.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Doctor(Doctor),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Backup(Backup),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Restore(Restore),
    /// Wikis of the farm: add, list, show, change, close
    Wiki {
        /// What to do.
        #[command(subcommand)]
        command: WikiCommand,
    },
    /// Named sets of wikis, for the scopes of farm-wide filters
    WikiSet {
        /// What to do.
        #[command(subcommand)]
        command: WikiSetCommand,
    },
    /// Tokens of programs: create, list, revoke
    Token {
        /// What to do.
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Accounts of people: create, list, show, disable, rights, invitations, passwords
    Account {
        /// What to do.
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// Filters in service: list, show, save, history, opt out, statistics, import, export
    Filter {
        /// What to do.
        #[command(subcommand)]
        command: FilterCommand,
    },
    /// Hits of filters: list, show, assess, hide
    Hit {
        /// What to do.
        #[command(subcommand)]
        command: HitCommand,
    },
    /// Bring filters, their history and their log over from another program
    Migrate {
        /// From which.
        #[command(subcommand)]
        command: MigrateCommand,
    },
    /// External domains that nobody may link to: list, add, remove, import, check
    Domain {
        /// What to do.
        #[command(subcommand)]
        command: DomainCommand,
    },
    /// Automatic promotion: whose is held, hold it, end that
    Promotion {
        /// What to do.
        #[command(subcommand)]
        command: PromotionCommand,
    },
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Stats(Stats),
    /// The audit log: who changed what, and whether it is whole
    Audit {
        /// What to do.
        #[command(subcommand)]
        command: AuditCommand,
    },
}

/// Runs one of the commands.
///
/// # Errors
/// What kept it from doing anything; the program then ends with exit code 2.
pub fn run(command: ServiceCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let done = match command {
        ServiceCommand::Serve(arguments) => serve::run(&arguments, terminal),
        ServiceCommand::Config { command } => settings::run(&command, terminal),
        ServiceCommand::Doctor(arguments) => block_on(doctor::run(&arguments, terminal)),
        ServiceCommand::Backup(arguments) => block_on(keep::backup(&arguments, terminal)),
        ServiceCommand::Restore(arguments) => block_on(keep::restore(&arguments, terminal)),
        ServiceCommand::Wiki { command } => block_on(wiki::run(&command, terminal)),
        ServiceCommand::WikiSet { command } => block_on(wiki_set::run(&command, terminal)),
        ServiceCommand::Token { command } => block_on(token::run(&command, terminal)),
        ServiceCommand::Account { command } => block_on(account::run(&command, terminal)),
        ServiceCommand::Filter { command } => block_on(filter::run(&command, terminal)),
        ServiceCommand::Hit { command } => block_on(hit::run(&command, terminal)),
        ServiceCommand::Migrate { command } => block_on(migrate::run(&command, terminal)),
        ServiceCommand::Domain { command } => block_on(domain::run(&command, terminal)),
        ServiceCommand::Promotion { command } => block_on(promotion::run(&command, terminal)),
        ServiceCommand::Stats(arguments) => block_on(stats::run(&arguments, terminal)),
        ServiceCommand::Audit { command } => block_on(audit::run(&command, terminal)),
    };
    match done {
        Err(error) if error.is::<Refused>() => {
            terminal.complain(&error.to_string());
            Ok(ExitCode::from(EXIT_REFUSED))
        }
        done => done,
    }
}

/// Runs one async command on a small runtime.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// Connects, does `work`, and ends what was begun, however the work ended.
async fn with<T>(connect: &Connect, work: impl AsyncFnOnce(&Client) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let client = connect.client().await?;
    let done = work(&client).await;
    client.close().await;
    done
}
