//! External domains that nobody may link to: lists of wikis and of the farm, and the log of attempts.

use crate::auth::Person;
use crate::cursor::Cursors;
use crate::filters::{Place, limit};
use crate::hits::{ActorBody, TargetBody};
use crate::json::{Json, Query, part};
use crate::problem::{Code, FieldError, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Id, Right, Timestamp};
use wikiward_filters::domains::attempts::{Attempt, AttemptKey, Attempts, KIND, Which};
use wikiward_filters::domains::{Added, BlockedDomain, BlockedDomains, DOMAINS_MAX, DomainError, NewDomain, host_of};

/// Most bytes of a body that adds domains.
const ADD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The routes of lists of blocked domains; [`crate::farm`] mounts them for the farm, too.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(remove_many))
        .routes(routes!(check))
        .routes(routes!(one, put, remove))
}

/// The same for the farm, without the description.
pub(crate) fn farm_routes() -> Router<Api> {
    Router::new()
        .route("/v1/farm/blocked-domains", get(list).post(add))
        .route("/v1/farm/blocked-domains/remove", post(remove_many))
        .route("/v1/farm/blocked-domains/check", get(check))
        .route("/v1/farm/blocked-domains/{domain}", get(one).put(put).delete(remove))
}

/// The routes of the log of attempts: wikis only.
pub fn log_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(attempts))
}

impl FromRef<Api> for BlockedDomains {
    fn from_ref(api: &Api) -> Self {
        Self::new(api.store.clone(), api.judge.snapshots().clone())
    }
}

impl FromRef<Api> for Attempts {
    fn from_ref(api: &Api) -> Self {
        Self::new(api.store.clone(), api.judge.snapshots().clone())
    }
}

/// Which domains.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct DomainsQuery {
    /// Those that have this text in them.
    q: Option<String>,
    /// Domains on the page, 1 to 500; 50 if it is not said.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A link that is looked up.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LinkQuery {
    /// The link, such as `https://www.spam.example/page`.
    link: String,
}

/// Why.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ReasonQuery {
    /// At most 500 characters.
    reason: Option<String>,
}

/// An entry of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct DomainBody {
    domain: String,
    notes: String,
    added_by: String,
    at: String,
}

/// A page of a list, in the order of the domains.
#[derive(Debug, Serialize, ToSchema)]
pub struct DomainsPage {
    items: Vec<DomainBody>,
    /// Where the next page begins; null on the last one.
    next: Option<String>,
}

/// Domains to be added: as in AbuseFilter's page `MediaWiki:BlockedExternalDomains.json`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AddBody {
    /// 1 to 10,000.
    pub domains: Vec<NewDomainBody>,
    /// Why; at most 500 characters.
    #[serde(default)]
    pub reason: String,
}

/// A domain to be added.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewDomainBody {
    /// A host with a dot in it; in front of it may stand a scheme.
    #[schema(example = "spam.example")]
    pub domain: String,
    /// At most 500 characters.
    #[serde(default)]
    pub notes: String,
    /// Who added it elsewhere, of imported lists.
    #[serde(default, rename = "addedBy")]
    pub added_by: Option<String>,
}

/// What became of the domains.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedBody {
    /// How many are new.
    added: usize,
    /// One per domain sent, in their order.
    items: Vec<AddedItem>,
}

/// What became of one domain.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedItem {
    /// As it stands in the list now; as it was sent, if it is none.
    domain: String,
    /// `added`, `there`, `twice`, `bad_domain` or `notes_too_long`.
    result: &'static str,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Domains to be removed.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RemoveBody {
    /// 1 to 10,000.
    pub domains: Vec<String>,
    /// Why; at most 500 characters.
    #[serde(default)]
    pub reason: String,
}

/// Domains that were removed.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemovedBody {
    removed: Vec<String>,
}

