//! Errors and warnings of rules: ids, positions, parameters.

use std::fmt;

/// A range of bytes of the rule's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

/// What is wrong with a rule; the texts are AbuseFilter's message ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorId {
    /// A comment without its end.
    UnclosedComment,
    /// A string literal without its end.
    UnclosedString,
    /// Bytes that begin no token. Parameter: the rest of the text.
    UnrecognisedToken,
    /// No operand can begin here. Parameters: token type and value.
    UnexpectedToken,
    /// A keyword where an operand is expected. Parameter: the keyword.
    UnrecognisedKeyword,
    /// A closing word or bracket is missing. Parameters: what was expected, type and value of what was found.
    ExpectedNotFound,
    /// Something follows the complete rule. Parameter: the token type.
    UnexpectedAtEnd,
    /// No function of that name. Parameter: the name.
    UnknownFunction,
    /// A function that needs one argument got none. Parameters: name, needed, given.
    NoParams,
    /// Too few arguments. Parameters: name, needed, given.
    NotEnoughArgs,
    /// Too many arguments. Parameters: name, allowed, given.
    TooManyArgs,
    /// The first argument of `set` is not a string literal.
    VariableVariable,
    /// No variable of that name. Parameter: the name.
    UnrecognisedVar,
    /// A variable that exists no more. Parameter: the name.
    DisabledVar,
    /// A function or keyword used as a variable. Parameter: the name.
    UseBuiltin,
    /// An assignment to a reserved name. Parameter: the name.
    OverrideBuiltin,
    /// Division by zero. Parameter: the left number.
    DivideByZero,
    /// A regular expression that does not compile or ran into a limit. Parameter: the pattern.
    RegexFailure,
    /// A text that is no IP range. Parameter: the text.
    InvalidIpRange,
    /// An index on something that is no array.
    NotArray,
    /// An index beyond the end. Parameters: index and length.
    OutOfBounds,
    /// A negative index. Parameter: the index.
    NegativeIndex,
    /// The action's condition limit was passed.
    ConditionLimit,
    /// Ours: an operand that the operator cannot take (unary minus on an array).
    BadOperand,
    /// Ours: brackets and branches are nested too deeply.
    TooDeep,
    /// Ours: the rule used up its budget of work or memory.
    WorkLimit,
    /// Ours: the text is longer than a rule may be, or has too many parts. Parameter: the limit in bytes.
    TooLong,
}

impl ErrorId {
    /// All ids, in the order of the language's specification.
    pub const ALL: [Self; 27] = [
        Self::UnclosedComment,
        Self::UnclosedString,
        Self::UnrecognisedToken,
        Self::UnexpectedToken,
        Self::UnrecognisedKeyword,
        Self::ExpectedNotFound,
        Self::UnexpectedAtEnd,
        Self::UnknownFunction,
        Self::NoParams,
        Self::NotEnoughArgs,
        Self::TooManyArgs,
        Self::VariableVariable,
        Self::UnrecognisedVar,
        Self::DisabledVar,
        Self::UseBuiltin,
        Self::OverrideBuiltin,
        Self::DivideByZero,
        Self::RegexFailure,
        Self::InvalidIpRange,
        Self::NotArray,
        Self::OutOfBounds,
        Self::NegativeIndex,
        Self::ConditionLimit,
        Self::BadOperand,
        Self::TooDeep,
        Self::WorkLimit,
        Self::TooLong,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnclosedComment => "unclosedcomment",
            Self::UnclosedString => "unclosedstring",
            Self::UnrecognisedToken => "unrecognisedtoken",
            Self::UnexpectedToken => "unexpectedtoken",
            Self::UnrecognisedKeyword => "unrecognisedkeyword",
            Self::ExpectedNotFound => "expectednotfound",
            Self::UnexpectedAtEnd => "unexpectedatend",
            Self::UnknownFunction => "unknownfunction",
            Self::NoParams => "noparams",
            Self::NotEnoughArgs => "notenoughargs",
            Self::TooManyArgs => "toomanyargs",
            Self::VariableVariable => "variablevariable",
            Self::UnrecognisedVar => "unrecognisedvar",
            Self::DisabledVar => "disabledvar",
            Self::UseBuiltin => "usebuiltin",
            Self::OverrideBuiltin => "overridebuiltin",
            Self::DivideByZero => "dividebyzero",
            Self::RegexFailure => "regexfailure",
            Self::InvalidIpRange => "invalidiprange",
            Self::NotArray => "notarray",
            Self::OutOfBounds => "outofbounds",
            Self::NegativeIndex => "negativeindex",
            Self::ConditionLimit => "conditionlimit",
            Self::BadOperand => "badoperand",
            Self::TooDeep => "toodeep",
            Self::WorkLimit => "worklimit",
            Self::TooLong => "toolong",
        }
    }
}

/// A parameter of an error's message.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    /// Text, not necessarily UTF-8.
    Text(Vec<u8>),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.as_bytes().to_vec())
    }
}

impl From<usize> for Param {
    fn from(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(bytes) => f.write_str(&String::from_utf8_lossy(bytes)),
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
        }
    }
}

