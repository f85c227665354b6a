//! Whether a consequence of a hit can be undone, as far as it is known here: pure.

use crate::hits::list::HitKey;
use crate::model::Consequence;
use serde_json::Value;
use std::collections::BTreeMap;
use wikiward_farm::Id;

/// How a row of a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowState {
    /// It can be chosen.
    Open,
    /// It cannot be undone.
    Skipped,
    /// It was not chosen.
    Left,
    /// The wiki has yet to carry it out.
    Pending,
    /// It is undone.
    Reverted,
    /// There was nothing to undo any more.
    NothingToDo,
    /// The wiki could not do it.
    Failed,
    /// It was given up.
    Cancelled,
}

impl RowState {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Open,
        Self::Skipped,
        Self::Left,
        Self::Pending,
        Self::Reverted,
        Self::NothingToDo,
        Self::Failed,
        Self::Cancelled,
    ];

    /// As stored and answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Skipped => "skipped",
            Self::Left => "left",
            Self::Pending => "pending",
            Self::Reverted => "reverted",
            Self::NothingToDo => "nothing_to_do",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Why there is nothing to undo, as far as it is known here. Wikis have words of their own beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Another job undid it.
    AlreadyReverted,
    /// Another job waits for it to be undone.
    UnderWay,
    /// A later hit, or somebody else, did the same to the person since.
    ChangedSince,
    /// A later hit of the same filter did the same to the person: undoing that one is enough.
    Superseded,
    /// The wiki reports that it was never carried out.
    NotExecuted,
    /// The wiki did not report what would have to be put back.
    NotReported,
    /// It has ended by itself, or was ended.
    Ended,
}

impl Cause {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AlreadyReverted => "already_reverted",
            Self::UnderWay => "under_way",
            Self::ChangedSince => "changed_since",
            Self::Superseded => "superseded",
            Self::NotExecuted => "not_executed",
            Self::NotReported => "not_reported",
            Self::Ended => "ended",
        }
    }
}

/// What is known of a consequence of a hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// What other jobs made of it.
    pub elsewhere: Option<Elsewhere>,
    /// Whether a later hit of another filter did the same to the person.
    pub is_changed: bool,
    /// Whether a later hit of the job did.
    pub is_superseded: bool,
    /// What the wiki reports to have done.
    pub executed: Executed,
    /// The hold of automatic promotion that is in force for the person: of which hit, if of one.
    pub hold: Option<Option<Id>>,
    /// Whether the name in the hit is not whom the wiki acted against.
    pub is_nameless: bool,
}

/// What another job made of the same consequence of the same hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// It waits.
    Pending,
    /// It is undone.
    Reverted,
}

/// What a wiki reports to have done, of one consequence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Executed {
    /// Whether it worked; none if nothing was reported.
    pub is_done: Option<bool>,
    /// Groups that were taken away.
    pub groups: Vec<String>,
    /// Until when those of them had been given that were not given for good, RFC 3339.
    pub until: BTreeMap<String, String>,
    /// The block that was placed.
    pub block_id: Option<i64>,
}

impl Executed {
    /// What `reported`, the list of a hit, says of a consequence. Several entries of it count together.
    pub fn of(reported: Option<&Value>, consequence: &str) -> Self {
        let entries = reported.and_then(Value::as_array).into_iter().flatten();
        let mut executed = Self::default();
        for entry in entries.filter(|entry| entry.get("type").and_then(Value::as_str) == Some(consequence)) {
            let is_done = entry.get("ok").and_then(Value::as_bool).unwrap_or(false);
            executed.is_done = Some(executed.is_done.unwrap_or(false) || is_done);
            let groups = entry.get("groups").and_then(Value::as_array).into_iter().flatten();
            for group in groups.filter_map(Value::as_str) {
                if !executed.groups.iter().any(|known| known == group) {
                    executed.groups.push(group.to_owned());
                }
            }
            let until = entry.get("until").and_then(Value::as_object).into_iter().flatten();
            for (group, until) in until.filter_map(|(group, until)| Some((group, until.as_str()?))) {
                executed.until.insert(group.clone(), until.to_owned());
            }
            executed.block_id = entry.get("block_id").and_then(Value::as_i64).or(executed.block_id);
        }
        executed
    }
}

