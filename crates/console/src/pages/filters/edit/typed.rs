//! What stands in the form of a filter, as text; and the draft that it means.

use crate::form::Form;
use std::collections::{BTreeMap, BTreeSet};
use wikiward_farm::{Scope, UserName};
use wikiward_filters::life::SaveRequest;
use wikiward_filters::model::{Actions, BrakeProfile, Consequence, Draft, Privacy, State as Life, Tier};
use wikiward_filters::save::Finding;

/// What stands in the form of a filter. Nothing of it is checked; it comes back as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// Fields of one value, by name.
    pub(crate) fields: BTreeMap<String, String>,
    /// Marks of privacy that are ticked.
    pub(crate) privacy: BTreeSet<String>,
    /// Consequences that are ticked.
    pub(crate) actions: BTreeSet<String>,
}

/// Fields of one value that every form has. Those of consequences come beside them.
const FIELDS: [&str; 16] = [
    "name",
    "rules",
    "notes",
    "group",
    "state",
    "priority",
    "tier",
    "brake",
    "maintainers",
    "scope_include",
    "scope_exclude",
    "reason",
    "confirm_public",
    "publish_history",
    "skip_backtest",
    "override_tests",
];

/// Fields of consequences with parameters of their own.
pub(crate) const DETAILS: [&str; 9] = [
    "throttle_count",
    "throttle_period",
    "throttle_groups",
    "warn_message",
    "disallow_message",
    "tag_names",
    "block_talk",
    "block_anon",
    "block_user",
];

/// What the name of a field begins with that holds the parameters of another consequence, one a line.
const OTHER: &str = "params_";

/// Most fields that are read: each consequence has one or two.
const FIELDS_MAX: usize = 500;

impl Typed {
    /// What a form sends.
    pub(crate) fn read(form: &Form) -> Self {
        let is_field =
            |name: &str| FIELDS.contains(&name) || DETAILS.contains(&name) || name.starts_with(OTHER) || name == "base";
        let mut typed = Self::default();
        for (name, value) in form.0.iter().take(FIELDS_MAX) {
            // Browsers send line ends in two characters.
            let value = value.replace("\r\n", "\n");
            match name.as_str() {
                "privacy" => drop(typed.privacy.insert(value)),
                "action" => drop(typed.actions.insert(value)),
                name if is_field(name) => drop(typed.fields.insert(name.to_owned(), value)),
                _ => {}
            }
        }
        typed
    }

