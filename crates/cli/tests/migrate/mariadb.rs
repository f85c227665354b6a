//! A wiki on MariaDB, and dumps of it.

use super::house::{House, check};
use super::rows::compare;
use serde_json::json;
use std::fs;
use std::io::Write as _;
use wikiward_testkit::mariadb::{Server, USER};
use wikiward_testkit::mediawiki::{Wiki, is_here};

#[test]
fn a_wiki_on_mariadb_comes_over_live_and_from_its_dumps_and_a_cut_dump_not_at_all() {
    if !is_here() {
        return;
    }
    let house = House::new(&["livewiki", "dumpwiki", "cutwiki"]);
    let folder = house.folder.path();
    let Some(server) = Server::start(&folder.join("mariadb")) else { return };
    let wiki = Wiki::new(&folder.join("wiki"), &[&server.address(), "wiki", USER.0, USER.1]);
    let counts = wiki.fill(&["--filters=200", "--hits=10000"]);

    let from = format!("mysql://{}@{}/wiki", USER.0, server.address());
    check(&house.bring(&from, "livewiki", &["--central"]), &counts, true);
    check(&house.bring(&from, "livewiki", &["--central"]), &counts, false);
    compare(&wiki, &house, "livewiki", true);

    let dump = folder.join("wiki.sql");
    server.dump(&[], &dump);
    let whole = fs::read(&dump).unwrap();
    let packed = folder.join("wiki.sql.gz");
    let mut gzip = flate2::write::GzEncoder::new(fs::File::create(&packed).unwrap(), flate2::Compression::fast());
    gzip.write_all(&whole).unwrap();
    gzip.finish().unwrap();
    let local = house.bring(packed.to_str().unwrap(), "dumpwiki", &[]);
    check(&local, &counts, true);
    assert_eq!(local["problems"], json!({"abuse_filter": {"made_local": 20}}), "global filters became local ones");
    compare(&wiki, &house, "dumpwiki", false);
    check(&house.bring(dump.to_str().unwrap(), "dumpwiki", &[]), &counts, false);

    let cut = folder.join("cut.sql");
    for length in [whole.len() / 3, whole.len() * 2 / 3, whole.len() - 50] {
        fs::write(&cut, whole.get(..length).unwrap()).unwrap();
        let left = house.run(&["migrate", "abusefilter", "--from", cut.to_str().unwrap(), "--wiki", "cutwiki"]);
        assert!(
            left.code == Some(2) && left.err.contains("the dump is cut off") && left.err.contains("byte"),
            "{left:?}"
        );
    }
    assert_eq!(house.good(&["filter", "list", "cutwiki"]), "There is no such filter.\n");
    assert!(house.data_files().iter().all(|name| !name.starts_with("migration-")), "no copy of a dump stays behind");
}
