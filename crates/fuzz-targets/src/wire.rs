//! The line protocol: whatever comes, the answer is JSON.

use serde_json::Value as Json;
use wikiward_rules::wire::Responder;

/// Answers a line.
///
/// # Panics
/// If the answer is not one line of JSON that says whether all is well.
pub fn wire(line: &[u8]) {
    // Repeated texts may be large by intention.
    if line.windows(7).any(|window| window == b"$repeat") {
        return;
    }
    let answer = Responder::default().answer(line);
    let text = answer.to_string();
    let read = serde_json::from_str::<Json>(&text);
    assert_eq!(read.ok().as_ref().map(Json::to_string), Some(text), "the answer does not survive");
    let says = |answer: &Json| answer["ok"].is_boolean() || answer["wikiward"].is_string();
    let all = answer["results"].as_array().is_some_and(|results| results.iter().all(says));
    assert!(says(&answer) || all, "{answer}");
}