    /// What the form holds of a draft.
    pub(crate) fn of(draft: &Draft) -> Self {
        let mut typed = Self::default();
        let marks = [
            (draft.privacy.is_hidden, "hidden"),
            (draft.privacy.is_protected, "protected"),
            (draft.privacy.is_suppressed, "suppressed"),
        ];
        typed.privacy = marks.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name.to_owned()).collect();
        typed.set("name", &draft.name);
        typed.set("rules", &draft.rules);
        typed.set("notes", &draft.notes);
        typed.set("group", &draft.group);
        typed.set("state", draft.state.name());
        typed.set("priority", &draft.priority.to_string());
        typed.set("tier", draft.tier.name());
        typed.set("brake", draft.brake_profile.name());
        typed.set("maintainers", &lines(draft.maintainers.iter()));
        if let Some(scope) = &draft.scope {
            typed.set("scope_include", &lines(scope.include.iter()));
            typed.set("scope_exclude", &lines(scope.exclude.iter()));
        }
        for (name, params) in draft.actions.iter() {
            typed.actions.insert(name.to_owned());
            typed.set_params(name, params);
        }
        typed
    }

    fn set_params(&mut self, name: &str, params: &[String]) {
        let at = |place: usize| params.get(place).map_or("", String::as_str);
        match Consequence::find(name) {
            Some(Consequence::Throttle) => {
                let (count, period) = at(1).split_once(',').unwrap_or((at(1), ""));
                self.set("throttle_count", count);
                self.set("throttle_period", period);
                self.set("throttle_groups", &params.get(2..).unwrap_or_default().join("\n"));
            }
            Some(Consequence::Warn) => self.set("warn_message", at(0)),
            Some(Consequence::Disallow) => self.set("disallow_message", at(0)),
            Some(Consequence::Tag) => self.set("tag_names", &params.join("\n")),
            Some(Consequence::Block) => {
                self.set("block_talk", at(0));
                self.set("block_anon", at(1));
                self.set("block_user", at(2));
            }
            _ if params.is_empty() => {}
            _ => self.set(&format!("{OTHER}{name}"), &params.join("\n")),
        }
    }

    /// What a field holds.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Changes what a field holds.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.fields.insert(name.to_owned(), value.to_owned());
    }

    /// The version that was changed; none for a new filter.
    pub(crate) fn base(&self) -> Option<u32> {
        self.get("base").parse().ok()
    }

    /// Everything, as a form sends it.
    pub(crate) fn sent(&self) -> Vec<(String, String)> {
        let fields = self.fields.iter().map(|(name, value)| (name.clone(), value.clone()));
        let privacy = self.privacy.iter().map(|value| ("privacy".to_owned(), value.clone()));
        let actions = self.actions.iter().map(|value| ("action".to_owned(), value.clone()));
        fields.chain(privacy).chain(actions).collect()
    }

    /// What it means, and what of it means nothing. `number` is the filter's own, if it has one.
    pub(crate) fn request(&self, number: Option<u32>, is_farm: bool) -> (SaveRequest, Vec<Finding>) {
        let mut wrong = Vec::new();
        let mut word = |field: &'static str, message: &str| wrong.push(Finding::new("bad_word", field, message));
        let state = Life::find(self.get("state")).unwrap_or_else(|| {
            word("state", "choose a state");
            Life::Draft
        });
        let priority = match self.get("priority").trim() {
            "" => 0,
            text => text.parse().unwrap_or_else(|_| {
                word("priority", "the priority is -1000 to 1000");
                0
            }),
        };
        let draft = Draft {
            state,
            group: self.get("group").to_owned(),
            name: self.get("name").trim().to_owned(),
            rules: self.get("rules").to_owned(),
            notes: self.get("notes").to_owned(),
            actions: Actions(self.actions.iter().map(|name| (name.clone(), self.params(name, number))).collect()),
            priority,
            tier: Tier::find(self.get("tier")).unwrap_or(Tier::Normal),
            privacy: Privacy {
                is_hidden: self.privacy.contains("hidden"),
                is_protected: self.privacy.contains("protected"),
                is_suppressed: self.privacy.contains("suppressed"),
            },
            scope: self.scope(is_farm, &mut wrong),
            brake_profile: BrakeProfile::find(self.get("brake")).unwrap_or(BrakeProfile::Standard),
            maintainers: parsed::<UserName>(self.get("maintainers"), "maintainers", &mut wrong),
            tests: Vec::new(),
        };
        let request = SaveRequest {
            draft,
            change_reason: self.get("reason").trim().to_owned(),
            confirm_make_public: !self.get("confirm_public").is_empty(),
            publish_history: !self.get("publish_history").is_empty(),
            skip_backtest_reason: self.get("skip_backtest").trim().to_owned(),
            override_tests: self.get("override_tests").trim().to_owned(),
            tests: None,
        };
        (request, wrong)
    }

    fn scope(&self, is_farm: bool, wrong: &mut Vec<Finding>) -> Option<Scope> {
        let include = parsed(self.get("scope_include"), "scope_include", wrong);
        let exclude = parsed(self.get("scope_exclude"), "scope_exclude", wrong);
        (is_farm && !(include.is_empty() && exclude.is_empty())).then_some(Scope { include, exclude })
    }

    /// Parameters of a consequence, as they are stored.
    fn params(&self, name: &str, number: Option<u32>) -> Vec<String> {
        let one = |field: &str| Some(self.get(field).trim()).filter(|it| !it.is_empty()).map(str::to_owned);
        let listed = |field: &str| filled(self.get(field)).map(str::to_owned).collect::<Vec<_>>();
        match Consequence::find(name) {
            Some(Consequence::Throttle) => {
                let number = number.map(|number| number.to_string()).unwrap_or_default();
                let rate = format!("{},{}", self.get("throttle_count").trim(), self.get("throttle_period").trim());
                [vec![number, rate], listed("throttle_groups")].concat()
            }
            Some(Consequence::Warn) => one("warn_message").into_iter().collect(),
            Some(Consequence::Disallow) => one("disallow_message").into_iter().collect(),
            Some(Consequence::Tag) => listed("tag_names"),
            Some(Consequence::Block) => match (one("block_talk"), one("block_anon"), one("block_user")) {
                (None, None, None) => Vec::new(),
                (talk, anon, user) => {
                    let talk = talk.unwrap_or_else(|| "noTalkBlockSet".into());
                    match (anon, user) {
                        (None, None) => vec![talk],
                        (Some(anon), None) => vec![talk, anon],
                        (anon, Some(user)) => vec![talk, anon.unwrap_or_default(), user],
                    }
                }
            },
            _ => {
                let text = self.get(&format!("{OTHER}{name}"));
                let text = text.strip_suffix('\n').unwrap_or(text);
                if text.is_empty() { Vec::new() } else { text.split('\n').map(str::to_owned).collect() }
            }
        }
    }
}

