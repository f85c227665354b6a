//! What functions and keyword operators compute.

use crate::budget::{Exhausted, Meter};
use crate::program::{LiteralPattern, mode};
use crate::regex::{Failure, Mode, Pattern, PatternCache, Scratch, Subject, guessed_groups, wrapped};
use crate::release::Release;
use crate::syntax::tree::MatchOp;
use crate::text::equivset::Equivset;
use crate::text::{self, case, entities, ip, search, strip, substring};
use crate::value::arithmetic::RESULT_BYTES_MAX;
use crate::value::{Encoding, Text, Value, compare};
use crate::vocabulary::functions::FunctionId;
use std::borrow::Cow;
use std::sync::Arc;

/// What a call may use.
pub(crate) struct Context<'a, 'i> {
    pub(crate) release: Release,
    pub(crate) equivset: &'a Equivset,
    pub(crate) meter: &'a mut Meter<'i>,
    pub(crate) regex: &'a mut Scratch,
    pub(crate) patterns: &'a mut PatternCache,
    /// The pattern, if it is written as a literal.
    pub(crate) literal: Option<&'a LiteralPattern>,
    /// Set if a pattern matches the empty string.
    pub(crate) warns: &'a mut bool,
}

/// Why a call has no result.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The pattern, as the message shows it.
    Regex(Vec<u8>),
    /// The text that is no range.
    IpRange(Vec<u8>),
    /// The budget is used up, or the result would be too large.
    Work,
}

impl From<Exhausted> for CallError {
    fn from(_: Exhausted) -> Self {
        Self::Work
    }
}

type Called = Result<Value, CallError>;

/// How matching sees a text.
pub(crate) fn subject(text: &Text) -> Subject<'_> {
    match text.as_str() {
        Some(valid) => Subject::text(valid, text.encoding() == Encoding::Ascii),
        None => Subject::new(text.bytes()),
    }
}

/// Bytes from which on a text that is searched for counts as long.
const LONG_NEEDLE_BYTES: usize = 64;

/// Applies a keyword operator to the string forms of its operands.
pub(crate) fn matches(
    op: MatchOp,
    left: &Text,
    right: &Text,
    context: &mut Context<'_, '_>,
) -> Result<bool, CallError> {
    let mode = match (op, mode(op)) {
        (MatchOp::In, _) => return contains(right, left, context),
        (_, None) => return contains(left, right, context),
        (_, Some(mode)) => mode,
    };
    let is_like = op == MatchOp::Like;
    let release = context.release;
    let failed = || CallError::Regex(wrapped(right.bytes(), op == MatchOp::Irlike, release));
    let pattern = match context.pattern(right, mode)? {
        Some(pattern) => pattern,
        None if is_like => return Ok(false),
        None => return Err(failed()),
    };
    if !is_like {
        *context.warns |= pattern.matches_empty();
    }
    match pattern.is_match(subject(left), context.regex, context.meter) {
        Ok(found) => Ok(found),
        Err(Failure::Exhausted) => Err(CallError::Work),
        Err(_) if is_like => Ok(false),
        Err(_) => Err(failed()),
    }
}

/// Whether a text contains another; false if either is empty.
fn contains(haystack: &Text, needle: &Text, context: &mut Context<'_, '_>) -> Result<bool, CallError> {
    context.charge_search(haystack, needle)?;
    Ok(search::contains(haystack.bytes(), needle.bytes()))
}

impl Context<'_, '_> {
    /// Takes the work of reading `text` once from the budget.
    fn charge(&mut self, text: &Text) -> Result<(), CallError> {
        Ok(self.meter.spend(text.len() as u64 / 4)?)
    }

    /// Takes the work of searching `haystack` once from the budget: long needles are slower to find.
    fn charge_search(&mut self, haystack: &Text, needle: &Text) -> Result<(), CallError> {
        self.charge(haystack)?;
        if needle.len() > LONG_NEEDLE_BYTES {
            self.meter.spend((haystack.len() + needle.len()) as u64)?;
        }
        Ok(())
    }

