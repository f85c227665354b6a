//! What is wrong with a rule, in the reader's language.

use super::{Argument, Text};
use wikiward_rules::error::ErrorId;

/// The error in one sentence or two. `params` are those of the error, as text.
///
/// More general than what the filter language says of it in English, which looks at the text around the place.
pub fn rule_error(text: Text, id: ErrorId, params: &[String]) -> String {
    let param = |at: usize| params.get(at).map_or("", String::as_str);
    let number = |at: usize| match param(at).parse::<i64>() {
        Ok(number) => Argument::Number(number),
        Err(_) => param(at).into(),
    };
    let is_at_end = |at: usize| param(at) == "T_NONE";
    match id {
        ErrorId::UnclosedComment => text.say("language-unclosedcomment"),
        ErrorId::UnclosedString => text.say("language-unclosedstring"),
        ErrorId::UnrecognisedToken => text.say("language-unrecognisedtoken"),
        ErrorId::UnexpectedToken if is_at_end(0) => text.say("language-unexpectedend"),
        ErrorId::UnexpectedToken => text.with("language-unexpectedtoken", &[param(1).into()]),
        ErrorId::UnrecognisedKeyword => text.with("language-unrecognisedkeyword", &[param(0).into()]),
        ErrorId::ExpectedNotFound if is_at_end(1) => text.with("language-expectedatend", &[param(0).into()]),
        ErrorId::ExpectedNotFound => text.with("language-expectednotfound", &[param(0).into(), param(2).into()]),
        ErrorId::UnexpectedAtEnd => text.say("language-unexpectedatend"),
        ErrorId::UnknownFunction => text.with("language-unknownfunction", &[param(0).into()]),
        ErrorId::NoParams => text.with("language-noparams", &[param(0).into()]),
        ErrorId::NotEnoughArgs => text.with("language-notenoughargs", &[param(0).into(), number(1), number(2)]),
        ErrorId::TooManyArgs => text.with("language-toomanyargs", &[param(0).into(), number(1), number(2)]),
        ErrorId::VariableVariable => text.say("language-variablevariable"),
        ErrorId::UnrecognisedVar => text.with("language-unrecognisedvar", &[param(0).into()]),
        ErrorId::DisabledVar => text.with("language-disabledvar", &[param(0).into()]),
        ErrorId::UseBuiltin => text.with("language-usebuiltin", &[param(0).into()]),
        ErrorId::OverrideBuiltin => text.with("language-overridebuiltin", &[param(0).into()]),
        ErrorId::DivideByZero => text.with("language-dividebyzero", &[param(0).into()]),
        ErrorId::RegexFailure => text.with("language-regexfailure", &[param(0).into()]),
        ErrorId::InvalidIpRange => text.with("language-invalidiprange", &[param(0).into()]),
        ErrorId::NotArray => text.say("language-notarray"),
        ErrorId::OutOfBounds => text.with("language-outofbounds", &[number(0), number(1)]),
        ErrorId::NegativeIndex => text.with("language-negativeindex", &[number(0)]),
        ErrorId::ConditionLimit => text.say("language-conditionlimit"),
        ErrorId::BadOperand => text.say("language-badoperand"),
        ErrorId::TooDeep => text.say("language-toodeep"),
        ErrorId::WorkLimit => text.say("language-worklimit"),
        ErrorId::TooLong => text.with("language-toolong", &[number(0)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn said(language: Language, id: ErrorId, params: &[&str]) -> String {
        let params: Vec<String> = params.iter().map(ToString::to_string).collect();
        rule_error(Text::new(language), id, &params)
    }

    #[test]
    fn errors_are_said_with_what_belongs_to_them() {
        let german = |id, params: &[&str]| said(Language::De, id, params);
        assert_eq!(
            german(ErrorId::NotEnoughArgs, &["substr", "2", "1"]),
            "„substr“ braucht mindestens 2 Argumente, hat aber 1."
        );
        assert_eq!(german(ErrorId::UnexpectedToken, &["T_NONE", ""]), "Die Regel endet, wo ein Wert erwartet wird.");
        assert_eq!(
            german(ErrorId::ExpectedNotFound, &[")", "T_ID", "user_name"]),
            "„)“ wird erwartet, aber hier steht „user_name“."
        );
        assert_eq!(
            german(ErrorId::RegexFailure, &["1000("]).lines().next().map(|line| line.contains("„1000(“")),
            Some(true)
        );
    }

    #[test]
    fn every_error_is_said_differently_in_every_language() {
        for id in ErrorId::ALL {
            let of = |language| said(language, id, &["lcase", "2", "1"]);
            let (english, german, arabic) = (of(Language::En), of(Language::De), of(Language::Ar));
            assert!(english != german && german != arabic && english != arabic, "{}", id.name());
            assert!(!english.contains('$') && !arabic.contains('$'), "{}", id.name());
        }
    }
}