/// Lines that are not empty, without the white space around them.
fn filled(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn lines<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join("\n")
}

/// Every line as a value; those that are none are noted.
fn parsed<T>(text: &str, field: &'static str, wrong: &mut Vec<Finding>) -> Vec<T>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let mut items = Vec::new();
    for line in filled(text) {
        match line.parse::<T>() {
            Ok(item) => items.push(item),
            Err(error) => wrong.push(Finding::new("bad_entry", field, error.to_string()).with(line)),
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(actions: &[(&str, &[&str])]) -> Draft {
        let owned = |params: &[&str]| params.iter().map(|it| (*it).to_owned()).collect();
        Draft {
            state: Life::Enabled,
            group: "default".into(),
            name: "A name".into(),
            rules: "\na\n& b".into(),
            notes: "x\n".into(),
            actions: Actions(actions.iter().map(|(name, params)| ((*name).to_owned(), owned(params))).collect()),
            priority: -3,
            tier: Tier::Critical,
            privacy: Privacy { is_hidden: true, ..Privacy::default() },
            scope: Some(Scope {
                include: vec!["set:large".parse().unwrap()],
                exclude: vec!["enwiki".parse().unwrap()],
            }),
            brake_profile: BrakeProfile::Lockdown,
            maintainers: vec!["Ada".parse().unwrap(), "Bob B.".parse().unwrap()],
            tests: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_changed_in_the_form_is_not_changed() {
        let actions: [(&str, &[&str]); 9] = [
            ("throttle", &["17", "3,60", "user", "ip,page"]),
            ("warn", &["my-message"]),
            ("disallow", &[]),
            ("tag", &["a", "b"]),
            ("block", &["blocktalk", "1 day", "infinity"]),
            ("degroup", &[]),
            ("quarantine", &["x", "", "y"]),
            ("other", &[]),
            ("showcaptcha", &[]),
        ];
        let draft = draft(&actions);
        let typed = Typed::of(&draft);
        // Through a browser, which sends line ends in two characters.
        let sent = typed.sent().into_iter().map(|(name, value)| (name, value.replace('\n', "\r\n")));
        let read = Typed::read(&Form(sent.collect()));
        assert_eq!(read, typed);
        let (request, wrong) = read.request(Some(17), true);
        assert_eq!((request.draft, wrong), (draft, Vec::new()));
    }

    #[test]
    fn blocks_keep_what_they_say_and_nothing_is_made_up() {
        for params in [&[][..], &["noTalkBlockSet"], &["blocktalk", "1 day"], &["blocktalk", "1 day", "2 days"]] {
            let draft = draft(&[("block", params)]);
            assert_eq!(Typed::of(&draft).request(None, true).0.draft.actions, draft.actions, "{params:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_kept() {
        let mut typed = Typed::of(&draft(&[]));
        typed.set("priority", "high");
        typed.set("scope_include", "Not A Wiki\nenwiki");
        let (request, wrong) = typed.request(None, true);
        let fields: Vec<&str> = wrong.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(fields, ["priority", "scope_include"]);
        assert_eq!(request.draft.scope.unwrap().include.len(), 1);
    }
}
