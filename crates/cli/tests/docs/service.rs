//! Pages about the service that are written from the code.

use crate::generated::compare;
use std::fmt::Write as _;
use wikiward_api::Code;
use wikiward_farm::Right;
use wikiward_server::Config;

#[test]
fn the_page_of_problems_lists_every_code() {
    let mut page = String::from(
        "# Problems\n\nErrors of the HTTP interface are problems (RFC 9457): `application/problem+json` with the members `type`, \
         `code`, `title`, `status`, `detail`, and `errors` where a document has several things wrong with it, each with \
         `code`, `field`, `message`, and `span` (bytes of the field's text) where it has a place. Programs go by `code`; the \
         texts are for people and may change.\n\n| code | status | what it means |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        let _ = writeln!(page, "| `{}` | {} | {} |", code.name(), code.status().as_u16(), code.title());
    }
    compare("problems.md", &page);
}

#[test]
fn the_page_of_rights_lists_every_right() {
    let mut page = String::from(
        "# Rights\n\nRights hold on a wiki or on the whole farm. They come from the groups that a wiki says its user is in, or \
         were given to an account. A block of the whole wiki suspends all but `abusefilter-view` and `abusefilter-log`.\n\n\
         | right | allows |\n|---|---|\n",
    );
    for right in Right::ALL {
        let _ = writeln!(page, "| `{}` | {} |", right.name(), right.allows().trim().trim_end_matches('.'));
    }
    compare("rights.md", &page);
}

#[test]
fn the_page_of_metrics_lists_them_all() {
    let mut page = String::from(
        "# Metrics\n\nWhat `/metrics` tells Prometheus, at the address `metrics.listen`. Counters count since the process \
         started. Labels are bounded: routes are patterns, groups are registered, and of filters at most 5,000 are told apart; \
         those that not everybody may see have no label of their own.\n\n| name | kind | labels | what |\n|---|---|---|---|\n",
    );
    let mut metrics = wikiward_server::metrics::catalogue();
    metrics.sort_by_key(|metric| metric.name);
    for metric in metrics {
        let kind = format!("{:?}", metric.kind).to_lowercase();
        let labels = metric.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "| `{}` | {kind} | {labels} | {} |", metric.full_name(), metric.help);
    }
    compare("metrics.md", &page);
}

#[test]
fn the_page_of_settings_is_the_example_file() {
    let page = format!(
        "# Settings of the service\n\n`wikiward config example` prints this file; `wikiward config check` says what is wrong \
         with yours, with file, line and key; `wikiward config show` prints what is in force. A variable of the environment \
         wins over the file.\n\n```toml\n{}```\n",
        Config::example()
    );
    compare("settings.md", &page);
}