    /// The compiled pattern; none if it does not compile.
    fn pattern(&mut self, text: &Text, mode: Mode) -> Result<Option<Arc<Pattern>>, CallError> {
        if let Some(literal) = self.literal {
            return Ok(literal.as_ref().ok().cloned());
        }
        Ok(self.patterns.pattern(text.bytes(), mode, self.release, self.meter)?.ok())
    }
}

/// Calls a function. No argument holds anything undefined, and their number was checked.
pub(crate) fn call(function: FunctionId, arguments: &[Value], context: &mut Context<'_, '_>) -> Called {
    let first = arguments.first().unwrap_or(&Value::Null);
    let second = arguments.get(1).unwrap_or(&Value::Null);
    let rest = arguments.get(1..).unwrap_or_default();
    match function {
        FunctionId::String => Ok(first.to_str()),
        FunctionId::Int => Ok(first.to_int()),
        FunctionId::Float => Ok(first.to_float()),
        FunctionId::Bool => Ok(first.to_bool()),
        FunctionId::EqualsToAny => {
            Ok(Value::Bool(rest.iter().any(|other| compare::equal(first, other, true) == Some(true))))
        }
        FunctionId::Length => length(first, context),
        FunctionId::Count => count(arguments, context),
        FunctionId::Rcount => rcount(arguments, context),
        FunctionId::GetMatches => get_matches(&first.to_text(), &second.to_text(), context),
        FunctionId::IpInRange | FunctionId::IpInRanges => ip_in_ranges(first, rest),
        FunctionId::ContainsAny
        | FunctionId::ContainsAll
        | FunctionId::CcnormContainsAny
        | FunctionId::CcnormContainsAll => contains_needles(function, first, rest, context),
        FunctionId::Substr => substr(arguments, context),
        FunctionId::Strpos => strpos(arguments, context),
        FunctionId::StrReplace => str_replace(arguments, context),
        FunctionId::StrReplaceRegexp => str_replace_regexp(arguments, context),
        FunctionId::Specialratio => {
            let text = first.to_text();
            context.meter.spend(text.len() as u64 * 3 / 2)?;
            Ok(if text.is_empty() { Value::FLOAT_OF_ZERO } else { Value::Float(strip::specialratio(text.bytes())) })
        }
        FunctionId::Set => unreachable!("`set` is an instruction of its own"),
        _ => transform(function, &first.to_text(), context),
    }
}

/// Functions from text to text.
fn transform(function: FunctionId, text: &Text, context: &mut Context<'_, '_>) -> Called {
    context.meter.spend(transform_units(function, text))?;
    if let (FunctionId::Lcase | FunctionId::Ucase, Some(changed)) = (function, ascii_case(function, text)) {
        context.meter.spend(changed.len() as u64 / 2)?;
        return Ok(Value::Str(changed));
    }
    let bytes = text.bytes();
    let changed = match function {
        FunctionId::Lcase => Some(case::lower(bytes, context.release)),
        FunctionId::Ucase => Some(case::upper(bytes)),
        FunctionId::Norm => Some(text::norm(context.equivset, bytes)),
        FunctionId::Ccnorm => Some(text::ccnorm(context.equivset, bytes)),
        FunctionId::Rmspecials => strip::rmspecials(bytes),
        FunctionId::Rmdoubles => strip::rmdoubles(bytes),
        FunctionId::Rmwhitespace => strip::rmwhitespace(bytes),
        FunctionId::Rescape => Some(text::rescape(bytes)),
        FunctionId::Sanitize => Some(entities::sanitize(bytes)),
        _ => Some(Cow::Borrowed(bytes)),
    };
    Ok(match changed {
        Some(Cow::Borrowed(same)) if same.len() == bytes.len() => Value::Str(text.clone()),
        Some(changed) => {
            context.meter.spend(changed.len() as u64 / 2)?;
            if keeps_ascii(function) && text.encoding() == Encoding::Ascii {
                Value::Str(Text::ascii_bytes(&changed))
            } else {
                Value::text(changed)
            }
        }
        None => Value::STRING_OF_NULL,
    })
}

