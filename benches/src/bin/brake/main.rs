//! Measures what the emergency brake adds to a verdict.
//!
//! Two figures, each the mean of many actions of many people on one wiki with 200 filters in force: an action that no filter
//! matches, and one that a refusing filter matches. Budget: 3 µs for the first.

use anyhow::{Context as _, Result};
use clap::Parser;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{ActorType, Clock as _, SystemClock, SystemEntropy, Viewer, WikiId, WikiSetId};
use wikiward_filters::brake::LiveBrake;
use wikiward_filters::brake::compat::CompatLimits;
use wikiward_filters::consequences::{Acting, Brake as _, Captcha, Case, EffectiveHit, Met};
use wikiward_filters::life::{Filters, SaveRequest};
use wikiward_filters::model::{Actions, BrakeProfile, Class, Draft, FilterKey, FilterNumber, Privacy, State, Tier};
use wikiward_filters::save::FilterSettings;
use wikiward_filters::snapshot::{SetsOf, Snapshots, WikiSettings};
use wikiward_store::{Database, Keyring, OpenOptions, Store};

/// Filters in force.
const FILTERS: u32 = 200;

struct One;

impl SetsOf for One {
    fn sets_of(&self, _: &WikiId) -> Vec<WikiSetId> {
        Vec::new()
    }

    fn is_known(&self, _: &WikiId) -> bool {
        true
    }
}

/// Measures what the emergency brake adds to a verdict.
#[derive(Parser)]
struct Arguments {
    /// Folder for the database; emptied first.
    #[arg(long)]
    folder: PathBuf,
    /// Actions of each kind.
    #[arg(long, default_value_t = 1_000_000)]
    actions: u32,
    /// People among whom they are shared.
    #[arg(long, default_value_t = 20_000)]
    people: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.folder.exists() {
        std::fs::remove_dir_all(&arguments.folder)?;
    }
    std::fs::create_dir_all(&arguments.folder)?;
    let database = Database::Sqlite(arguments.folder.join("brake.db"));
    let store = Store::open(&database, &OpenOptions::default(), Arc::new(SystemClock)).await?;
    let snapshots = Snapshots::load(store.clone(), Arc::new(One), WikiSettings::default()).await?;
    let snapshots = Arc::new(snapshots);
    let settings = FilterSettings::default();
    let entropy = Arc::new(SystemEntropy);
    let filters = Filters::new(store.clone(), snapshots.clone(), Arc::new(One), entropy.clone(), settings);
    let wiki: WikiId = "examplewiki".parse()?;
    for number in 0..FILTERS {
        filters.create(&Viewer::operator(), &wiki, &filter(number)).await?;
    }
    let brake = LiveBrake::load(store, snapshots.clone(), &Keyring::new(&[7; 32]), entropy).await?;
    let snapshot = snapshots.current();
    let roster = snapshot.roster(&wiki, "default").ok().context("the wiki has filters")?;
    let key = FilterKey { wiki: wiki.clone(), number: FilterNumber(1) };
    let live = snapshot.filter(&key).context("the filter is in force")?;
    let begin = micros(SystemClock.now());
    let groups = ["*".to_owned(), "user".to_owned(), "autoconfirmed".to_owned()];
    for (what, is_match) in [("no filter matches", false), ("a refusing filter matches", true)] {
        let started = Instant::now();
        for number in 0..arguments.actions {
            let person = number.wrapping_mul(2_654_435_761) % arguments.people;
            // One stranger in ten.
            let is_known = !person.is_multiple_of(10);
            let now = from_micros(begin + i64::from(number) * 20_000);
            let name = "Somebody or other";
            let ip = IpAddr::V4(Ipv4Addr::from(0x0A00_0000 + person * 256));
            let actor_type = if is_known { ActorType::Named } else { ActorType::Ip };
            let acting = Acting {
                now,
                wiki: &wiki,
                group: "default",
                kind: "edit",
                action_id: "a1",
                evaluation: 1,
                id: is_known.then_some(i64::from(person) + 1),
                name,
                actor_type,
                groups: &groups,
                edit_count: Some(1_000),
                age_s: Some(100_000_000),
                is_blocked: Some(false),
                ip: Some(ip),
                settings: &roster.settings.brake,
                compat: &roster.compat,
                compat_limits: CompatLimits::default(),
                is_central: false,
            };
            let observed = brake.observe(&acting);
            let mut met = Vec::new();
            if is_match {
                let case = Case {
                    now,
                    wiki: &wiki,
                    kind: "edit",
                    actor_id: acting.id,
                    actor_name: name,
                    actor_type,
                    actor_groups: &groups,
                    edit_count: acting.edit_count,
                    age_s: acting.age_s,
                    ip: Some(ip),
                    session_key: None,
                    target_ns: 0,
                    target_title: "Foo",
                    page_id: Some(1),
                    captcha: Captcha::Unsolved,
                    settings: &roster.settings,
                    group: &roster.group.group,
                    registry: snapshot.registry(),
                    observed,
                };
                let hit = EffectiveHit {
                    filter: live,
                    case: &case,
                    classes: &[Class::Obstructive],
                    refuses: true,
                    blocks_range: false,
                    degroups: false,
                    is_again: false,
                };
                black_box(brake.latched(&hit));
                met.push(Met { filter: live, is_effective: true, leaves_row: true });
            }
            if let Some(observed) = observed {
                brake.over(&acting, &observed, &met, is_match);
            }
        }
        let nanos = started.elapsed().as_nanos() / u128::from(arguments.actions.max(1));
        println!("{what}: {nanos} ns an action ({} actions, {} people)", arguments.actions, arguments.people);
    }
    println!("{brake:?}");
    Ok(())
}

fn filter(number: u32) -> SaveRequest {
    SaveRequest {
        draft: Draft {
            state: State::Enabled,
            group: "default".into(),
            name: format!("Filter {number}"),
            rules: format!("page_id == {number}"),
            notes: String::new(),
            actions: Actions([("disallow".to_owned(), vec!["abusefilter-disallowed".to_owned()])].into()),
            priority: 0,
            tier: Tier::Normal,
            privacy: Privacy::default(),
            scope: None,
            brake_profile: BrakeProfile::Standard,
            maintainers: Vec::new(),
            tests: Vec::new(),
        },
        tests: None,
        change_reason: String::new(),
        confirm_make_public: false,
        publish_history: false,
        skip_backtest_reason: String::new(),
        override_tests: String::new(),
    }
}
