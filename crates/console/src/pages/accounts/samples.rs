//! The pages about accounts in their states.

use super::one::One;
use super::rights::RightsForm;
use super::{List, sessions, view};
use crate::form::Form;
use crate::page::Page;
use crate::pages::acts::{self, Wrongs};
use crate::pages::sample::{Sample, SampleRights};
use crate::visit::Visitor;
use std::collections::BTreeMap;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Principal, Right, Timestamp, UserName, WikiId};
use wikiward_people::{Account, Identity, Method, Session};

const AT: Timestamp = Timestamp::constant(1_790_000_000, 0);

fn wiki() -> WikiId {
    "enwiki".parse().unwrap_or_else(|_| WikiId::farm())
}

fn account(name: UserName, rights: RightSet) -> Account {
    Account {
        id: 7,
        name,
        version: 3,
        has_password: true,
        identity: None,
        is_disabled: false,
        rights: BTreeMap::from([(WikiId::farm(), rights), (wiki(), [Right::Modify].into_iter().collect())]),
        created_at: AT,
        updated_at: AT,
        last_sign_in_at: Some(AT),
    }
}

/// One of the names that samples use; all of them are good ones.
fn name(text: &str) -> Option<UserName> {
    text.parse().ok()
}

/// Makes a page about an account.
fn about(visitor: &Visitor, make: impl Fn(Account) -> Page) -> Page {
    let rights = [Right::View, Right::ManageAccounts].into_iter().collect();
    name("Sample steward").map_or_else(|| view::list(visitor, &List::default()), |name| make(account(name, rights)))
}

/// A session of the sample visitor, or another one.
pub(crate) fn session(id: &str) -> Session {
    let name: Result<UserName, _> = "Sample".parse();
    let principal = name.map_or(Principal::System, |name| Principal::Account { id: 7, name });
    Session { id: id.into(), principal, method: Method::Password, created_at: AT, last_seen_at: AT, expires_at: AT }
}

/// All of them.
pub(crate) fn samples() -> Vec<Sample> {
    let sample = |page, state, make| Sample { page, state, rights: SampleRights::Steward, make };
    vec![
        sample("accounts/list", "empty", |visitor| view::list(visitor, &List::default())),
        sample("accounts/list", "many, long, right-to-left", |visitor| {
            let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
            let names = [long, "مدير المرشحات", "<script>alert(1)</script>\u{202e}x"];
            let accounts = names.into_iter().filter_map(name).map(|name| account(name, RightSet::all())).collect();
            let list = List { accounts, is_later: true, next: Some("c".into()), name: "x".into(), ..List::default() };
            view::list(visitor, &list)
        }),
        sample("accounts/list", "error", |visitor| {
            let wrongs = Wrongs::one("name", visitor.text.say("acts-wrong-user-name"));
            view::list(visitor, &List { typed: "\u{202e}".into(), wrongs, ..List::default() })
        }),
        sample("accounts/one", "many", |visitor| {
            about(visitor, |account| {
                let sessions = vec![session("sample"), session("other")];
                view::one(visitor, &One { sessions, ..One::of(account) })
            })
        }),
        sample("accounts/one", "disabled, without rights", |visitor| {
            about(visitor, |account| {
                let identity = Identity { issuer: "https://id.example".into(), subject: "<b>".into() };
                let bare = Account {
                    is_disabled: true,
                    rights: BTreeMap::new(),
                    has_password: false,
                    identity: Some(identity),
                    last_sign_in_at: None,
                    ..account
                };
                let wrongs = Wrongs::one("version", visitor.text.say("accounts-wrong-last"));
                view::one(visitor, &One { wrongs, ..One::of(bare) })
            })
        }),
        sample("accounts/rights", "one", |visitor| {
            about(visitor, |account| {
                let wanted = [Right::Modify].into_iter().collect();
                view::rights(visitor, &RightsForm { account, wiki: wiki(), wanted, wrongs: Wrongs::default() })
            })
        }),
        sample("accounts/rights", "error", |visitor| {
            about(visitor, |account| {
                let wrongs = Wrongs::one("right", acts::beyond(visitor.text, &WikiId::farm(), Right::AuditLog));
                let wiki = WikiId::farm();
                view::rights(visitor, &RightsForm { account, wiki, wanted: RightSet::all(), wrongs })
            })
        }),
        sample("accounts/ask rights", "one", |visitor| {
            about(visitor, |account| {
                let form = Form(vec![("all".into(), "1".into())]);
                acts::ask(visitor, &view::taking(visitor, &account, &WikiId::farm(), &BTreeMap::new(), &form))
            })
        }),
        sample("accounts/ask disable", "one", |visitor| {
            about(visitor, |account| acts::ask(visitor, &view::disabling(visitor, &account)))
        }),
        sample("accounts/link", "one", |visitor| {
            about(visitor, |account| view::link(visitor, &account, "https://wikiward.example/welcome/ww_t_example", AT))
        }),
        sample("accounts/ask session", "one", |visitor| {
            let action = "/accounts/7/sessions/other".to_owned();
            acts::ask(visitor, &sessions::question(visitor.text, &session("other"), false, action, "/accounts/7"))
        }),
    ]
}