/// An ASCII text with its letters in the case that `lcase` or `ucase` gives.
fn ascii_case(function: FunctionId, text: &Text) -> Option<Text> {
    let ascii = text.as_str().filter(|_| text.encoding() == Encoding::Ascii)?;
    let mut changed: Arc<str> = ascii.into();
    let letters = Arc::get_mut(&mut changed)?;
    if function == FunctionId::Lcase {
        letters.make_ascii_lowercase();
    } else {
        letters.make_ascii_uppercase();
    }
    Some(if *changed == *ascii { text.clone() } else { Text::from_ascii(changed) })
}

/// Whether a function from text to text makes ASCII of ASCII.
fn keeps_ascii(function: FunctionId) -> bool {
    matches!(
        function,
        FunctionId::Lcase
            | FunctionId::Ucase
            | FunctionId::Rmspecials
            | FunctionId::Rmdoubles
            | FunctionId::Rmwhitespace
            | FunctionId::Rescape
    )
}

/// Units of work for a function from text to text: what was measured, in nanoseconds, a result of equal length left out.
fn transform_units(function: FunctionId, text: &Text) -> u64 {
    let bytes = text.len() as u64;
    let is_ascii = text.encoding() == Encoding::Ascii;
    match function {
        FunctionId::Sanitize if memchr::memchr(b'&', text.bytes()).is_some() => bytes * 3,
        FunctionId::Lcase | FunctionId::Ucase | FunctionId::Norm if !is_ascii => bytes * 3,
        FunctionId::Ccnorm if !is_ascii => bytes * 2,
        FunctionId::Lcase | FunctionId::Ucase | FunctionId::Sanitize => bytes / 4,
        FunctionId::Norm | FunctionId::Rescape => bytes,
        _ if !is_ascii => bytes * 3 / 2,
        _ => bytes / 2,
    }
}

fn int(number: usize) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn length(value: &Value, context: &mut Context<'_, '_>) -> Called {
    if let Value::Array(list) = value {
        return Ok(int(list.len()));
    }
    let text = value.to_text();
    context.charge(&text)?;
    Ok(int(text::length(text.bytes())))
}

fn commas_and_one(value: &Value) -> Value {
    int(search::count(&value.bytes(), b",") + 1)
}

fn count(arguments: &[Value], context: &mut Context<'_, '_>) -> Called {
    match arguments {
        [Value::Array(list)] => Ok(int(list.len())),
        [needle, haystack] => {
            let haystack = haystack.to_text();
            context.charge(&haystack)?;
            Ok(int(search::count(haystack.bytes(), &needle.bytes())))
        }
        _ => Ok(commas_and_one(arguments.first().unwrap_or(&Value::Null))),
    }
}

fn rcount(arguments: &[Value], context: &mut Context<'_, '_>) -> Called {
    let [regex, haystack] = arguments else {
        return Ok(commas_and_one(arguments.first().unwrap_or(&Value::Null)));
    };
    let (regex, haystack) = (regex.to_text(), haystack.to_text());
    let release = context.release;
    let failed = || CallError::Regex(wrapped(regex.bytes(), false, release));
    let pattern = context.pattern(&regex, Mode::Perl)?.ok_or_else(failed)?;
    *context.warns |= pattern.matches_empty();
    let counted = pattern.count(subject(&haystack), context.regex, context.meter);
    counted.map(int).map_err(|failure| failed_as(failure, failed))
}

fn failed_as(failure: Failure, error: impl FnOnce() -> CallError) -> CallError {
    if failure == Failure::Exhausted { CallError::Work } else { error() }
}

