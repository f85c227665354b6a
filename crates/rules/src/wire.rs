//! The line protocol of the oracle: a request and an answer, each one JSON object.
//!
//! The same protocol is spoken by the reference evaluator, so that both can be asked the same questions.

mod json;

pub use json::{BadValue, parse_value, plain, render_value};

use crate::action::Action;
use crate::error::{Param, RuleError};
use crate::evaluate::{End, Evaluation, NoTrace, Options, Scratch, Session};
use crate::release::Release;
use crate::rule::Rule;
use crate::text::equivset::Equivset;
use crate::vocabulary::Vocabulary;
use serde_json::{Map, Value as Json, json};

/// Conditions allowed when a request names no limit: so many that the limit never strikes by accident.
pub const CONDITIONS_MAX: u32 = 1_000_000;

/// Answers requests; keeps buffers between them.
#[derive(Default)]
pub struct Responder {
    release: Release,
    equivset: Option<Equivset>,
    scratch: Scratch,
}

/// Why a request cannot be answered.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadRequest(String);

/// A request, read.
struct Request {
    rules: Vec<Vec<u8>>,
    is_several: bool,
    vocabulary: Vocabulary,
    action: Action,
    checks: bool,
    limit: u32,
}

impl Responder {
    /// A responder for `release`, with a table of look-alikes other than the built-in one if given.
    pub fn new(release: Release, equivset: Option<Equivset>) -> Self {
        Self { release, equivset, scratch: Scratch::default() }
    }

    /// Answers one line.
    ///
    /// What is wrong with a request is part of the answer: `{"ok":false,"error":"badrequest","detail":…}`.
    pub fn answer(&mut self, line: &[u8]) -> Json {
        let mut answer = Map::new();
        let request: Json = match serde_json::from_slice(line) {
            Ok(Json::Object(request)) => Json::Object(request),
            Ok(_) => return bad_request(answer, "a request is a JSON object"),
            Err(error) => return bad_request(answer, &error.to_string()),
        };
        if let Some(id) = request.get("id").filter(|id| !id.is_null()) {
            answer.insert("id".to_owned(), id.clone());
        }
        if request.get("about").is_some() {
            answer.insert("wikiward".to_owned(), json!(env!("CARGO_PKG_VERSION")));
            answer.insert("equivset".to_owned(), json!(self.table().digest_hex()));
            return Json::Object(answer);
        }
        let request = match read(&request, self.release) {
            Ok(request) => request,
            Err(BadRequest(detail)) => return bad_request(answer, &detail),
        };
        let mut answers = self.evaluate(&request);
        if request.is_several {
            answer.insert("results".to_owned(), Json::Array(answers));
        } else if let Some(Json::Object(only)) = answers.pop() {
            answer.extend(only);
        }
        Json::Object(answer)
    }

    fn table(&self) -> &Equivset {
        self.equivset.as_ref().unwrap_or_else(|| Equivset::builtin())
    }

    fn evaluate(&mut self, request: &Request) -> Vec<Json> {
        let options = Options {
            conditions_max: request.limit,
            release: self.release,
            shares_user_variables: true,
            equivset: self.equivset.as_ref().unwrap_or_else(|| Equivset::builtin()),
            ..Options::default()
        };
        let mut session = Session::new(&request.action, &request.vocabulary, options, &mut self.scratch);
        let mut answers = Vec::with_capacity(request.rules.len());
        for source in &request.rules {
            answers.push(match Rule::compile(source, &request.vocabulary, self.release) {
                Err(error) => refused(&error),
                Ok(rule) if request.checks => {
                    let program = rule.program_for_saving(self.release);
                    checked(&session.run(&program, &mut NoTrace))
                }
                Ok(rule) => evaluated(&session.evaluate(&rule), &request.vocabulary),
            });
        }
        answers
    }
}

fn bad_request(mut answer: Map<String, Json>, detail: &str) -> Json {
    answer.insert("ok".to_owned(), json!(false));
    answer.insert("error".to_owned(), json!("badrequest"));
    answer.insert("detail".to_owned(), json!(detail));
    Json::Object(answer)
}

/// The fields of a request.
pub const FIELDS: [&str; 9] = ["id", "rule", "rules", "vars", "known", "mode", "limit", "cached", "about"];

