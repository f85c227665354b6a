//! One message: its parts, and how parameters are put in.

use super::Language;
use std::borrow::Cow;

/// A value that is put into a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument<'a> {
    /// A text, as it is.
    Text(Cow<'a, str>),
    /// A number, grouped as the language does.
    Number(i64),
}

impl<'a> From<&'a str> for Argument<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Argument<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Argument<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

macro_rules! numbers {
    ($($type:ty),+) => { $(impl From<$type> for Argument<'_> {
        fn from(number: $type) -> Self { Self::Number(i64::try_from(number).unwrap_or(i64::MAX)) }
    })+ };
}

numbers!(i64, u64, i32, u32, usize);

impl Argument<'_> {
    fn text(&self, language: Language) -> String {
        match self {
            Self::Text(text) => text.as_ref().to_owned(),
            Self::Number(number) => super::Text::new(language).number(*number),
        }
    }

    fn number(&self) -> u64 {
        match self {
            Self::Text(text) => text.parse().unwrap_or(0),
            Self::Number(number) => number.unsigned_abs(),
        }
    }
}

/// A message file holds a text that is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Braces that are not closed.
    #[error("`{{{{` without its `}}}}`")]
    Open,
    /// Something between braces that is neither `PLURAL` nor `GENDER`.
    #[error("`{0}` is not known between braces: PLURAL and GENDER are")]
    Unknown(String),
}

/// A message in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Parameter(usize),
    Plural { of: usize, own: Vec<(u64, Message)>, forms: Vec<Message> },
    Gender(Message),
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if let Some((place, after)) = parameter(rest) {
                end(&mut literal, &mut parts);
                parts.push(Part::Parameter(place));
                rest = after;
            } else if let Some(inner) = rest.strip_prefix("{{") {
                end(&mut literal, &mut parts);
                let (call, after) = closed(inner).ok_or(MessageError::Open)?;
                parts.push(choice(call)?);
                rest = after;
            } else {
                literal.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
        end(&mut literal, &mut parts);
        Ok(Self(parts))
    }

    /// The text with its parameters; a parameter that is not given shows as `$n`.
    pub fn text(&self, language: Language, arguments: &[Argument<'_>]) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Parameter(place) => match arguments.get(*place) {
                    Some(argument) => out.push_str(&argument.text(language)),
                    None => {
                        out.push('$');
                        out.push_str(&(place + 1).to_string());
                    }
                },
                Part::Plural { of, own, forms } => {
                    let number = arguments.get(*of).map_or(0, Argument::number);
                    out.push_str(
                        &chosen(own, forms, language, number)
                            .map_or_else(String::new, |form| form.text(language, arguments)),
                    );
                }
                Part::Gender(form) => out.push_str(&form.text(language, arguments)),
            }
        }
        out
    }

    /// The text in pieces: text, or the place of a parameter that is put in by the caller.
    pub(super) fn pieces(&self, language: Language, given: usize) -> Vec<Result<String, usize>> {
        let piece = |part: &Part| match part {
            Part::Parameter(place) if *place < given => Err(*place),
            other => Ok(Self(vec![other.clone()]).text(language, &[])),
        };
        self.0.iter().map(piece).collect()
    }

    /// The parameters that it uses, from 0, in order and once each.
    pub fn parameters(&self) -> Vec<usize> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn collect(&self, found: &mut Vec<usize>) {
        for part in &self.0 {
            match part {
                Part::Literal(_) => {}
                Part::Parameter(place) => found.push(*place),
                Part::Plural { of, own, forms } => {
                    found.push(*of);
                    own.iter().map(|(_, form)| form).chain(forms).for_each(|form| form.collect(found));
                }
                Part::Gender(form) => form.collect(found),
            }
        }
    }
}

fn chosen<'a>(own: &'a [(u64, Message)], forms: &'a [Message], language: Language, number: u64) -> Option<&'a Message> {
    let exact = own.iter().find(|(value, _)| *value == number).map(|(_, form)| form);
    exact.or_else(|| forms.get(language.form(number, forms.len())))
}

