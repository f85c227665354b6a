use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

#[test]
fn every_row_of_the_table() {
    use State::{Armed, Held, Latched, Recovering};
    let quiet = |rearms| Event::Quiet { rearms };
    // From, event, to; then what else follows: [r]earms, re[c]orded, [e]nds the hold, re[t]ests.
    let rows = [
        (Armed, Event::Trip(Path::Harm), Latched, ""),
        (Armed, Event::Trip(Path::Missing), Latched, ""),
        (Armed, Event::Trip(Path::Ceiling), Latched, ""),
        (Armed, Event::Trip(Path::Compat), Latched, ""),
        (Armed, Event::Trip(Path::Farm), Latched, ""),
        (Armed, Event::Hold, Held, ""),
        (Armed, Event::HoldEnds, Armed, ""),
        (Armed, Event::Reactivate, Armed, ""),
        (Armed, Event::Edit, Armed, "r"),
        (Armed, quiet(true), Armed, ""),
        (Armed, Event::Unquiet, Armed, ""),
        (Armed, Event::Disable, Armed, ""),
        (Held, Event::Trip(Path::Harm), Held, "c"),
        (Held, Event::Trip(Path::Missing), Held, "c"),
        (Held, Event::Trip(Path::Compat), Held, "c"),
        (Held, Event::Trip(Path::Ceiling), Latched, "e"),
        (Held, Event::Trip(Path::Farm), Latched, "e"),
        (Held, Event::Hold, Held, ""),
        (Held, Event::HoldEnds, Armed, "et"),
        (Held, Event::Reactivate, Held, ""),
        (Held, Event::Edit, Armed, "re"),
        (Held, quiet(true), Held, ""),
        (Held, Event::Disable, Armed, "e"),
        (Latched, Event::Trip(Path::Harm), Latched, ""),
        (Latched, Event::Trip(Path::Ceiling), Latched, ""),
        (Latched, Event::Hold, Held, "r"),
        (Latched, Event::HoldEnds, Latched, ""),
        (Latched, Event::Reactivate, Armed, "r"),
        (Latched, Event::Edit, Armed, "r"),
        (Latched, quiet(false), Recovering, ""),
        (Latched, quiet(true), Armed, "r"),
        (Latched, Event::Unquiet, Latched, ""),
        (Latched, Event::Disable, Latched, ""),
        (Recovering, Event::Trip(Path::Harm), Recovering, ""),
        (Recovering, Event::Hold, Held, "r"),
        (Recovering, Event::Reactivate, Armed, "r"),
        (Recovering, Event::Edit, Armed, "r"),
        (Recovering, quiet(true), Armed, "r"),
        (Recovering, quiet(false), Recovering, ""),
        (Recovering, Event::Unquiet, Latched, ""),
        (Recovering, Event::Disable, Recovering, ""),
    ];
    for (from, event, to, also) in rows {
        let found = next(from, event);
        let letters = [(found.rearms, 'r'), (found.is_recorded, 'c'), (found.ends_hold, 'e'), (found.retests, 't')];
        let letters: String = letters.iter().filter(|(holds, _)| *holds).map(|(_, letter)| *letter).collect();
        assert_eq!((found.state, letters.as_str()), (to, also), "{from:?} {event:?}");
    }
}

fn evidence() -> Evidence {
    Evidence { marks: vec![(Mark(1), Mark(101)), (Mark(2), Mark(102))], ..Evidence::default() }
}

fn hold(until: i64) -> Hold {
    Hold {
        id: "ho".into(),
        by: "Ada".into(),
        reason: String::new(),
        from: at(0),
        until: at(until),
        would_have: Vec::new(),
        is_told: false,
    }
}

#[test]
fn refusals_take_the_other_classes_along_and_each_latch_renames() {
    let mut guard = Guard::default();
    assert_eq!(guard.trip(Class::Destructive, Path::Ceiling, evidence(), "a", at(1)).latched, [Class::Destructive]);
    assert_eq!(guard.trip(Class::Destructive, Path::Harm, evidence(), "b", at(2)), Followed::default());
    assert_eq!(guard.latch_id, "a", "what is latched already keeps its name");
    guard.trip(Class::Obstructive, Path::Harm, evidence(), "c", at(3));
    assert_eq!(guard.latch_id, "c");
    let latched = guard.latched();
    assert!(latched.holds(Class::Nuisance) && latched.holds(Class::Destructive) && !latched.holds(Class::Silent));
    assert_eq!(guard.latch(Class::Destructive).unwrap().path, Path::Ceiling);
}

