//! What follows from trips, releases, holds and edits: the state of one filter on one wiki.
//!
//! [`next`] is the table of transitions of one class; [`Guard`] applies it to all of them and remembers what people want to
//! know. Both are pure.

use super::evidence::Evidence;
use super::harm::Released;
use super::limits::{Cap, Limits};
use super::stream::CLASSES;
use super::{Mark, Path, stored};
use crate::consequences::Latched;
use crate::model::Class;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use wikiward_farm::Timestamp;
use wikiward_farm::clock::micros;

/// For how long people of an attack do not count as in good standing against the filter.
pub const DISCREDITED_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Most distinct targets that anybody may allow a filter: a ceiling stays one.
const CAP_MAX: u32 = 500;

/// What ceilings of a filter's own may be, in words.
pub const CAPS_WANTED: &str = "ceilings are 1 to 500, and that of a day is no lower than that of an hour";

/// Most people and ranges that are discredited for a filter on a wiki.
const DISCREDITED_MAX: usize = 1_000;

/// Most releases by itself in a day.
const BY_ITSELF_MAX: usize = 2;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Where one class stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It runs, and may latch.
    Armed,
    /// It is withheld.
    Latched,
    /// It is withheld, and has been quiet: it looks safe to reactivate.
    Recovering,
    /// It runs, and latches only at the ceilings of a hold.
    Held,
}

/// What happens to one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A path trips.
    Trip(Path),
    /// A hold was confirmed.
    Hold,
    /// A hold is over: by its time, by a person, because the filter was disabled.
    HoldEnds,
    /// A person releases the latch.
    Reactivate,
    /// The rule, its consequences, group or scope were changed.
    Edit,
    /// Nobody in good standing has been hit for long enough.
    Quiet {
        /// Whether latches release themselves here, and may once more today.
        rearms: bool,
    },
    /// Somebody in good standing would have been hit.
    Unquiet,
    /// The filter is disabled or deleted.
    Disable,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "what follows, each by itself")]
pub struct Next {
    /// Where the class stands then.
    pub state: State,
    /// Evidence starts anew, at half of what trips.
    pub rearms: bool,
    /// That it would have latched is recorded.
    pub is_recorded: bool,
    /// The hold of the filter is over.
    pub ends_hold: bool,
    /// The evidence that stands is looked at at once.
    pub retests: bool,
}

/// The transitions of one class.
pub fn next(state: State, event: Event) -> Next {
    let stay = Next { state, rearms: false, is_recorded: false, ends_hold: false, retests: false };
    let to = |state| Next { state, ..stay };
    match (state, event) {
        (State::Held, Event::Trip(Path::Harm | Path::Missing | Path::Compat)) => Next { is_recorded: true, ..stay },
        (State::Held, Event::Trip(Path::Ceiling | Path::Farm)) => Next { ends_hold: true, ..to(State::Latched) },
        (State::Armed, Event::Trip(_)) | (State::Recovering, Event::Unquiet) => to(State::Latched),
        (State::Armed, Event::Hold) => to(State::Held),
        (State::Latched | State::Recovering, Event::Hold) => Next { rearms: true, ..to(State::Held) },
        (State::Held, Event::HoldEnds | Event::Disable) => {
            Next { ends_hold: true, retests: event == Event::HoldEnds, ..to(State::Armed) }
        }
        (State::Held, Event::Edit) => Next { rearms: true, ends_hold: true, ..to(State::Armed) },
        (State::Latched | State::Recovering, Event::Reactivate | Event::Edit | Event::Quiet { rearms: true })
        | (State::Armed, Event::Edit) => Next { rearms: true, ..to(State::Armed) },
        (State::Latched, Event::Quiet { rearms: false }) => to(State::Recovering),
        // Disabling keeps a latch; whatever else changes nothing.
        _ => stay,
    }
}

/// A class that is withheld.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Latch {
    /// Since when.
    #[serde(with = "stored::at")]
    pub since: Timestamp,
    /// Which path tripped.
    pub path: Path,
    /// The numbers.
    pub evidence: Evidence,
    /// Since when it has been quiet.
    #[serde(with = "stored::maybe", default)]
    pub recovering_since: Option<Timestamp>,
}

/// A time in which a filter is not braked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// Its name.
    pub id: String,
    /// Who confirmed it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    #[serde(with = "stored::at")]
    pub from: Timestamp,
    /// Until when.
    #[serde(with = "stored::at")]
    pub until: Timestamp,
    /// What would have latched meanwhile: class, path, when (microseconds).
    pub would_have: Vec<(char, Path, i64)>,
    /// Whether people were told that it is near its end.
    #[serde(default)]
    pub is_told: bool,
}