/// Whether what another hit did, of which `executed` is known, stands in the way of undoing the same by an earlier one.
///
/// The report of a hit may be lost. Of blocks and groups the wiki can tell which hit they are from, and changes nothing where
/// it is another: what is not known to have been carried out is left to it. Taken for carried out, a block that failed because
/// the person was blocked already would stand in the way of the one that is in force, for ever.
pub fn counts_as_done(consequence: &str, executed: &Executed) -> bool {
    match Consequence::find(consequence) {
        Some(Consequence::Block | Consequence::Degroup) => executed.is_done == Some(true),
        _ => executed.is_done != Some(false),
    }
}

/// What other filters did to the person of a row, by the same consequence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Others {
    /// The newest hit that counts as carried out.
    pub done: Option<HitKey>,
    /// Hits of which nothing is known.
    pub unknown: Vec<HitKey>,
}

impl Others {
    /// Whether one of them did it after the hit `key`. Of hits of one action the wiki cannot tell which did it: there the last
    /// one counts.
    pub fn changed(&self, key: HitKey) -> bool {
        let is_later = |other: &HitKey| (other.at, other.hit_id) > (key.at, key.hit_id);
        self.done.as_ref().is_some_and(is_later) || self.unknown.iter().any(|it| it.at == key.at && is_later(it))
    }
}

