//! One filter: read by who may see it, edited by who may change it.

mod actions;
mod conflict;
mod findings;
mod offers;
mod read;
mod typed;
mod view;

use super::list::may_change;
use super::trial::{self, Attempt, Report};
use super::{Place, brake, label};
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::filters::Tabs;
use crate::paths;
use crate::state::Console;
use crate::visit::{Flash, Tone, Visitor, go_to};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use maud::Markup;
use serde::Deserialize;
use std::sync::Arc;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::groups::{Registry, builtin};
use wikiward_filters::life::{Braked, SaveError, SaveRequest, Saved};
use wikiward_filters::model::{Actions, Filter, FilterKey, Version};
use wikiward_filters::save::tests_kept::TestOutcome;
use wikiward_filters::save::{Finding, Findings};

pub(crate) use findings::{Said, place};
pub(crate) use typed::Typed;
use view::{Editing, Note};

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route("/w/{wiki}/filters/new", get(show_new).post(send_new))
        .route("/w/{wiki}/filters/{gid}", get(show).post(send))
        .route("/w/{wiki}/rule/try", post(try_alone))
}

pub(crate) fn samples() -> Vec<crate::pages::sample::Sample> {
    [view::samples(), conflict::samples(), read::samples()].into_iter().flatten().collect()
}

/// How a filter is to be shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// The version whose content stands in the form.
    from_version: String,
    /// Whether the checks are shown.
    checked: String,
}

/// The filter that a form is about, and all that surrounds it.
struct Subject {
    wiki: WikiId,
    /// The wiki that owns it, or will.
    owner: WikiId,
    live: Option<Filter>,
    braked: Braked,
    registry: Arc<Registry>,
}

impl Subject {
    async fn new(console: &Console, visitor: &Visitor, wiki: WikiId, gid: Option<&str>) -> Result<Self, Fault> {
        let live = match gid {
            Some(gid) => Some(console.filters.brake(&visitor.viewer, &wiki, gid).await?),
            None => None,
        };
        let (live, braked) = live.map_or_else(|| (None, Braked::default()), |(live, braked)| (Some(live), braked));
        let owner = live.as_ref().map_or_else(|| wiki.clone(), |live| live.key.wiki.clone());
        Ok(Self { wiki, owner, live, braked, registry: console.filters.registry().await? })
    }

    fn gid(&self) -> Option<String> {
        self.live.as_ref().map(|live| live.key.gid())
    }

    /// What stands above a filter that is braked.
    fn banner(&self, console: &Console, visitor: &Visitor) -> Markup {
        self.live.as_ref().map_or_else(Markup::default, |live| {
            brake::banner(visitor, &brake::shown(console, visitor, &self.wiki, live, &self.braked))
        })
    }

    fn key(&self) -> Option<&FilterKey> {
        self.live.as_ref().map(|live| &live.key)
    }

    fn request(&self, typed: &Typed) -> (SaveRequest, Vec<Finding>) {
        typed.request(self.key().map(|key| key.number.0), self.owner.is_farm())
    }

    async fn editing(&self, console: &Console, visitor: &Visitor, typed: Typed) -> Result<Editing, Fault> {
        let none = Actions::default();
        let present = self.live.as_ref().map_or(&none, |live| &live.draft.actions);
        let settings = console.filters.settings_on(&self.owner);
        let offers = offers::offers(visitor, &self.registry, &settings, &self.owner, typed.get("group"), present);
        let may_try = visitor.may(Right::Backtest, &self.wiki) && visitor.may(Right::Log, &self.wiki);
        Ok(Editing {
            kept: self.kept(console, visitor, &typed).await?,
            wiki: self.wiki.clone(),
            gid: self.gid(),
            name: self.live.as_ref().map(|live| live.draft.name.clone()).unwrap_or_default(),
            facts: self.live.as_ref().map(|live| read::facts(visitor, &self.registry, &self.wiki, live)),
            braked: self.banner(console, visitor),
            was_hidden: self.live.as_ref().is_some_and(|live| live.draft.privacy.is_hidden),
            is_elsewhere: self.owner.is_farm() && !self.wiki.is_farm(),
            typed,
            said: Said::default(),
            offers,
            report: None,
            is_unsaved: false,
            note: None,
            may_try,
            tabs: Tabs::of(visitor, &self.wiki, &self.owner),
        })
    }

