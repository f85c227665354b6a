use super::*;
use crate::search;
use crate::template::{Shares, Template};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const PLACE: &str = "test-place-of-action-id-";

/// A service that answers by the marks it finds, one request at a time each `pause`, once silent for `silence`.
async fn echo(pause: Duration, silence: Duration) -> Address {
    let was_silent = Arc::new(AtomicBool::new(silence.is_zero()));
    let turn = Arc::new(tokio::sync::Mutex::new(()));
    let seen = Arc::new(AtomicU64::new(0));
    let answer = move |body: Bytes| async move {
        let _turn = turn.lock().await;
        let number = seen.fetch_add(1, Ordering::Relaxed);
        if number > 100 && !was_silent.swap(true, Ordering::Relaxed) {
            tokio::time::sleep(silence).await;
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains("tagmark") || text.contains("refusemark") || text.contains("quiet"));
        let (decision, matched) = match () {
            () if text.contains("refusemark") => ("refuse", "[1]"),
            () if text.contains("tagmark") => ("allow", "[1]"),
            () => ("allow", "[]"),
        };
        format!(r#"{{"status":"complete","decision":"{decision}","matched":{matched}}}"#)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = Address::Tcp(listener.local_addr().unwrap());
    let router = Router::new().route("/v1/evaluate", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn plan(address: Address, seconds: f64) -> Plan {
    let template = |class, text: &str| {
        Template::render(&json!({"action": {"id": PLACE}, "vars": {"summary": text}}), PLACE, "t", class).unwrap()
    };
    let all =
        vec![template(Class::Quiet, "quiet"), template(Class::Tag, "tagmark"), template(Class::Refuse, "refusemark")];
    Plan {
        address,
        templates: Templates::new(all, Shares::percent(20.0, 10.0).unwrap()).unwrap(),
        connections: 4,
        warm_up: Duration::ZERO,
        measured: Duration::from_secs_f64(seconds),
        seed: 1,
        watched: Vec::new(),
    }
}

#[tokio::test]
async fn every_request_that_is_due_is_sent_and_judged_by_its_class() {
    let address = echo(Duration::ZERO, Duration::ZERO).await;
    let figures = run(&plan(address, 0.5), Course::Constant(400.0)).await.unwrap();
    assert!(figures.is_sound(), "{}", figures.complaint());
    assert!((1..=200).contains(&figures.verdicts), "{figures}");
    assert!(figures.refused < figures.verdicts, "{figures}");
    assert_eq!(figures.latency.total(), figures.verdicts);
    let parts = figures.latency_refused.total() + figures.latency_allowed.total();
    assert_eq!((parts, figures.latency_refused.total()), (figures.verdicts, figures.refused));
}

#[tokio::test]
async fn a_silence_shows_in_all_requests_that_were_due_meanwhile() {
    let address = echo(Duration::ZERO, Duration::from_millis(300)).await;
    let figures = run(&plan(address, 1.0), Course::Constant(500.0)).await.unwrap();
    // 150 of about 500 were due in the silence; a generator that waits for answers would have seen it four times.
    let (slow, longest) = (figures.latency.quantile(0.85), figures.latency.longest());
    assert!(slow >= Duration::from_millis(50), "{figures}");
    assert!(longest >= Duration::from_millis(290), "{figures}");
}

#[tokio::test]
async fn a_verdict_for_another_request_is_noticed() {
    let address = echo(Duration::ZERO, Duration::ZERO).await;
    let mut plan = plan(address, 0.2);
    let wrong = Template::render(&json!({"id": PLACE, "vars": "refusemark"}), PLACE, "t", Class::Quiet).unwrap();
    let fill = |class| Template::render(&json!({"id": PLACE, "vars": "tagmark"}), PLACE, "t", class).unwrap();
    let all = vec![wrong, fill(Class::Tag), fill(Class::Refuse)];
    plan.templates = Templates::new(all, Shares::percent(0.0, 0.0).unwrap()).unwrap();
    let figures = run(&plan, Course::Constant(100.0)).await.unwrap();
    assert!(!figures.is_sound() && figures.unexpected == figures.verdicts, "{figures}");
}

#[tokio::test]
async fn the_search_finds_what_the_service_can_bear() {
    // One at a time, 4 ms each and what the timer adds: at most 250 per second.
    let address = echo(Duration::from_millis(4), Duration::ZERO).await;
    let found = search::saturation(&plan(address, 0.5), Duration::from_millis(600)).await.unwrap();
    assert!(found.rate < 260.0, "{:?}", found.rate);
    assert!(found.steps.iter().any(|step| !step.is_kept_up));
}
