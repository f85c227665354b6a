//! No room left on the disk, and room again.
//!
//! A limit on the size of files stands for the full disk: beyond it every write fails, and what was written can be read. The
//! limit of a running process can be lowered and raised (`prlimit`), its signal is ignored from the start.

use crate::farm::{Caller, assert_whole, hits, made, problem, until};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use wikiward_testkit::requests::TAG_WORD;

/// Bytes beyond which nothing is written while the disk is "full": the database is larger, the spool file has room for some
/// records.
const FULL_BYTES: &str = "131072";

/// Refusals of a full disk that are more than the spool file holds then.
const REFUSALS_MAX: usize = 400;

/// The program, started so that a write beyond the limit is an error and not its end.
fn careful(folder: &Path) -> PathBuf {
    let path = folder.join("wikiward");
    std::fs::write(&path, format!("#!/bin/sh\ntrap '' XFSZ\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_wikiward")))
        .unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn limit(process: u32, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    let set = Command::new("prlimit").args(["--pid", &process.to_string(), &limit]).status().unwrap();
    assert!(set.success(), "prlimit belongs to util-linux and is on every Linux");
}

#[test]
fn with_a_full_disk_verdicts_go_on_and_with_room_again_nothing_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (launch, farm) = made(&careful(folder.path()), folder.path(), &[]);
    let process = launch.start().unwrap();
    let mut caller = Caller::new(&process, &farm);
    assert_eq!(caller.refuse("before").json()["decision"], "refuse");
    assert_eq!(caller.write("before").status, 200);

    limit(process.id(), FULL_BYTES);
    assert_eq!(caller.edit("allowed", "typo").json()["decision"], "allow");
    assert_eq!(caller.edit("tagged", TAG_WORD).json()["instructions"][0]["type"], "tag");
    assert_eq!(
        problem(&caller.write("full")),
        (503, "store_unavailable".into()),
        "{}",
        std::fs::read_to_string(launch.log()).unwrap()
    );
    // Refusals go on as long as their hits can be kept in the spool file; then the wiki goes by its own policy.
    let turned_away = (0..REFUSALS_MAX).find_map(|n| {
        let answer = caller.refuse(&format!("full-{n}"));
        (answer.status != 200).then(|| (n, problem(&answer)))
    });
    let (kept, turned_away) = turned_away.expect("the spool file is full at some time");
    assert!(kept > 2, "{kept} refusals were kept");
    assert_eq!(turned_away, (503, "overloaded".into()));
    assert_eq!(caller.edit("still allowed", "typo").json()["decision"], "allow");
    let early = caller.refused["full-1"].clone();
    assert_eq!(problem(&caller.ended(&early)), (503, "store_unavailable".into()), "nothing is lost that was taken");
    assert_eq!(caller.client.call("GET", "/readyz", "", &[]).unwrap().status, 200);

    limit(process.id(), "unlimited");
    until("a write is taken again", || caller.write("after").status == 200);
    until("what was spooled is in the database", || caller.ended(&early).status == 200);
    until("all hits are there", || hits(&launch).len() >= caller.refused.len());
    assert_eq!(caller.refuse("after").json()["decision"], "refuse");
    assert_whole(&launch, &caller);
    let outcome = hits(&launch).into_iter().find(|(action, _)| action == "full-1").unwrap().1;
    assert_eq!(outcome, "refused");
    process.stop().unwrap();
    // It starts again, and what it answered stands.
    let process = launch.start().unwrap();
    let mut again = Caller::new(&process, &farm);
    let first = caller.refused["full-1"].clone();
    assert_eq!(again.refuse("full-1").json()["evaluation_id"], first.as_str(), "the same action gets its first answer");
    process.stop().unwrap();
}
