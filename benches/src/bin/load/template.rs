//! Requests that are rendered once: only the action's id changes.

use serde_json::Value;
use std::rc::Rc;

/// Bytes of an action's id: 10 for the run, 14 for the number.
pub(crate) const ID_BYTES: usize = 24;

/// What a request is meant to meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// No filter.
    Quiet,
    /// The filter that tags.
    Tag,
    /// The filter that refuses.
    Refuse,
}

/// Shares of the classes, in percent; the rest is quiet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shares {
    pub(crate) tag_percent: f64,
    pub(crate) refuse_percent: f64,
}

impl Shares {
    /// None if they are no shares.
    pub(crate) fn percent(tag_percent: f64, refuse_percent: f64) -> Option<Self> {
        let all = tag_percent + refuse_percent;
        (tag_percent >= 0.0 && refuse_percent >= 0.0 && all <= 100.0).then_some(Self { tag_percent, refuse_percent })
    }

    /// The class that belongs to `drawn`, from 0 to 1.
    fn class(self, drawn: f64) -> Class {
        let percent = drawn * 100.0;
        if percent < self.refuse_percent {
            Class::Refuse
        } else if percent < self.refuse_percent + self.tag_percent {
            Class::Tag
        } else {
            Class::Quiet
        }
    }
}

/// One request, but for its id.
#[derive(Debug)]
pub(crate) struct Template {
    /// Head and body up to the id.
    pub(crate) before: Box<[u8]>,
    /// The rest of the body.
    pub(crate) after: Box<[u8]>,
    pub(crate) class: Class,
}

impl Template {
    /// Renders `body`, in which `id` stands once, as the action's id.
    ///
    /// None if it does not.
    pub(crate) fn render(body: &Value, id: &str, token: &str, class: Class) -> Option<Self> {
        let text = body.to_string();
        let (before, after) = text.split_once(id)?;
        if id.len() != ID_BYTES || after.contains(id) {
            return None;
        }
        let head = format!(
            "POST /v1/evaluate HTTP/1.1\r\nHost: wikiward\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            text.len()
        );
        let before = (head + before).into_bytes().into_boxed_slice();
        Some(Self { before, after: after.as_bytes().into(), class })
    }
}

/// All requests of a run, by class.
#[derive(Debug, Clone)]
pub(crate) struct Templates {
    all: Rc<[Template]>,
    /// Where the tagged ones begin, and the refused ones.
    tags_at: usize,
    refusals_at: usize,
    shares: Shares,
}

impl Templates {
    /// None if a class that is wanted has no template.
    pub(crate) fn new(mut all: Vec<Template>, shares: Shares) -> Option<Self> {
        all.sort_by_key(|template| template.class as u8);
        let count = |class| all.iter().filter(|template| template.class == class).count();
        let (quiet, tags, refusals) = (count(Class::Quiet), count(Class::Tag), count(Class::Refuse));
        (quiet > 0 && tags > 0 && refusals > 0).then(|| Self {
            all: all.into(),
            tags_at: quiet,
            refusals_at: quiet + tags,
            shares,
        })
    }

    /// The request with this number of the run that `seed` belongs to. The classes come in their shares, in no order.
    pub(crate) fn pick(&self, seed: u64, number: u64) -> &Template {
        let mut random = wikiward_testkit::random::Random::new(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
        let drawn = (random.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        let range = match self.shares.class(drawn) {
            Class::Quiet => 0..self.tags_at,
            Class::Tag => self.tags_at..self.refusals_at,
            Class::Refuse => self.refusals_at..self.all.len(),
        };
        &self.all[range.start + random.below(range.len())]
    }
}

/// The id of the request with this number.
pub(crate) fn id(run: &[u8; 10], number: u64) -> [u8; ID_BYTES] {
    let mut id = [b'0'; ID_BYTES];
    id[..10].copy_from_slice(run);
    let mut rest = number;
    for digit in id[10..].iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "run-000000-placeholder-x";

    #[test]
    fn an_id_in_its_place_makes_the_body_whole_again() {
        let body = json!({"action": {"id": ID, "kind": "edit"}, "vars": {"a": "ä"}});
        let template = Template::render(&body, ID, "secret", Class::Quiet).unwrap();
        let sent = [&template.before, &id(b"abcdefghij", 42)[..], &template.after].concat();
        let text = String::from_utf8(sent).unwrap();
        let (head, sent) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", sent.len())) && head.contains("Bearer secret"));
        let sent: Value = serde_json::from_str(sent).unwrap();
        assert_eq!(sent["action"]["id"], "abcdefghij00000000000042");
        assert_eq!(sent["vars"], body["vars"]);
        assert!(Template::render(&json!({"a": ID, "b": ID}), ID, "", Class::Quiet).is_none());
        assert!(Template::render(&json!({}), ID, "", Class::Quiet).is_none());
    }

    #[test]
    fn classes_come_in_their_shares() {
        let template = |class| Template::render(&json!({"id": ID}), ID, "", class).unwrap();
        let all = [Class::Refuse, Class::Quiet, Class::Tag, Class::Quiet].map(template);
        let templates = Templates::new(all.into(), Shares::percent(2.0, 0.5).unwrap()).unwrap();
        let count = |class| (0..100_000).filter(|number| templates.pick(7, *number).class == class).count();
        assert!((1_800..2_200).contains(&count(Class::Tag)), "{}", count(Class::Tag));
        assert!((400..600).contains(&count(Class::Refuse)), "{}", count(Class::Refuse));
        assert!(Shares::percent(99.0, 2.0).is_none() && Shares::percent(-1.0, 0.0).is_none());
        assert!(Templates::new(vec![template(Class::Quiet)], Shares::percent(0.0, 0.0).unwrap()).is_none());
    }
}
