//! The ways to hits in the shadow, on each database.

use super::records;
use crate::hits::list::{HitKey, Log};
use crate::hits::settings::RestrictedRows;
use crate::hits::tests::on_both::{Fresh, on_both};
use crate::hits::visible::Sight;
use crate::model::{FilterKey, FilterNumber};
use wikiward_farm::{Clock as _, Id, Limit, Viewer, WikiId};

on_both! {
    lists_go_along_an_index,
}

async fn lists_go_along_an_index(fresh: Fresh) {
    let wiki: WikiId = "enwiki".parse().unwrap();
    let sight = Sight::of(&Viewer::system(), &wiki, RestrictedRows::Omit, |_| Vec::new());
    let of = |wiki: &WikiId| FilterKey { wiki: wiki.clone(), number: FilterNumber(1) };
    let after = Some(HitKey { at: fresh.clock.now(), hit_id: Id::from_bytes([1; 16]) });
    for (log, filter, index) in [
        (Log::Farm, of(&WikiId::farm()), "shadow_hits_farm"),
        (Log::Wiki(wiki.clone()), of(&WikiId::farm()), "shadow_hits_filter"),
        (Log::Wiki(wiki.clone()), of(&wiki), "shadow_hits_filter"),
    ] {
        let plan = fresh.plan(&records::list_sql(&log, &filter, after, Limit::default(), &sight)).await;
        assert!(plan.contains(index), "{log:?}: {plan}");
        assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "in its order: {plan}");
    }
}