impl Hold {
    /// Whether its end is far enough from its beginning to be told of in between: more than ten minutes.
    pub fn is_long(&self) -> bool {
        self.until.duration_since(self.from) > SignedDuration::from_mins(10)
    }
}

/// The last release of latches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// When.
    #[serde(with = "stored::at")]
    pub at: Timestamp,
    /// How.
    pub how: Released,
}

/// What the brake decided about one filter on one wiki.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Guard {
    /// Names the latches as they stand; another one with every new latch.
    pub latch_id: String,
    /// Classes that are withheld, in the order of [`CLASSES`].
    pub latches: [Option<Latch>; 3],
    /// A hold that was confirmed; it counts until its end.
    pub hold: Option<Hold>,
    /// The last release.
    pub released: Option<Release>,
    /// When latches were released by themselves within the last day, in microseconds.
    pub released_by_itself: Vec<i64>,
    /// People and ranges that do not count as in good standing, and until when, in microseconds.
    pub discredited: Vec<(Mark, i64)>,
    /// When somebody was last told to have a look, in microseconds.
    pub alerted_at: i64,
    /// When the rule last became another one, in microseconds: latches speak of it since then.
    pub armed_from: i64,
    /// The declared lockdown's end, in microseconds.
    pub lockdown_until: i64,
    /// Ceilings of this filter's own: distinct targets in an hour, in a day.
    pub caps: Option<(u32, u32)>,
}

/// What follows from an event for the whole filter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Followed {
    /// Classes that are withheld from now on.
    pub latched: Vec<Class>,
    /// Classes that are not any more, with their latches.
    pub released: Vec<(Class, Latch)>,
    /// Evidence starts anew.
    pub rearms: bool,
    /// The hold that is over.
    pub ended: Option<Hold>,
    /// The evidence that stands is to be looked at at once.
    pub retests: bool,
    /// Classes that would have latched, recorded for the first time in this hold.
    pub recorded: Vec<Class>,
    /// Classes that became quiet.
    pub recovering: Vec<Class>,
}

impl Guard {
    /// Where `class` stands at `now`.
    pub fn state(&self, class: Class, now: Timestamp) -> State {
        match self.latch(class) {
            Some(latch) if latch.recovering_since.is_some() => State::Recovering,
            Some(_) => State::Latched,
            None if self.hold_at(now).is_some() => State::Held,
            None => State::Armed,
        }
    }

    /// The latch of a class.
    pub fn latch(&self, class: Class) -> Option<&Latch> {
        CLASSES.iter().position(|it| *it == class).and_then(|place| self.latches.get(place)?.as_ref())
    }

    /// The hold that is going on at `now`.
    pub fn hold_at(&self, now: Timestamp) -> Option<&Hold> {
        self.hold.as_ref().filter(|hold| now < hold.until)
    }

    /// Whether anything is withheld.
    pub fn is_latched(&self) -> bool {
        self.latches.iter().any(Option::is_some)
    }

    /// Classes that are withheld.
    pub fn latched(&self) -> Latched {
        let [destructive, obstructive, nuisance] = &self.latches;
        Latched {
            destructive: destructive.is_some(),
            obstructive: obstructive.is_some(),
            nuisance: nuisance.is_some(),
            without_refusal: destructive.as_ref().is_some_and(|latch| latch.path == Path::Compat),
        }
    }

    /// The numbers of its group with the filter's own ceilings.
    pub fn caps(&self, limits: Limits) -> Limits {
        match self.caps {
            Some((hour, day)) => Limits { destroyed: Cap { hour, day }, ..limits },
            None => limits,
        }
    }

    /// Whether somebody, or the range, does not count at `now`.
    pub fn is_discredited(&self, person: Mark, range: Mark, now: Timestamp) -> bool {
        let now = micros(now);
        self.discredited.iter().any(|(mark, until)| now < *until && (*mark == person || *mark == range))
    }

    /// `class` trips. `id` names the latches if it is withheld from now on.
    pub fn trip(&mut self, class: Class, path: Path, evidence: Evidence, id: &str, now: Timestamp) -> Followed {
        let next = next(self.state(class, now), Event::Trip(path));
        let mut followed = Followed::default();
        if next.is_recorded
            && let Some(hold) = &mut self.hold
            && !hold.would_have.iter().any(|(letter, ..)| *letter == class_letter(class))
        {
            hold.would_have.push((class_letter(class), path, micros(now)));
            followed.recorded.push(class);
        }
        if next.ends_hold {
            followed.ended = self.hold.take();
            followed.retests = followed.ended.is_some();
        }
        if next.state == State::Latched && self.latch(class).is_none() {
            self.put(class, Some(Latch { since: now, path, evidence, recovering_since: None }));
            id.clone_into(&mut self.latch_id);
            followed.latched.push(class);
        }
        followed
    }