#[test]
fn an_attack_discredits_for_a_month_and_no_longer() {
    let mut guard = Guard::default();
    guard.trip(Class::Obstructive, Path::Harm, evidence(), "a", at(0));
    let followed = guard.reactivate(&[Class::Obstructive], true, false, at(10));
    assert!(followed.rearms && !guard.is_latched());
    assert_eq!(guard.released, Some(Release { at: at(10), how: Released::Otherwise }));
    assert!(guard.is_discredited(Mark(1), Mark(7), at(11)) && guard.is_discredited(Mark(9), Mark(102), at(11)));
    assert!(!guard.is_discredited(Mark(9), Mark(109), at(11)));
    assert!(!guard.is_discredited(Mark(1), Mark(101), at(10 + 30 * 86_400)));
    assert_eq!(guard.reactivate(&CLASSES, true, false, at(12)), Followed::default(), "nothing is latched any more");
    guard.trip(Class::Obstructive, Path::Harm, evidence(), "b", at(20));
    guard.reactivate(&CLASSES, false, true, at(21));
    assert_eq!(guard.released.unwrap().how, Released::Accepted);
}

#[test]
fn a_hold_releases_records_and_ends_by_itself() {
    let mut guard = Guard::default();
    guard.trip(Class::Obstructive, Path::Harm, evidence(), "a", at(0));
    guard.hold = Some(hold(60));
    let followed = guard.follow(Event::Hold, &CLASSES, at(1));
    assert_eq!((followed.released.len(), followed.rearms), (1, true));
    assert_eq!(guard.state(Class::Obstructive, at(59)), State::Held);
    assert_eq!(guard.trip(Class::Obstructive, Path::Harm, evidence(), "b", at(5)).recorded, [Class::Obstructive]);
    assert_eq!(guard.trip(Class::Obstructive, Path::Harm, evidence(), "b", at(6)), Followed::default(), "told once");
    assert!(!guard.is_latched());
    assert_eq!(guard.hold.as_ref().unwrap().would_have, [('O', Path::Harm, micros(at(5)))]);
    assert_eq!(guard.state(Class::Obstructive, at(60)), State::Armed, "its time is over, whoever noticed");
    let followed = guard.follow(Event::HoldEnds, &CLASSES, at(61));
    assert!(followed.ended.is_some() && followed.retests && guard.hold.is_none());
    guard.hold = Some(hold(600));
    let followed = guard.trip(Class::Destructive, Path::Ceiling, evidence(), "c", at(70));
    assert!(followed.ended.is_some() && followed.latched == [Class::Destructive]);
}

#[test]
fn latches_release_themselves_at_most_twice_a_day() {
    let mut guard = Guard::default();
    let mut may = Vec::new();
    for second in [0, 10, 20, 86_399, 86_400, 86_405] {
        let rearms = guard.may_release_by_itself(at(second));
        guard.trip(Class::Obstructive, Path::Harm, evidence(), "a", at(second));
        guard.follow(Event::Quiet { rearms }, &CLASSES, at(second));
        may.push(!guard.is_latched());
    }
    assert_eq!(may, [true, true, false, false, true, false]);
}

#[test]
fn what_is_written_is_read_again() {
    let mut guard = Guard { hold: Some(hold(9)), ..Guard::default() };
    guard.trip(Class::Destructive, Path::Ceiling, evidence(), "a", at(1));
    guard.hold = Some(hold(9));
    guard.released = Some(Release { at: at(2), how: Released::ByItself });
    let text = serde_json::to_string(&guard).unwrap();
    assert_eq!(serde_json::from_str::<Guard>(&text).unwrap(), guard);
    assert_eq!(serde_json::from_str::<Guard>("{}").unwrap(), Guard::default(), "what is missing is as if it never was");
}
