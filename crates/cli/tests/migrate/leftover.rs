//! What a killed run left of a dump.

use super::house::House;

const DUMP: &str = "CREATE TABLE `abuse_filter` (`af_id` bigint, `af_pattern` blob, `af_user` bigint, \
    `af_user_text` varbinary(255), `af_timestamp` binary(14), `af_enabled` tinyint(1), `af_comments` blob, \
    `af_public_comments` tinyblob, `af_hidden` tinyint(1), `af_hit_count` bigint, `af_throttled` tinyint(1), \
    `af_deleted` tinyint(1), `af_actions` varchar(255), `af_global` tinyint(1), `af_group` varbinary(64), \
    PRIMARY KEY (`af_id`));\n\
    CREATE TABLE `abuse_filter_action` (`afa_filter` bigint, `afa_consequence` varchar(255), `afa_parameters` tinyblob);\n\
    CREATE TABLE `abuse_filter_history` (`afh_id` bigint, `afh_filter` bigint, `afh_user` bigint, \
    `afh_user_text` varbinary(255), `afh_timestamp` binary(14), `afh_pattern` blob, `afh_comments` blob, \
    `afh_flags` tinyblob, `afh_public_comments` tinyblob, `afh_actions` blob, `afh_deleted` tinyint(1), \
    `afh_changed_fields` varchar(255), `afh_group` varbinary(64), PRIMARY KEY (`afh_id`));\n\
    CREATE TABLE `abuse_filter_log` (`afl_id` bigint, `afl_global` tinyint(1), `afl_filter_id` bigint, `afl_user` bigint, \
    `afl_user_text` varbinary(255), `afl_ip` varchar(255), `afl_action` varbinary(255), `afl_actions` varbinary(255), \
    `afl_var_dump` blob, `afl_timestamp` binary(14), `afl_namespace` int, `afl_title` varbinary(255), \
    `afl_wiki` varchar(64), `afl_deleted` tinyint(1), `afl_patrolled_by` int, `afl_rev_id` int, PRIMARY KEY (`afl_id`));\n\
    -- Dump completed\n";

#[test]
fn what_a_killed_run_left_is_removed_by_the_next_and_said() {
    let house = House::new(&["enwiki"]);
    let dump = house.folder.path().join("dump.sql");
    std::fs::write(&dump, DUMP).unwrap();
    let left = house.data().join("migration-killed");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("lock"), "").unwrap();
    std::fs::write(left.join("tables.db"), vec![0; 3 << 20]).unwrap();
    let arguments = ["migrate", "abusefilter", "--from", dump.to_str().unwrap(), "--wiki", "enwiki", "--json"];
    let first = house.run(&arguments);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(
        first.err.contains("removed what 1 interrupted runs left in ") && first.err.contains(": 3 MiB"),
        "{first:?}"
    );
    assert!(house.data_files().iter().all(|name| !name.starts_with("migration-")));
    assert!(!house.run(&arguments).err.contains("interrupted"), "there is nothing any more");
}
