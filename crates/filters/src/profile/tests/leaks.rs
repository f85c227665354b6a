//! Who may know what.

use super::*;

on_both! {
    nobody_learns_of_filters_that_he_may_not_see,
    statistics_need_their_rights,
}

/// The answers that somebody gets of a wiki.
async fn answers(node: &Node, viewer: &Viewer, now: Timestamp) -> String {
    let range = Range::new(None, None, Some(300), now).unwrap();
    let on = wiki("enwiki");
    let stats = node.profile.wiki(viewer, &on, range, now).await.unwrap();
    let overview = node.profile.overview(viewer, &on, now).await.unwrap();
    let mut text = format!("{stats:?}\n{overview:?}");
    for gid in ["1", "2", "3", "4", "5", "6", "global-1", "global-2", "global-3", "x"] {
        let filter = node.profile.filter(viewer, &on, gid, range, now).await;
        text = format!("{text}\n{gid}: {filter:?}");
    }
    text
}

/// A store in which restricted filters matched gives the same answers as one in which they did not, to who may not see them.
async fn nobody_learns_of_filters_that_he_may_not_see(fresh: Fresh) {
    let now = fresh.clock.now();
    let (busy, quiet) = (Node::new(&fresh, "enwiki").await, Node::new(&fresh, "enwiki").await);
    for _ in 0..20 {
        busy.run(now, &[0, 1, 2, 3, 4, 6]);
        busy.run(now, &[1, 3]);
        busy.run(now, &[5]);
        quiet.run(now, &[0]);
        quiet.run(now, &[]);
        quiet.run(now, &[5]);
    }
    // Nothing is written: each node answers with what it counted itself.
    let classes: [&[Right]; 3] =
        [&[Right::View], &[Right::View, Right::Log], &[Right::View, Right::Log, Right::LogDetail]];
    for rights in classes {
        let viewer = viewer(rights);
        assert_eq!(answers(&busy, &viewer, now).await, answers(&quiet, &viewer, now).await, "{rights:?}");
    }
    let all = Viewer::operator();
    assert_ne!(answers(&busy, &all, now).await, answers(&quiet, &all, now).await);
    let private = viewer(&[Right::View, Right::LogDetail, Right::ViewPrivate]);
    let range = Range::new(None, None, None, now).unwrap();
    let stats = busy.profile.wiki(&private, &wiki("enwiki"), range, now).await.unwrap();
    let total = &stats.groups[0].total;
    assert_eq!((total.verdicts, total.matched, total.hits, total.refused), (60, 60, Some(100), Some(60)));
    assert_eq!(total.whole, None);
    let shown: Vec<_> = stats.filters.unwrap().into_iter().map(|line| line.gid).collect();
    assert_eq!(shown, ["1", "2", "global-1", "global-2"]);
}

async fn statistics_need_their_rights(fresh: Fresh) {
    let now = fresh.clock.now();
    let node = Node::new(&fresh, "enwiki").await;
    node.run(now, &[0]);
    let range = Range::new(None, None, None, now).unwrap();
    let on = wiki("enwiki");
    let nobody = viewer(&[]);
    assert!(matches!(node.profile.wiki(&nobody, &on, range, now).await, Err(StatsError::Forbidden(Right::View))));
    assert!(matches!(node.profile.overview(&nobody, &on, now).await, Err(StatsError::Forbidden(Right::View))));
    let reader = viewer(&[Right::View]);
    let stats = node.profile.wiki(&reader, &on, range, now).await.unwrap();
    assert_eq!((stats.groups[0].total.matched, stats.groups[0].total.hits), (1, None));
    assert_eq!((stats.groups[0].total.whole.clone(), stats.filters), (None, None));
    let one = node.profile.filter(&reader, &on, "1", range, now).await;
    assert!(matches!(one, Err(StatsError::Forbidden(Right::LogDetail))));
    for gid in ["2", "6", "global-2", "", "x"] {
        assert!(matches!(node.profile.filter(&reader, &on, gid, range, now).await, Err(StatsError::NotFound)), "{gid}");
    }
    let unknown = node.profile.wiki(&reader, &wiki("nowiki"), range, now).await;
    assert!(matches!(unknown, Err(StatsError::NotFound)));
    let whole = node.profile.wiki(&Viewer::operator(), &on, range, now).await.unwrap();
    assert_eq!(whole.groups[0].total.whole.as_ref().map(|whole| whole.conditions), Some(7));
}
