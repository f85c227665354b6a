//! Who sends a request.
//!
//! A program shows its service token as a bearer. A wiki's program may vouch for the person who acts with a signed
//! statement in `Wikiward-Actor`. A person with an account shows a session's secret as a bearer. Nobody who shows
//! nothing is refused here: everybody may do what everybody may do.

use crate::problem::{Code, Problem};
use crate::state::Api;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use wikiward_farm::{Principal, Right, Viewer, WikiId};
use wikiward_people::{Scope, ServiceCaller};

/// Header with the signed statement of a wiki about the person who acts.
pub const ACTOR_HEADER: &str = "wikiward-actor";

/// Marks a request made in this process by the person at the machine's command line. It is no header, so nobody can
/// send it.
#[derive(Debug, Clone, Copy)]
pub struct Operator;

/// The person, or program, on whose rights a request stands. One put into a request's extensions in this process is
/// taken as it is.
#[derive(Debug, Clone)]
pub struct Person(pub Viewer);

/// A program with a service token.
#[derive(Debug, Clone)]
pub struct Program(pub ServiceCaller);

impl Person {
    /// Refuses who lacks `right` on `wiki`, where the caller may know what is asked for.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] if nobody is signed in, else [`Code::Forbidden`].
    pub fn need(&self, right: Right, wiki: &WikiId) -> Result<(), Problem> {
        if self.0.may(right, wiki) {
            return Ok(());
        }
        Err(Problem::forbidden(right))
    }
}

impl Program {
    /// Refuses a token without `scope`, or for another wiki.
    ///
    /// # Errors
    /// [`Code::Forbidden`].
    pub fn need(&self, scope: Scope, wiki: &WikiId) -> Result<(), Problem> {
        if !self.0.may(scope) {
            return Err(Problem::new(Code::Forbidden, format!("this token lacks the scope `{}`", scope.name())));
        }
        if !self.0.serves(wiki) {
            return Err(Problem::new(Code::Forbidden, format!("this token is for another wiki than {wiki}")));
        }
        Ok(())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Person
where
    Api: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.extensions.get::<Operator>().is_some() {
            return Ok(Self(Viewer::operator()));
        }
        if let Some(person) = parts.extensions.get::<Self>() {
            return Ok(person.clone());
        }
        let api = Api::from_ref(state);
        let Some(bearer) = bearer(&parts.headers)? else { return Ok(Self(api.people.anonymous())) };
        if let Some(service) = api.people.service(bearer) {
            return program_or_person(&api, &service, &parts.headers).map(Self);
        }
        let viewer = api.people.session(bearer, api.clock.now()).await?;
        viewer.map(Self).ok_or_else(unknown)
    }
}

fn program_or_person(api: &Api, service: &ServiceCaller, headers: &HeaderMap) -> Result<Viewer, Problem> {
    let Some(statement) = headers.get(ACTOR_HEADER) else {
        let principal = Principal::Service { token: service.token_id.clone(), label: service.label.clone() };
        let everybody = api.people.anonymous();
        return Ok(Viewer::new(principal, everybody.granted().clone(), false));
    };
    let statement = statement
        .to_str()
        .map_err(|_| Problem::new(Code::Unauthenticated, "the header `Wikiward-Actor` is not a signed statement"))?;
    if !service.may(Scope::Actor) {
        return Err(Problem::new(Code::Forbidden, "this token lacks the scope `actor`: it may not vouch for people"));
    }
    api.people.vouched(service, statement, api.clock.now()).map_err(|error| {
        Problem::new(Code::Unauthenticated, format!("the statement in `Wikiward-Actor` does not count: {error}"))
    })
}

impl<S: Send + Sync> FromRequestParts<S> for Program
where
    Api: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if let Some(program) = parts.extensions.get::<Self>() {
            return Ok(program.clone());
        }
        let api = Api::from_ref(state);
        let Some(bearer) = bearer(&parts.headers)? else {
            let detail = "this is for programs: send a service token as `Authorization: Bearer …`";
            return Err(Problem::new(Code::Unauthenticated, detail));
        };
        api.people.service(bearer).map(Self).ok_or_else(unknown)
    }
}

/// The bearer token, if there is one.
///
/// # Errors
/// [`Code::Unauthenticated`] if the header is something else.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let text = header.to_str().ok();
    let token = text.and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    token
        .map(Some)
        .ok_or_else(|| Problem::new(Code::Unauthenticated, "the header `Authorization` must be `Bearer` and a token"))
}

fn unknown() -> Problem {
    Problem::new(Code::Unauthenticated, "the token is not known, has expired or was revoked")
}