    /// Anything else happens to all of `classes`.
    pub fn follow(&mut self, event: Event, classes: &[Class], now: Timestamp) -> Followed {
        let mut followed = Followed::default();
        for class in classes {
            let before = self.state(*class, now);
            // A hold whose time is over still is to be ended.
            let before = if before == State::Armed && self.hold.is_some() { State::Held } else { before };
            let next = next(before, event);
            followed.rearms |= next.rearms;
            followed.retests |= next.retests;
            if next.ends_hold {
                followed.ended = followed.ended.or_else(|| self.hold.take());
            }
            match next.state {
                State::Armed | State::Held => {
                    followed.released.extend(self.put(*class, None).map(|latch| (*class, latch)));
                }
                State::Recovering if before == State::Latched => {
                    self.quiet(*class, Some(now));
                    followed.recovering.push(*class);
                }
                State::Latched if before == State::Recovering => self.quiet(*class, None),
                State::Latched | State::Recovering => {}
            }
        }
        if event != Event::Edit && followed.rearms && !followed.released.is_empty() {
            let how = if matches!(event, Event::Quiet { .. }) { Released::ByItself } else { Released::Otherwise };
            self.released = Some(Release { at: now, how });
            if how == Released::ByItself {
                let day_ago = now.checked_sub(DAY).map_or(i64::MIN, micros);
                self.released_by_itself.retain(|at| *at > day_ago);
                self.released_by_itself.push(micros(now));
            }
        }
        followed
    }

    /// The rule became another one at `armed_from`.
    pub fn edit(&mut self, armed_from: Timestamp, now: Timestamp) -> Followed {
        self.armed_from = micros(armed_from);
        self.follow(Event::Edit, &CLASSES, now)
    }

    /// A person releases latches. `is_attack` discredits the people of the evidence, `is_accepted` remembers them as rightly
    /// hit.
    pub fn reactivate(&mut self, classes: &[Class], is_attack: bool, is_accepted: bool, now: Timestamp) -> Followed {
        let followed = self.follow(Event::Reactivate, classes, now);
        if followed.released.is_empty() {
            return followed;
        }
        let how = if is_accepted { Released::Accepted } else { Released::Otherwise };
        self.released = Some(Release { at: now, how });
        self.discredited.retain(|(_, until)| micros(now) < *until);
        if is_attack {
            let until = now.checked_add(DISCREDITED_FOR).map_or(i64::MAX, micros);
            for (person, range) in followed.released.iter().flat_map(|(_, latch)| &latch.evidence.marks) {
                for mark in [person, range] {
                    if self.discredited.len() < DISCREDITED_MAX && !self.discredited.iter().any(|(it, _)| it == mark) {
                        self.discredited.push((*mark, until));
                    }
                }
            }
        }
        followed
    }

    /// Whether latches may release themselves once more at `now`.
    pub fn may_release_by_itself(&self, now: Timestamp) -> bool {
        let day_ago = now.checked_sub(DAY).map_or(i64::MIN, micros);
        self.released_by_itself.iter().filter(|at| **at > day_ago).count() < BY_ITSELF_MAX
    }

    fn put(&mut self, class: Class, latch: Option<Latch>) -> Option<Latch> {
        let place = CLASSES.iter().position(|it| *it == class)?;
        std::mem::replace(self.latches.get_mut(place)?, latch)
    }

    fn quiet(&mut self, class: Class, since: Option<Timestamp>) {
        let place = CLASSES.iter().position(|it| *it == class);
        if let Some(latch) = place.and_then(|place| self.latches.get_mut(place)?.as_mut()) {
            latch.recovering_since = since;
        }
    }
}

/// Whether these can be ceilings of a filter's own: distinct targets in an hour, in a day.
pub fn are_caps((hour, day): (u32, u32)) -> bool {
    (1..=CAP_MAX).contains(&hour) && (hour..=CAP_MAX).contains(&day)
}

/// The letter of a class: `D`, `O`, `N`, `S`.
pub const fn class_letter(class: Class) -> char {
    match class {
        Class::Destructive => 'D',
        Class::Obstructive => 'O',
        Class::Nuisance => 'N',
        Class::Silent => 'S',
    }
}

/// The class of that letter, of those that can be withheld.
pub fn class_of(letter: &str) -> Option<Class> {
    CLASSES.into_iter().find(|class| letter.len() == 1 && letter.starts_with(class_letter(*class)))
}

#[cfg(test)]
mod tests;