fn get_matches(regex: &Text, haystack: &Text, context: &mut Context<'_, '_>) -> Called {
    let release = context.release;
    let failed = || CallError::Regex(wrapped(regex.bytes(), false, release));
    let pattern = context.pattern(regex, Mode::Perl)?.ok_or_else(failed)?;
    *context.warns |= pattern.matches_empty();
    let captures = pattern
        .captures(subject(haystack), context.regex, context.meter)
        .map_err(|failure| failed_as(failure, failed))?
        .unwrap_or_default();
    let bytes = |range: &Option<std::ops::Range<usize>>| {
        let part = range.clone().and_then(|range| haystack.bytes().get(range));
        Value::text(part.unwrap_or_default())
    };
    let set = captures.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    let captures = captures.get(..set).unwrap_or_default();
    let mut matches: Vec<Value> = Vec::with_capacity(captures.len());
    for (number, range) in captures.iter().enumerate() {
        // 1.39 lists a named group under its name too.
        if context.release == Release::V1_39 && pattern.is_named(number) {
            matches.push(bytes(range));
        }
        matches.push(bytes(range));
    }
    let guessed = guessed_groups(regex.bytes(), context.release);
    while matches.len() < guessed {
        matches.push(Value::Bool(false));
    }
    Ok(Value::Array(matches.into_iter().collect()))
}

fn ip_in_ranges(address: &Value, ranges: &[Value]) -> Called {
    let mut parsed = Vec::with_capacity(ranges.len());
    for range in ranges {
        let text = range.bytes();
        let Some(range) = ip::IpRange::parse(&text) else {
            return Err(CallError::IpRange(text.into_owned()));
        };
        parsed.push(range);
    }
    let address = ip::Address::parse(&address.bytes());
    let is_inside = match address {
        Some(address) => parsed.iter().any(|range| range.contains(&address)),
        // The reference finds what is no address in a range that holds none.
        None => parsed.iter().any(ip::IpRange::is_empty),
    };
    Ok(Value::Bool(is_inside))
}

fn contains_needles(
    function: FunctionId,
    haystack: &Value,
    needles: &[Value],
    context: &mut Context<'_, '_>,
) -> Called {
    let normalises = matches!(function, FunctionId::CcnormContainsAny | FunctionId::CcnormContainsAll);
    let wants_all = matches!(function, FunctionId::ContainsAll | FunctionId::CcnormContainsAll);
    let haystack = haystack.to_text();
    if haystack.is_empty() {
        return Ok(Value::Bool(false));
    }
    let equivset = context.equivset;
    context.charge(&haystack)?;
    let mapped;
    let text = if normalises {
        mapped = equivset.apply(haystack.bytes());
        mapped.as_ref()
    } else {
        haystack.bytes()
    };
    for needle in needles {
        // A string of null is found everywhere, unlike the empty string.
        if needle.is_string_of_null() && !normalises && !wants_all {
            return Ok(Value::Bool(true));
        }
        let needle = needle.bytes();
        let needle = if normalises { equivset.apply(&needle) } else { Cow::Borrowed(needle.as_ref()) };
        if needle.is_empty() {
            continue;
        }
        context.meter.spend(text.len() as u64 / 8 + 20)?;
        if search::contains(text, &needle) != wants_all {
            return Ok(Value::Bool(!wants_all));
        }
    }
    Ok(Value::Bool(wants_all))
}

fn substr(arguments: &[Value], context: &mut Context<'_, '_>) -> Called {
    let text = arguments.first().unwrap_or(&Value::Null).to_text();
    // The part is a text of its own.
    context.meter.spend(text.len() as u64)?;
    let offset = arguments.get(1).map_or(0, Value::int);
    let length = arguments.get(2).map(Value::int);
    if let (Encoding::Ascii, Some(ascii)) = (text.encoding(), text.as_str()) {
        return Ok(Value::Str(Text::ascii(substring::substr_ascii(ascii, offset, length))));
    }
    Ok(Value::Str(Text::new(substring::substr(text.bytes(), offset, length, context.release))))
}