fn end(literal: &mut String, parts: &mut Vec<Part>) {
    if !literal.is_empty() {
        parts.push(Part::Literal(std::mem::take(literal)));
    }
}

/// `$1` to `$9` at the beginning of `text`: its place from 0, and what follows.
fn parameter(text: &str) -> Option<(usize, &str)> {
    let rest = text.strip_prefix('$')?;
    let digit = rest.chars().next()?.to_digit(10).filter(|digit| *digit > 0)?;
    Some((usize::try_from(digit).ok()? - 1, rest.get(1..)?))
}

/// What stands before the `}}` that closes, and what follows it.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        if rest.starts_with("{{") {
            depth += 1;
            at += 2;
        } else if let Some(after) = rest.strip_prefix("}}") {
            if depth == 0 {
                return Some((text.get(..at)?, after));
            }
            depth -= 1;
            at += 2;
        } else {
            at += rest.chars().next()?.len_utf8();
        }
    }
    None
}

fn choice(call: &str) -> Result<Part, MessageError> {
    let (name, rest) = call.split_once(':').unwrap_or((call, ""));
    let mut arguments = split(rest).into_iter();
    let of = arguments.next().and_then(|first| parameter(first).map(|(place, _)| place)).unwrap_or(0);
    match name.trim() {
        "PLURAL" => {
            let (mut own, mut forms) = (Vec::new(), Vec::new());
            for form in arguments {
                match form.split_once('=').and_then(|(value, text)| Some((value.trim().parse().ok()?, text))) {
                    Some((value, text)) => own.push((value, Message::parse(text)?)),
                    None => forms.push(Message::parse(form)?),
                }
            }
            Ok(Part::Plural { of, own, forms })
        }
        "GENDER" => Ok(Part::Gender(Message::parse(arguments.last().unwrap_or_default())?)),
        other => Err(MessageError::Unknown(other.to_owned())),
    }
}

/// Splits at bars that are not inside further braces.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut begin, mut previous) = (Vec::new(), 0_i32, 0, ' ');
    for (at, next) in text.char_indices() {
        match (previous, next) {
            ('{', '{') => depth += 1,
            ('}', '}') => depth -= 1,
            (_, '|') if depth == 0 => {
                parts.push(text.get(begin..at).unwrap_or_default());
                begin = at + 1;
            }
            _ => {}
        }
        previous = next;
    }
    parts.push(text.get(begin..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, arguments: &[Argument<'_>]) -> String {
        Message::parse(text).unwrap().text(Language::En, arguments)
    }

    #[test]
    fn parameters_and_plurals_are_put_in() {
        assert_eq!(said("$2 of $1", &[1_500.into(), "x".into()]), "x of 1,500");
        let hits = "{{PLURAL:$1|0=no hit|one hit of $2|$1 hits of $2}}";
        assert_eq!(said(hits, &[0.into(), "a".into()]), "no hit");
        assert_eq!(said(hits, &[1.into(), "a".into()]), "one hit of a");
        assert_eq!(said(hits, &[2.into(), "a".into()]), "2 hits of a");
        assert_eq!(said("costs $ 5, $0, {x}", &[]), "costs $ 5, $0, {x}");
        assert_eq!(said("{{GENDER:$1|his|her|their}} hits", &["x".into()]), "their hits");
        assert_eq!(said("{{PLURAL:$1|a {{GENDER:$2|b|c}}|d}}", &[1.into()]), "a c");
    }

    #[test]
    fn what_is_no_message_is_named() {
        assert_eq!(Message::parse("{{PLURAL:$1|a"), Err(MessageError::Open));
        assert_eq!(Message::parse("{{SITENAME}}"), Err(MessageError::Unknown("SITENAME".into())));
    }

    #[test]
    fn a_parameters_text_is_never_read_as_a_message() {
        assert_eq!(said("$1", &["$1 {{PLURAL:".into()]), "$1 {{PLURAL:");
    }
}
