//! What a list of hits can be asked for.

use crate::problem::{Code, Problem};
use serde::Deserialize;
use utoipa::IntoParams;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_filters::hits::list::{Selection, VALUES_MAX};
use wikiward_filters::model::FilterKey;

/// Which hits, in which order, how many. Selections restrict together; values of a repeated one are alternatives.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct HitQuery {
    /// Not before: RFC 3339.
    from: Option<String>,
    /// Before: RFC 3339.
    to: Option<String>,
    /// `17`, or `global-17` for a farm-wide filter. May be repeated.
    filter: Vec<String>,
    /// Group of the filter when it matched. May be repeated.
    group: Vec<String>,
    /// Name of the user.
    actor: Option<String>,
    /// Address; needs the right to see addresses.
    ip: Option<String>,
    /// Range of addresses: IPv4 /24 or /16, IPv6 /64, /48 or /32; needs the right to see addresses.
    range: Option<String>,
    /// Title of the page, without namespace.
    target: Option<String>,
    /// Number of the namespace.
    ns: Option<i64>,
    /// Kind of action. May be repeated.
    kind: Vec<String>,
    /// Consequence taken. May be repeated.
    taken: Vec<String>,
    /// Whether the brake withheld something.
    withheld: Option<bool>,
    /// `unknown`, `saved`, `refused` or `failed`.
    outcome: Option<String>,
    /// `normal`, or `hidden` by a person.
    visibility: Option<String>,
    /// Code that the refused person was shown. If no hit has it, `blocked_domain_hits` names the attempt to link to blocked
    /// domains that has.
    ref_code: Option<String>,
    /// On this wiki; for the farm's log.
    wiki: Option<String>,
    /// `desc`, newest first, or `asc`.
    order: Option<String>,
    /// Hits on the page, 1 to 500; 50 if it is not said.
    pub(super) limit: Option<i64>,
    /// Where the page before ended.
    pub(super) cursor: Option<String>,
}

impl HitQuery {
    /// The selections, checked. `owner` is the wiki whose log is asked for.
    pub(super) fn selection(&self, owner: &WikiId) -> Result<Selection, Problem> {
        let time = |name: &str, text: &Option<String>| -> Result<Option<Timestamp>, Problem> {
            let parse = |text: &String| text.parse().map_err(|_| bad(name, "must be a time as RFC 3339 writes it"));
            text.as_ref().map(parse).transpose()
        };
        for (name, values) in
            [("filter", &self.filter), ("group", &self.group), ("kind", &self.kind), ("taken", &self.taken)]
        {
            if values.len() > VALUES_MAX {
                return Err(bad(name, &format!("can be given {VALUES_MAX} times at most")));
            }
        }
        let gid = |gid: &String| {
            FilterKey::from_gid(owner, gid).ok_or_else(|| bad("filter", "must be like `17` or `global-17`"))
        };
        let hidden = match self.visibility.as_deref() {
            None => None,
            Some("normal") => Some(false),
            Some("hidden") => Some(true),
            Some(_) => return Err(bad("visibility", "can be `normal` or `hidden`")),
        };
        if let Some(outcome) =
            self.outcome.as_deref().filter(|it| !["unknown", "saved", "refused", "failed"].contains(it))
        {
            return Err(bad("outcome", &format!("cannot be `{outcome}`")));
        }
        if self.ip.is_some() && self.range.is_some() {
            return Err(bad("ip", "and `range` exclude each other"));
        }
        if (self.ip.is_some() || self.range.is_some()) && owner.is_farm() {
            return Err(bad("ip", "can be searched on one wiki at a time. Ask for that wiki's hits"));
        }
        let range = |text: &String| text.parse().map_err(|error| bad("range", &format!("is {error}")));
        let address = |text: &String| text.parse::<std::net::IpAddr>().map_err(|_| bad("ip", "must be an address"));
        let address = self.ip.as_ref().map(address).transpose()?.map(|ip| ip.to_string()).or(self.range.clone());
        let wiki = |text: &String| text.parse::<WikiId>().ok().filter(|wiki| owner.is_farm() && !wiki.is_farm());
        let wiki =
            self.wiki.as_ref().map(|text| wiki(text).ok_or_else(|| bad("wiki", "selects a wiki in the farm's log")));
        Ok(Selection {
            from: time("from", &self.from)?,
            to: time("to", &self.to)?,
            filters: self.filter.iter().map(gid).collect::<Result<_, _>>()?,
            groups: self.group.clone(),
            actor: self.actor.clone(),
            address: address.as_ref().map(range).transpose()?,
            target: self.target.clone(),
            target_ns: self.ns,
            kinds: self.kind.clone(),
            taken: self.taken.clone(),
            withheld: self.withheld,
            outcome: self.outcome.clone(),
            hidden,
            ref_code: self.ref_code.clone(),
            wiki: wiki.transpose()?,
        })
    }

    /// Whether the oldest come first.
    pub(super) fn is_ascending(&self) -> Result<bool, Problem> {
        match self.order.as_deref() {
            None | Some("desc") => Ok(false),
            Some("asc") => Ok(true),
            Some(_) => Err(bad("order", "can be `asc` or `desc`")),
        }
    }
}

fn bad(name: &str, what: &str) -> Problem {
    Problem::new(Code::BadRequest, format!("`{name}` {what}"))
}