fn strpos(arguments: &[Value], context: &mut Context<'_, '_>) -> Called {
    let text = arguments.first().unwrap_or(&Value::Null).to_text();
    let needle = arguments.get(1).unwrap_or(&Value::Null).to_text();
    context.charge_search(&text, &needle)?;
    let offset = arguments.get(2).map_or(0, Value::int);
    if arguments.get(1).is_some_and(Value::is_string_of_null) {
        return Ok(Value::Int(offset.max(0)));
    }
    let found = substring::strpos(text.bytes(), needle.bytes(), offset);
    Ok(found.map_or(Value::Int(-1), int))
}

fn str_replace(arguments: &[Value], context: &mut Context<'_, '_>) -> Called {
    let [text, search, replacement] = arguments else { return Ok(Value::Null) };
    let text = text.to_text();
    // In the worst case every second byte is replaced.
    context.meter.spend(5 * text.len() as u64)?;
    let replacement = replacement.bytes();
    let replaced = search::str_replace(text.bytes(), &search.bytes(), &replacement, RESULT_BYTES_MAX)
        .map_err(|_| CallError::Work)?;
    context.meter.spend(replaced.len() as u64 / 2)?;
    let is_ascii = text.encoding() == Encoding::Ascii && replacement.is_ascii();
    Ok(Value::Str(if is_ascii { Text::ascii_bytes(&replaced) } else { Text::new(replaced) }))
}

fn str_replace_regexp(arguments: &[Value], context: &mut Context<'_, '_>) -> Called {
    let [text, regex, replacement] = arguments else { return Ok(Value::Null) };
    let (text, regex) = (text.to_text(), regex.to_text());
    // Unlike elsewhere, the message shows the raw pattern, and the test on the empty string takes it for one with
    // delimiters of its own.
    let failed = || CallError::Regex(regex.bytes().to_vec());
    if let Some((inner, caseless)) = delimited(regex.bytes()) {
        // Without the modifier `u` each byte is a character of its own: as if the text were Latin-1.
        let inner: String = inner.iter().copied().map(char::from).collect();
        let inner = inner.as_bytes();
        let mode = if caseless { Mode::PerlCaseless } else { Mode::Perl };
        let pattern = context.patterns.pattern(inner, mode, context.release, context.meter)?;
        *context.warns |= pattern.is_ok_and(|pattern| pattern.matches_empty());
    }
    let pattern = context.pattern(&regex, Mode::Perl)?.ok_or_else(failed)?;
    let replaced = pattern
        .replace_all(subject(&text), &replacement.bytes(), RESULT_BYTES_MAX, context.regex, context.meter)
        .map_err(|failure| failed_as(failure, failed))?;
    Ok(Value::text(replaced))
}

/// Takes the delimiters off a pattern written as PHP's functions want it: the inner pattern, and whether case counts
/// for nothing.
fn delimited(regex: &[u8]) -> Option<(&[u8], bool)> {
    let start = regex.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let regex = regex.get(start..)?;
    let open = *regex.first()?;
    if open.is_ascii_alphanumeric() || matches!(open, b'\\' | 0) || open >= 0x80 {
        return None;
    }
    let close = match open {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        b'<' => b'>',
        other => other,
    };
    let end = regex.iter().rposition(|byte| *byte == close).filter(|end| *end > 0)?;
    let modifiers = regex.get(end + 1..)?;
    let known = modifiers.iter().all(|byte| b"imsxnADSUXJur \n\r".contains(byte));
    known.then_some((regex.get(1..end)?, modifiers.contains(&b'i')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_taken_off_as_php_does() {
        assert_eq!(delimited(b"//"), Some((b"".as_slice(), false)));
        assert_eq!(delimited(b" #a*#i"), Some((b"a*".as_slice(), true)));
        assert_eq!(delimited(b"{x}"), Some((b"x".as_slice(), false)));
        assert_eq!(delimited(b"x*"), None);
        assert_eq!(delimited(b"/x"), None);
        assert_eq!(delimited(b"/x/q"), None);
    }
}