/// Notes on a domain.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NotesBody {
    /// At most 500 characters.
    #[serde(default)]
    pub notes: String,
    /// Why; at most 500 characters.
    #[serde(default)]
    pub reason: String,
}

/// Whether a link is blocked.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckBody {
    /// Where the link leads; null if nowhere.
    host: Option<String>,
    blocked: bool,
    /// The entry that blocks it.
    domain: Option<String>,
    /// Whose list that stands in: `wiki` or `farm`.
    list: Option<&'static str>,
}

/// Which attempts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AttemptsQuery {
    /// Not before, RFC 3339.
    from: Option<String>,
    /// Before, RFC 3339.
    to: Option<String>,
    /// By this user.
    actor: Option<String>,
    /// With this code.
    ref_code: Option<String>,
    /// Attempts on the page, 1 to 500; 50 if it is not said.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of the log of attempts, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptsPage {
    items: Vec<AttemptBody>,
    /// Where the next page begins; null on the last one.
    next: Option<String>,
}

/// An attempt to link to blocked domains.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptBody {
    id: String,
    /// `blockeddomainhit`.
    #[serde(rename = "type")]
    entry: &'static str,
    at: String,
    /// Kind of action, such as `edit`.
    kind: String,
    actor: ActorBody,
    target: TargetBody,
    /// The entries that blocked it.
    domains: Vec<String>,
    /// The code that the refused person was shown.
    ref_code: String,
}

impl From<BlockedDomain> for DomainBody {
    fn from(entry: BlockedDomain) -> Self {
        Self { domain: entry.domain, notes: entry.notes, added_by: entry.added_by, at: time(entry.at) }
    }
}

impl From<Attempt> for AttemptBody {
    fn from(attempt: Attempt) -> Self {
        Self {
            id: attempt.key.hit_id.to_string(),
            entry: KIND,
            at: time(attempt.key.at),
            kind: attempt.kind,
            actor: ActorBody { id: attempt.actor_id, name: attempt.actor_name, kind: attempt.actor_type },
            target: TargetBody { ns: attempt.target_ns, title: attempt.target_title, page_id: attempt.target_page_id },
            domains: attempt.domains,
            ref_code: attempt.ref_code,
        }
    }
}

impl From<DomainError> for Problem {
    fn from(error: DomainError) -> Self {
        let detail = error.to_string();
        match error {
            DomainError::NotFound => Self::not_found(),
            DomainError::Forbidden(right) => Self::forbidden(right),
            DomainError::Bad { field, message } => Self::new(Code::BadRequest, format!("`{field}`: {message}")),
            DomainError::TooMany { .. } => {
                Self::new(Code::TooManyDomains, detail).with("domains_max", json!(DOMAINS_MAX))
            }
            DomainError::Store(error) => error.into(),
        }
    }
}

