//! Filters over HTTP.

mod backtesting;
pub(crate) mod braking;
mod changes;
mod editing;
pub(crate) mod examining;
mod exchange;
mod listing;
mod scripts;
mod trials;
mod trying;

use crate::site::{Answer, Browser, Site};
use std::collections::BTreeMap;
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_filters::life::{SaveRequest, Saved};
use wikiward_filters::model::{Actions, BrakeProfile, Draft, Privacy, State, Tier};
use wikiward_people::{AccountDraft, Password};

const PASSWORD: &str = "correct horse battery";

/// What a filter editor may do.
const EDITOR: [Right; 6] =
    [Right::View, Right::Log, Right::LogDetail, Right::Modify, Right::ModifyRestricted, Right::Backtest];

fn wiki() -> WikiId {
    "enwiki".parse().unwrap()
}

fn draft(name: &str, rules: &str) -> Draft {
    Draft {
        state: State::Disabled,
        group: "default".into(),
        name: name.into(),
        rules: rules.into(),
        notes: String::new(),
        actions: Actions::default(),
        priority: 0,
        tier: Tier::Normal,
        privacy: Privacy::default(),
        scope: None,
        brake_profile: BrakeProfile::Standard,
        maintainers: Vec::new(),
        tests: Vec::new(),
    }
}

fn request(draft: Draft) -> SaveRequest {
    SaveRequest {
        draft,
        change_reason: "a reason".into(),
        confirm_make_public: false,
        publish_history: false,
        skip_backtest_reason: String::new(),
        override_tests: String::new(),
        tests: None,
    }
}

async fn add(site: &Site, wiki: &WikiId, draft: Draft) -> Saved {
    site.console.filters.create(&Viewer::operator(), wiki, &request(draft)).await.unwrap()
}

fn hidden(name: &str, rules: &str) -> Draft {
    Draft { privacy: Privacy { is_hidden: true, ..Privacy::default() }, ..draft(name, rules) }
}

/// A browser in which an account with these rights is signed in.
async fn person(site: &Site, name: &str, wiki: &WikiId, rights: &[Right]) -> Browser {
    let rights = BTreeMap::from([(wiki.clone(), rights.iter().copied().collect())]);
    let draft = AccountDraft { name: name.parse().unwrap(), rights, identity: None, is_disabled: false };
    let account = site.people.add_account(&Viewer::operator(), draft).await.unwrap();
    let link = site.people.make_password_link(&Viewer::operator(), account.id).await.unwrap();
    let password = Password::new(PASSWORD.to_owned());
    site.people.redeem(&link.secret, None, &password, site.now()).await.unwrap();
    let mut browser = Browser::new(site);
    let signed_in = browser.post("/sign-in", &[("name", name), ("password", PASSWORD), ("then", "/")]).await;
    assert_eq!(signed_in.status, 303, "{}", signed_in.body);
    browser
}

/// The page without the token of its forms, which differs each time.
fn steady(answer: &Answer) -> String {
    ["<meta name=\"csrf\" content=\"", "name=\"csrf\" value=\""].iter().fold(answer.body.clone(), |text, begin| {
        let mut pieces = text.split(begin);
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |out, piece| out + begin + piece.split_once('"').map_or("", |(_, rest)| rest))
    })
}