/// Why a rule cannot be parsed, checked or evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", self.message())]
pub struct RuleError {
    /// What is wrong.
    pub id: ErrorId,
    /// The byte offset that AbuseFilter reports; none for [`ErrorId::ConditionLimit`].
    pub position: Option<u32>,
    /// Parameters of the message.
    pub params: Vec<Param>,
    /// The bytes of the text that the error is about, for people.
    pub span: Span,
}

impl RuleError {
    pub(crate) fn new(id: ErrorId, position: u32, span: Span, params: Vec<Param>) -> Box<Self> {
        Box::new(Self { id, position: Some(position), params, span })
    }

    /// The error as a sentence in English.
    pub fn message(&self) -> String {
        let param = |index: usize| self.params.get(index).map(ToString::to_string).unwrap_or_default();
        match self.id {
            ErrorId::UnclosedComment => "this comment has no end".to_owned(),
            ErrorId::UnclosedString => "this string has no end".to_owned(),
            ErrorId::UnrecognisedToken => "no token begins like this".to_owned(),
            ErrorId::UnexpectedToken if param(0) == "T_NONE" => "the rule ends where a value is expected".to_owned(),
            ErrorId::UnexpectedToken => format!("`{}` stands where a value is expected", param(1)),
            ErrorId::UnrecognisedKeyword => format!("the keyword `{}` stands where a value is expected", param(0)),
            ErrorId::ExpectedNotFound if param(1) == "T_NONE" => {
                format!("the rule ends where `{}` is expected", param(0))
            }
            ErrorId::ExpectedNotFound => format!("`{}` is expected, but here stands `{}`", param(0), param(2)),
            ErrorId::UnexpectedAtEnd => "the rule is complete before this".to_owned(),
            ErrorId::UnknownFunction => format!("there is no function `{}`", param(0)),
            ErrorId::NoParams => format!("`{}` needs an argument", param(0)),
            ErrorId::NotEnoughArgs => {
                format!("`{}` needs at least {} arguments, but has {}", param(0), param(1), param(2))
            }
            ErrorId::TooManyArgs => {
                format!("`{}` takes at most {}, but has {}", param(0), counted(&param(1), "argument"), param(2))
            }
            ErrorId::VariableVariable => "the name to set must be written as a string".to_owned(),
            ErrorId::UnrecognisedVar => format!("there is no variable `{}`", param(0)),
            ErrorId::DisabledVar => format!("the variable `{}` exists no more", param(0)),
            ErrorId::UseBuiltin => format!("`{}` is a function or keyword, not a variable", param(0)),
            ErrorId::OverrideBuiltin => format!("`{}` is a reserved name and cannot be set", param(0)),
            ErrorId::DivideByZero => format!("division of {} by zero", param(0)),
            ErrorId::RegexFailure => format!("the regular expression {} does not work", param(0)),
            ErrorId::InvalidIpRange => format!("`{}` is no range of IP addresses", param(0)),
            ErrorId::NotArray => "only an array has elements".to_owned(),
            ErrorId::OutOfBounds => {
                format!("the array has {1}, so there is no element {0}", param(0), counted(&param(1), "element"))
            }
            ErrorId::NegativeIndex => format!("the index {} is negative", param(0)),
            ErrorId::ConditionLimit => "the action's condition limit is used up".to_owned(),
            ErrorId::BadOperand => "an array has no negative".to_owned(),
            ErrorId::TooDeep => "brackets and branches are nested too deeply".to_owned(),
            ErrorId::WorkLimit => "the rule used up its budget of work".to_owned(),
            ErrorId::TooLong => format!("the rule is longer than {} bytes", param(0)),
        }
    }

    /// What to do about it, where there is something general to say.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self.id {
            ErrorId::UnclosedComment => "end it with */",
            ErrorId::UnclosedString => "end it with the quotation mark it begins with; inside, write \\\" or \\'",
            ErrorId::UnexpectedAtEnd => "join two conditions with & or |, two statements with ;",
            ErrorId::VariableVariable => "write set(\"name\", value), or name := value",
            ErrorId::UseBuiltin => "a function is called with brackets; true, false and null are written in lower case",
            ErrorId::OverrideBuiltin => "choose another name",
            ErrorId::RegexFailure => "patterns are PCRE's, written without slashes around them",
            ErrorId::InvalidIpRange => "write 192.0.2.0/24, 192.0.2.1-192.0.2.9 or a single address",
            ErrorId::NotArray => "strings have no elements: use substr, or get_matches",
            ErrorId::ConditionLimit => "put cheap conditions first, so that most actions end there",
            ErrorId::TooDeep => "give parts of the rule a name with :=",
            ErrorId::WorkLimit => {
                "look for patterns with nested repetition such as (a+)+, and test shorter texts first"
            }
            _ => return None,
        })
    }
}

/// A remark that does not stop a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// AbuseFilter's message id; so far always `match-empty-regex`.
    pub id: &'static str,
    /// The byte offset that AbuseFilter reports.
    pub position: u32,
}

/// `1 element`, `2 elements`.
fn counted(count: &str, noun: &str) -> String {
    format!("{count} {noun}{}", if count == "1" { "" } else { "s" })
}