/// Lists the blocked domains of a wiki; those of the farm, which hold everywhere, are under `/v1/farm`.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/blocked-domains", tag = "blocked domains", operation_id = "blocked_domains",
    params(("wiki" = String, Path, description = "Database name of the wiki"), DomainsQuery),
    responses((status = 200, body = DomainsPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn list(
    State(domains): State<BlockedDomains>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    place: Place,
    Query(query): Query<DomainsQuery>,
) -> Result<Json<DomainsPage>, Problem> {
    let q = query.q.as_deref();
    if q.is_some_and(|q| q.len() > 253) {
        return Err(Problem::new(Code::BadRequest, "`q`: a domain has at most 253 bytes"));
    }
    let name = format!("blocked-domains {} {q:?}", place.wiki);
    let after = query.cursor.as_deref().map(|cursor| cursors.open::<String>(cursor, &name, &viewer)).transpose()?;
    let page = domains.list(&viewer, &place.wiki, q, after.as_deref(), limit(query.limit)?).await?;
    let next = page.next.map(|domain| cursors.seal(&domain, &name, &viewer));
    Ok(Json(DomainsPage { items: page.items.into_iter().map(DomainBody::from).collect(), next }))
}

/// Adds domains. What is none is named, and the others are added; if all are wrong, nothing is.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/blocked-domains", tag = "blocked domains", operation_id = "add_blocked_domains",
    params(("wiki" = String, Path, description = "Database name of the wiki")), request_body = AddBody,
    responses((status = 200, body = AddedBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn add(
    State(domains): State<BlockedDomains>,
    Person(viewer): Person,
    place: Place,
    Json(body): Json<AddBody, ADD_BYTES_MAX>,
) -> Result<Json<AddedBody>, Problem> {
    let new: Vec<NewDomain> = body
        .domains
        .into_iter()
        .map(|it| NewDomain { domain: it.domain, notes: it.notes, added_by: it.added_by })
        .collect();
    let outcomes = domains.add(&viewer, &place.wiki, &new, &body.reason).await?;
    if outcomes.iter().all(|(_, added)| added.error().is_some()) {
        return Err(all_wrong(&outcomes));
    }
    let items = outcomes.iter().zip(new).map(|((domain, added), new)| AddedItem {
        domain: domain.as_ref().map_or(new.domain, ToString::to_string),
        result: added.name(),
        message: added.error(),
    });
    let added = outcomes.iter().filter(|(_, added)| *added == Added::New).count();
    Ok(Json(AddedBody { added, items: items.collect() }))
}

fn all_wrong(outcomes: &[(Option<wikiward_filters::domains::Domain>, Added)]) -> Problem {
    /// More are not listed; the first ones say enough.
    const LISTED_MAX: usize = 100;
    let errors = outcomes.iter().enumerate().take(LISTED_MAX).map(|(place, (_, added))| FieldError {
        code: added.name().into(),
        field: format!("domains[{place}].{}", if matches!(added, Added::LongNotes) { "notes" } else { "domain" }),
        span: None,
        params: Vec::new(),
        message: added.error().unwrap_or_default(),
    });
    Problem::new(Code::Invalid, "none of these can be blocked. Nothing was added").with_errors(errors.collect())
}

/// Removes domains. Those that are not in the list are passed over.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/blocked-domains/remove", tag = "blocked domains", operation_id = "remove_blocked_domains",
    params(("wiki" = String, Path, description = "Database name of the wiki")), request_body = RemoveBody,
    responses((status = 200, body = RemovedBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody)))]
async fn remove_many(
    State(domains): State<BlockedDomains>,
    Person(viewer): Person,
    place: Place,
    Json(body): Json<RemoveBody, ADD_BYTES_MAX>,
) -> Result<Json<RemovedBody>, Problem> {
    let removed = domains.remove(&viewer, &place.wiki, &body.domains, &body.reason).await?;
    Ok(Json(RemovedBody { removed }))
}

/// Says whether a link is blocked, and by which entry: of the wiki's list or of the farm's.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/blocked-domains/check", tag = "blocked domains", operation_id = "check_blocked_domains",
    params(("wiki" = String, Path, description = "Database name of the wiki"), LinkQuery),
    responses((status = 200, body = CheckBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn check(
    State(domains): State<BlockedDomains>,
    person: Person,
    place: Place,
    Query(query): Query<LinkQuery>,
) -> Result<Json<CheckBody>, Problem> {
    // The list is looked at in passing: who may read it, and whether there is such a wiki.
    domains.list(&person.0, &place.wiki, None, None, limit(Some(1))?).await?;
    person.need(Right::View, &place.wiki)?;
    let text = query.link.trim();
    let link = if text.contains("//") { text.to_owned() } else { format!("//{text}") };
    let host = host_of(&link);
    let lists = domains.in_force();
    let found = host.as_ref().and_then(|host| lists.on(&place.wiki)?.entry(host));
    let found = found.map(|(entry, is_farm)| (entry.to_owned(), is_farm));
    Ok(Json(CheckBody {
        blocked: found.is_some(),
        list: found.as_ref().map(|(_, is_farm)| if *is_farm || place.wiki.is_farm() { "farm" } else { "wiki" }),
        domain: found.map(|(entry, _)| entry),
        host: host.map(std::borrow::Cow::into_owned),
    }))
}

/// Reads one entry.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/blocked-domains/{domain}", tag = "blocked domains", operation_id = "blocked_domain",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("domain" = String, Path, description = "The domain")),
    responses((status = 200, body = DomainBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
async fn one(
    State(domains): State<BlockedDomains>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<DomainBody>, Problem> {
    Ok(Json(domains.one(&viewer, &place.wiki, place.part("domain")).await?.into()))
}

/// Puts one domain into the list, or changes its notes.
#[utoipa::path(put, path = "/v1/wikis/{wiki}/blocked-domains/{domain}", tag = "blocked domains", operation_id = "put_blocked_domain",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("domain" = String, Path, description = "The domain")),
    request_body = NotesBody,
    responses((status = 200, body = DomainBody), (status = 201, body = DomainBody), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
async fn put(
    State(domains): State<BlockedDomains>,
    Person(viewer): Person,
    place: Place,
    Json(body): Json<NotesBody>,
) -> Result<Response, Problem> {
    let put = domains.put(&viewer, &place.wiki, place.part("domain"), &body.notes, &body.reason).await?;
    let status = if put.1 { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json::<_>(DomainBody::from(put.0))).into_response())
}

/// Removes one domain.
#[utoipa::path(delete, path = "/v1/wikis/{wiki}/blocked-domains/{domain}", tag = "blocked domains", operation_id = "remove_blocked_domain",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("domain" = String, Path, description = "The domain"), ReasonQuery),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn remove(
    State(domains): State<BlockedDomains>,
    Person(viewer): Person,
    place: Place,
    Query(query): Query<ReasonQuery>,
) -> Result<StatusCode, Problem> {
    let domain = [place.part("domain").to_owned()];
    let reason = query.reason.as_deref().unwrap_or_default();
    let removed = domains.remove(&viewer, &place.wiki, &domain, reason).await?;
    if removed.is_empty() { Err(Problem::not_found()) } else { Ok(StatusCode::NO_CONTENT) }
}

/// Lists attempts to link to blocked domains, newest first: the log entries of the type `blockeddomainhit`.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/blocked-domain-hits", tag = "blocked domains", operation_id = "blocked_domain_hits",
    params(("wiki" = String, Path, description = "Database name of the wiki"), AttemptsQuery),
    responses((status = 200, body = AttemptsPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn attempts(
    State(attempts): State<Attempts>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    place: Place,
    Query(query): Query<AttemptsQuery>,
) -> Result<Json<AttemptsPage>, Problem> {
    let which = Which {
        from: moment("from", query.from.as_deref())?,
        to: moment("to", query.to.as_deref())?,
        actor: query.actor,
        ref_code: query.ref_code,
    };
    let name = format!("blocked-domain-hits {} {which:?}", place.wiki);
    let after =
        query.cursor.as_deref().map(|cursor| cursors.open::<(i64, String)>(cursor, &name, &viewer)).transpose()?;
    let after = after.map(|(at, id)| Ok::<_, Problem>(AttemptKey { at: from_micros(at), hit_id: part::<Id>(&id)? }));
    let page = attempts.list(&viewer, &place.wiki, &which, after.transpose()?, limit(query.limit)?).await?;
    let next = page.next.map(|key| cursors.seal(&(micros(key.at), key.hit_id.to_string()), &name, &viewer));
    Ok(Json(AttemptsPage { items: page.items.into_iter().map(AttemptBody::from).collect(), next }))
}

fn moment(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let wrong = |_| Problem::new(Code::BadRequest, format!("`{field}`: a time is written as RFC 3339"));
    text.map(|text| text.parse().map_err(wrong)).transpose()
}