/// Whether a consequence of the hit `hit_id` can be undone; if not, why not.
///
/// # Errors
/// The cause.
pub fn standing(consequence: &str, hit_id: Id, known: &Known) -> Result<(), Cause> {
    match known.elsewhere {
        Some(Elsewhere::Reverted) => return Err(Cause::AlreadyReverted),
        Some(Elsewhere::Pending) => return Err(Cause::UnderWay),
        None => {}
    }
    if known.executed.is_done == Some(false) {
        return Err(Cause::NotExecuted);
    }
    match Consequence::find(consequence) {
        Some(Consequence::BlockAutopromote) => match known.hold {
            None => Err(Cause::Ended),
            Some(of) if of == Some(hit_id) => Ok(()),
            Some(_) if known.is_superseded => Err(Cause::Superseded),
            Some(_) => Err(Cause::ChangedSince),
        },
        _ if known.is_changed => Err(Cause::ChangedSince),
        // What each hit took away is put back; a block is one, whichever hit placed it last.
        Some(Consequence::Block) if known.is_superseded => Err(Cause::Superseded),
        Some(Consequence::Block) if known.is_nameless && known.executed.block_id.is_none() => Err(Cause::NotReported),
        Some(Consequence::Degroup) if known.executed.is_done.is_none() => Err(Cause::NotReported),
        Some(Consequence::Degroup) if known.executed.groups.is_empty() => Err(Cause::NotExecuted),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use wikiward_farm::Timestamp;

    fn hit(number: u8) -> Id {
        Id::from_bytes([number; 16])
    }

    fn done(value: &Value) -> Executed {
        Executed::of(Some(value), "degroup")
    }

    #[track_caller]
    fn check(consequence: &str, known: &Known, expected: Result<(), Cause>) {
        assert_eq!(standing(consequence, hit(1), known), expected, "{consequence} {known:?}");
    }

    #[test]
    fn what_was_undone_or_waits_is_not_undone_again() {
        for consequence in ["block", "degroup", "blockautopromote", "review"] {
            for (elsewhere, cause) in
                [(Elsewhere::Pending, Cause::UnderWay), (Elsewhere::Reverted, Cause::AlreadyReverted)]
            {
                check(consequence, &Known { elsewhere: Some(elsewhere), ..Known::default() }, Err(cause));
            }
        }
    }

    #[test]
    fn a_block_is_undone_if_nothing_came_after_it() {
        check("block", &Known::default(), Ok(()));
        check("block", &Known { is_changed: true, ..Known::default() }, Err(Cause::ChangedSince));
        check("block", &Known { is_superseded: true, ..Known::default() }, Err(Cause::Superseded));
        let failed = Executed { is_done: Some(false), ..Executed::default() };
        check("block", &Known { executed: failed, ..Known::default() }, Err(Cause::NotExecuted));
        let nameless = Known { is_nameless: true, ..Known::default() };
        check("block", &nameless, Err(Cause::NotReported));
        let executed = Executed { is_done: Some(true), block_id: Some(5), ..Executed::default() };
        check("block", &Known { executed, ..nameless }, Ok(()));
    }

    #[test]
    fn only_what_is_known_to_have_been_done_stands_in_the_way_of_what_a_wiki_can_tell_apart() {
        let of = |is_done| Executed { is_done, ..Executed::default() };
        for (consequence, unknown) in
            [("block", false), ("degroup", false), ("blockautopromote", true), ("review", true)]
        {
            assert!(counts_as_done(consequence, &of(Some(true))), "{consequence}");
            assert!(!counts_as_done(consequence, &of(Some(false))), "{consequence}");
            assert_eq!(counts_as_done(consequence, &of(None)), unknown, "{consequence}");
        }
        let key = |second: i64, number| HitKey { at: Timestamp::from_second(second).unwrap(), hit_id: hit(number) };
        let others = |done, unknown: &[HitKey]| Others { done, unknown: unknown.to_vec() };
        assert!(others(Some(key(2, 1)), &[]).changed(key(1, 9)) && !others(Some(key(1, 9)), &[]).changed(key(2, 1)));
        assert!(!others(None, &[key(2, 1)]).changed(key(1, 9)), "the wiki knows when the block was placed");
        assert!(others(None, &[key(1, 5)]).changed(key(1, 4)), "of one action");
        assert!(!others(None, &[key(1, 5)]).changed(key(1, 6)));
    }

    #[test]
    fn groups_are_put_back_only_as_the_wiki_reported_them() {
        check("degroup", &Known::default(), Err(Cause::NotReported));
        let none = done(&json!([{"type": "degroup", "ok": true, "groups": []}]));
        check("degroup", &Known { executed: none, ..Known::default() }, Err(Cause::NotExecuted));
        let some = done(&json!([
            {"type": "block", "ok": true, "groups": ["wrong"]},
            {"type": "degroup", "ok": true, "groups": ["sysop", "rollbacker"],
             "until": {"rollbacker": "2030-01-01T00:00:00Z", "sysop": 5}},
            {"type": "degroup", "ok": false, "groups": ["sysop"]},
        ]));
        assert_eq!(some.until, [("rollbacker".to_owned(), "2030-01-01T00:00:00Z".to_owned())].into());
        assert_eq!((some.is_done, &some.groups[..]), (Some(true), &["sysop".to_owned(), "rollbacker".into()][..]));
        check("degroup", &Known { executed: some.clone(), ..Known::default() }, Ok(()));
        check("degroup", &Known { executed: some, is_superseded: true, ..Known::default() }, Ok(()));
    }

    #[test]
    fn a_hold_of_promotion_is_ended_only_if_it_is_the_hits_own() {
        let held = |hold| Known { hold, ..Known::default() };
        check("blockautopromote", &held(None), Err(Cause::Ended));
        check("blockautopromote", &held(Some(Some(hit(1)))), Ok(()));
        check("blockautopromote", &held(Some(Some(hit(2)))), Err(Cause::ChangedSince));
        check("blockautopromote", &held(Some(None)), Err(Cause::ChangedSince));
        let later = Known { is_superseded: true, ..held(Some(Some(hit(2)))) };
        check("blockautopromote", &later, Err(Cause::Superseded));
    }

    #[test]
    fn what_a_wiki_reports_wrongly_is_passed_over() {
        for reported in [json!(null), json!({}), json!([1, {"type": 5}, {"ok": true}]), json!("x")] {
            assert_eq!(Executed::of(Some(&reported), "block"), Executed::default());
        }
        let odd = json!([{"type": "block", "ok": "yes", "groups": [1, "a"], "block_id": "5"}]);
        let odd = Executed::of(Some(&odd), "block");
        assert_eq!(odd, Executed { is_done: Some(false), groups: vec!["a".into()], ..Executed::default() });
    }
}