    /// What the filter's tests give with the rule that was typed; none if it cannot be run.
    async fn kept(
        &self,
        console: &Console,
        visitor: &Visitor,
        typed: &Typed,
    ) -> Result<Option<Vec<TestOutcome>>, Fault> {
        let Some(live) = self.live.as_ref().filter(|live| !live.draft.tests.is_empty()) else {
            return Ok(Some(Vec::new()));
        };
        let (rules, group, tests) = (typed.get("rules"), typed.get("group"), &live.draft.tests);
        let viewer = &visitor.viewer;
        let outcomes = console.filters.try_tests(viewer, &self.owner, rules, group, tests).await?;
        if outcomes.is_empty() && !console.filters.visible_tests(viewer, &self.owner, tests).await?.is_empty() {
            return Ok(None);
        }
        Ok(Some(outcomes))
    }
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    let subject = Subject::new(&console, &visitor, wiki, Some(&gid)).await?;
    let Some(live) = subject.live.as_ref() else { return Err(Fault::NotFound) };
    if !may_change(&visitor, &subject.owner) {
        let banner = subject.banner(&console, &visitor);
        let reading = read::reading(&visitor, &subject.registry, &subject.wiki, live, banner);
        return Ok(read::page(&visitor, &reading).show(&visitor));
    }
    let (draft, note) = match wanted.from_version.parse::<Version>() {
        Ok(number) => {
            let version = console.filters.version(&visitor.viewer, &subject.wiki, &gid, number).await?;
            (version.draft, Some(Note::RestoredFrom(number.0)))
        }
        Err(_) => (live.draft.clone(), None),
    };
    let mut typed = Typed::of(&draft);
    typed.set("base", &live.version.to_string());
    let mut editing = Editing { note, ..subject.editing(&console, &visitor, typed).await? };
    if !wanted.checked.is_empty() {
        editing.said = Said::new(Vec::new(), checked(&console, &visitor, &subject, &editing.typed).await?.warnings);
    }
    Ok(view::page(&visitor, &editing).show(&visitor))
}

async fn show_new(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
) -> Result<Response, Fault> {
    let subject = blank(&console, &visitor, wiki).await?;
    let mut typed = Typed::default();
    typed.set("group", builtin::DEFAULT);
    typed.set("state", "draft");
    Ok(view::page(&visitor, &subject.editing(&console, &visitor, typed).await?).show(&visitor))
}

/// What surrounds a new filter. Refuses who may not make one.
async fn blank(console: &Console, visitor: &Visitor, wiki: WikiId) -> Result<Subject, Fault> {
    if !wiki.is_farm() && console.people.visible_wiki(&visitor.viewer, &wiki).is_none() {
        return Err(Fault::NotFound);
    }
    visitor.need(if wiki.is_farm() { Right::ModifyGlobal } else { Right::Modify }, &wiki)?;
    Subject::new(console, visitor, wiki, None).await
}

async fn send_new(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    form: Form,
) -> Result<Response, Fault> {
    let subject = blank(&console, &visitor, wiki).await?;
    answer(&console, &visitor, &subject, &form).await
}

async fn send(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    form: Form,
) -> Result<Response, Fault> {
    let subject = Subject::new(&console, &visitor, wiki, Some(&gid)).await?;
    visitor.need(if subject.owner.is_farm() { Right::ModifyGlobal } else { Right::Modify }, &subject.owner)?;
    answer(&console, &visitor, &subject, &form).await
}

/// What a button of the form asks for.
async fn answer(console: &Console, visitor: &Visitor, subject: &Subject, form: &Form) -> Result<Response, Fault> {
    let mut typed = Typed::read(form);
    match form.get("do") {
        "save" => save(console, visitor, subject, typed).await,
        "check" => {
            let found = checked(console, visitor, subject, &typed).await?;
            let mut editing = subject.editing(console, visitor, typed).await?;
            editing.note = found.errors.is_empty().then_some(Note::Checked);
            editing.said = Said::new(found.errors, found.warnings);
            Ok(view::page(visitor, &editing).show(visitor))
        }
        "format" => {
            if let Ok(formatted) = wikiward_rules::format::format(typed.get("rules").as_bytes()) {
                typed.set("rules", &String::from_utf8_lossy(&formatted));
            }
            let found = checked(console, visitor, subject, &typed).await?;
            let mut editing = subject.editing(console, visitor, typed).await?;
            editing.said = Said::new(found.errors, found.warnings);
            Ok(view::page(visitor, &editing).show(visitor))
        }
        "edit" => Ok(view::page(visitor, &subject.editing(console, visitor, typed).await?).show(visitor)),
        // They stand beside every rule: running them is looking again.
        "tests" => {
            let editing = Editing { is_unsaved: true, ..subject.editing(console, visitor, typed).await? };
            Ok(view::page(visitor, &editing).show(visitor))
        }
        _ => {
            let report = tried(console, visitor, &subject.wiki, subject.live.as_ref(), &typed, form).await?;
            let editing = Editing { report: Some(report), ..subject.editing(console, visitor, typed).await? };
            Ok(view::page(visitor, &editing).show(visitor))
        }
    }
}

