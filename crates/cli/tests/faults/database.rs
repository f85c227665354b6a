//! The database server goes away, as in a crash, and comes back.

use crate::farm::{Caller, assert_whole, hits, made, problem, until};
use std::path::Path;
use wikiward_testkit::postgres::Server;
use wikiward_testkit::requests::TAG_WORD;

#[test]
fn while_the_database_server_is_away_verdicts_go_on_and_afterwards_nothing_is_missing() {
    let place = std::env::temp_dir().join(format!("wikiward-faults-{}", std::process::id()));
    let Some(server) = Server::start(&place) else { return println!("left out: PostgreSQL is not installed") };
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_wikiward"));
    let url = server.database();
    let settings = [("WIKIWARD_DATABASE_URL", url.as_str()), ("WIKIWARD_DATABASE_WAIT_SECONDS_MAX", "2")];
    let (launch, farm) = made(program, folder.path(), &settings);
    let process = launch.start().unwrap();
    let mut caller = Caller::new(&process, &farm);
    assert_eq!(caller.refuse("before").json()["decision"], "refuse");
    assert_eq!(caller.write("before").status, 200);

    server.down();
    assert_eq!(caller.edit("allowed", "typo").json()["decision"], "allow");
    assert_eq!(caller.edit("tagged", TAG_WORD).json()["instructions"][0]["type"], "tag");
    for n in 0..20 {
        assert_eq!(caller.refuse(&format!("away-{n}")).json()["decision"], "refuse", "its hit is kept in a file");
    }
    assert_eq!(problem(&caller.write("away")), (503, "store_unavailable".into()));
    let early = caller.refused["away-1"].clone();
    assert_eq!(problem(&caller.ended(&early)), (503, "store_unavailable".into()), "nothing is lost that was taken");
    let ready = caller.client.call("GET", "/readyz", "", &[]).unwrap();
    assert_eq!((ready.status, ready.json()["database"].as_str()), (200, Some("away")));
    let repeated = caller.refuse("away-1").json();
    assert_eq!(repeated["evaluation_id"], early.as_str(), "judged once, also while it waits in a file");

    server.up();
    until("a write is taken again", || caller.write("after").status == 200);
    until("what was spooled is in the database", || caller.ended(&early).status == 200);
    until("all hits are there", || hits(&launch).len() > caller.refused.len());
    assert_whole(&launch, &caller);
    let outcome = hits(&launch).into_iter().find(|(action, _)| action == "away-1").unwrap().1;
    assert_eq!(outcome, "refused");
    process.stop().unwrap();
}