fn read(request: &Json, release: Release) -> Result<Request, BadRequest> {
    let bad = |message: &str| Err(BadRequest(message.to_owned()));
    if let Some(unknown) =
        request.as_object().and_then(|fields| fields.keys().find(|name| !FIELDS.contains(&name.as_str())))
    {
        return Err(BadRequest(format!("unknown field `{unknown}`; fields are {}", FIELDS.join(", "))));
    }
    let (rules, is_several) = match (request.get("rule"), request.get("rules")) {
        (Some(rule), None) => (vec![source(rule)?], false),
        (None, Some(Json::Array(rules))) => (rules.iter().map(source).collect::<Result<_, _>>()?, true),
        (None, Some(_)) => return bad("`rules` is a list"),
        (Some(_), Some(_)) => return bad("give `rule` or `rules`, not both"),
        (None, None) => return bad("`rule` is missing"),
    };
    let vocabulary = match request.get("known") {
        None | Some(Json::Null) => Vocabulary::new(release, std::iter::empty::<&str>()),
        Some(Json::Array(names)) => Vocabulary::new(release, names.iter().filter_map(Json::as_str)),
        Some(_) => return bad("`known` is a list of names"),
    };
    let checks = match request.get("mode").map(Json::as_str) {
        None | Some(Some("eval")) => false,
        Some(Some("check")) => true,
        Some(_) => return bad("`mode` is \"eval\" or \"check\""),
    };
    let limit = match request.get("limit") {
        None | Some(Json::Null) => CONDITIONS_MAX,
        Some(limit) => match limit.as_u64() {
            Some(limit) => u32::try_from(limit).unwrap_or(u32::MAX),
            None => return bad("`limit` is a whole number"),
        },
    };
    let mut action = Action::new(&vocabulary);
    action.set_deriving(false);
    match request.get("vars") {
        None | Some(Json::Null) => {}
        Some(Json::Object(vars)) => set_all(&mut action, &vocabulary, vars)?,
        // PHP writes an empty object as a list.
        Some(Json::Array(vars)) if vars.is_empty() => {}
        Some(_) => return bad("`vars` is an object"),
    }
    Ok(Request { rules, is_several, vocabulary, action, checks, limit })
}

fn source(rule: &Json) -> Result<Vec<u8>, BadRequest> {
    let value = parse_value(rule).map_err(|error| BadRequest(format!("rule: {error}")))?;
    match value {
        crate::value::Value::Str(text) => Ok(text.bytes().to_vec()),
        _ => Err(BadRequest("a rule is a string".to_owned())),
    }
}

/// Sets the variables of an action from JSON; names that no rule could read are passed over.
fn set_all(action: &mut Action, vocabulary: &Vocabulary, vars: &Map<String, Json>) -> Result<(), BadRequest> {
    for (name, value) in vars {
        let value = parse_value(value).map_err(|error| BadRequest(format!("variable {name}: {error}")))?;
        let name = name.to_ascii_lowercase();
        if let Some(id) = vocabulary.exact_id(&name) {
            action.set(id, value);
        }
    }
    Ok(())
}

fn param(param: &Param) -> Json {
    match param {
        Param::Text(bytes) => plain(bytes),
        Param::Int(number) => json!(number),
        Param::Float(number) => json::float(*number),
    }
}

fn error_fields(error: &RuleError) -> Map<String, Json> {
    let mut answer = Map::new();
    answer.insert("ok".to_owned(), json!(false));
    answer.insert("error".to_owned(), json!(error.id.name()));
    answer.insert("position".to_owned(), json!(error.position));
    answer.insert("params".to_owned(), error.params.iter().map(param).collect());
    answer
}

/// The answer for a rule that cannot be compiled.
fn refused(error: &RuleError) -> Json {
    let mut answer = error_fields(error);
    answer.insert("conditions".to_owned(), json!(0));
    Json::Object(answer)
}

fn with_counts(mut answer: Map<String, Json>, evaluation: &Evaluation) -> Json {
    answer.insert("conditions".to_owned(), json!(evaluation.conditions));
    if !evaluation.warnings.is_empty() {
        let warnings =
            evaluation.warnings.iter().map(|warning| json!({"id": warning.id, "position": warning.position})).collect();
        answer.insert("warnings".to_owned(), warnings);
    }
    Json::Object(answer)
}

/// The answer of the check at save time.
fn checked(evaluation: &Evaluation) -> Json {
    let answer = match &evaluation.end {
        End::Error(error) => error_fields(error),
        End::Value(_) | End::Needs(_) => Map::from_iter([("ok".to_owned(), json!(true))]),
    };
    with_counts(answer, evaluation)
}

/// An evaluation as the protocol's answer.
pub fn evaluated(evaluation: &Evaluation, vocabulary: &Vocabulary) -> Json {
    let answer = match &evaluation.end {
        End::Error(error) => error_fields(error),
        End::Needs(id) => Map::from_iter([
            ("ok".to_owned(), json!(false)),
            ("error".to_owned(), json!("needvar")),
            ("params".to_owned(), json!([vocabulary.name(*id)])),
        ]),
        End::Value(value) => {
            let mut answer = Map::new();
            answer.insert("ok".to_owned(), json!(true));
            answer.insert("type".to_owned(), json!(value.type_name()));
            if !value.is_undefined() {
                answer.insert("result".to_owned(), render_value(value));
            }
            answer.insert("matched".to_owned(), json!(evaluation.is_match()));
            answer
        }
    };
    with_counts(answer, evaluation)
}