/// All that is to be said of what stands in the form.
async fn checked(console: &Console, visitor: &Visitor, subject: &Subject, typed: &Typed) -> Result<Findings, Fault> {
    let (request, wrong) = subject.request(typed);
    let gid = subject.gid();
    let mut found = console.filters.validate(&visitor.viewer, &subject.wiki, gid.as_deref(), &request).await?.findings;
    found.errors.splice(0..0, wrong);
    Ok(found)
}

async fn save(console: &Console, visitor: &Visitor, subject: &Subject, typed: Typed) -> Result<Response, Fault> {
    let (request, wrong) = subject.request(&typed);
    let saved = if wrong.is_empty() {
        match (subject.gid(), typed.base()) {
            (Some(gid), Some(base)) => {
                console.filters.save(&visitor.viewer, &subject.wiki, &gid, Version(base), &request).await
            }
            (Some(_), None) => return Err(Fault::BadForm),
            (None, _) => console.filters.create(&visitor.viewer, &subject.wiki, &request).await,
        }
    } else {
        let found = checked(console, visitor, subject, &typed).await?;
        Err(SaveError::Invalid(Box::new(found)))
    };
    match saved {
        Ok(saved) => Ok(done(console, subject, &saved)),
        Err(SaveError::Invalid(found)) => {
            let mut editing = subject.editing(console, visitor, typed).await?;
            editing.said = Said::new(found.errors, found.warnings);
            Ok(view::page(visitor, &editing).status(StatusCode::UNPROCESSABLE_ENTITY).show(visitor))
        }
        Err(SaveError::Conflict(found)) => {
            let page = conflict::page(visitor, &subject.wiki, &subject.gid().unwrap_or_default(), &typed, &found);
            Ok(page.status(StatusCode::CONFLICT).show(visitor))
        }
        Err(SaveError::NoSuchVersion(_)) => Err(Fault::BadForm),
        Err(error) => Err(error.into()),
    }
}

fn done(console: &Console, subject: &Subject, saved: &Saved) -> Response {
    let gid = saved.filter.key.gid();
    let path = paths::filter(&subject.wiki, &gid);
    let version = saved.filter.version.to_string();
    let count = saved.warnings.len().to_string();
    let (flash, path) = if !saved.changed {
        (Flash::new(Tone::Notice, "filters-saved-nothing", &[]), path)
    } else if saved.warnings.is_empty() {
        (Flash::done("filters-saved", &[&version]), path)
    } else {
        (Flash::new(Tone::Warning, "filters-saved-warnings", &[&version, &count]), format!("{path}?checked=1"))
    };
    flash.on(&console.sealer, console.is_secure, go_to(&path))
}

async fn tried(
    console: &Console,
    visitor: &Visitor,
    wiki: &WikiId,
    live: Option<&Filter>,
    typed: &Typed,
    form: &Form,
) -> Result<Report, Fault> {
    let attempt = Attempt {
        rules: typed.get("rules"),
        group: typed.get("group"),
        live,
        count: form.get("try_count"),
        own: form.get("try_of") == "own",
        example: form.get("example").parse().ok(),
    };
    trial::run(console, visitor, wiki, &attempt).await
}

/// What a script puts into the pane: the results alone. The filter is named by the field `gid`.
async fn try_alone(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need_session()?;
    let typed = Typed::read(&form);
    let live = match form.find("gid").filter(|gid| !gid.is_empty()) {
        Some(gid) => Some(console.filters.get(&visitor.viewer, &wiki, gid).await?),
        None => None,
    };
    let report = tried(&console, &visitor, &wiki, live.as_ref(), &typed, &form).await?;
    let action = match &live {
        Some(live) => paths::filter(&wiki, &live.key.gid()),
        None => paths::new_filter(&wiki),
    };
    let place = trial::Place { wiki: &wiki, form: view::FORM, action: &action };
    Ok(super::script::part(&trial::results(visitor.text, place, typed.get("rules"), &report)))
}

/// What a group is called.
pub(super) fn group_name(visitor: &Visitor, registry: &Registry, name: &str) -> String {
    registry.groups.get(name).map_or_else(|| name.to_owned(), |group| label(visitor.text, &group.label, name))
}
