//! Text to tokens.

use crate::error::{ErrorId, Param, RuleError, Span};

/// Longest text that is taken, in bytes. AbuseFilter's column holds 65,530; the service's setting may allow 262,144.
pub const SOURCE_BYTES_MAX: usize = 262_144;

/// An operator or punctuation mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named after the characters in `Symbol::text`")]
pub enum Symbol {
    Comma,
    ParenOpen,
    ParenClose,
    BracketOpen,
    BracketClose,
    Semicolon,
    NotIdentical,
    NotEqual,
    Not,
    Power,
    Times,
    Divide,
    Plus,
    Minus,
    Modulo,
    And,
    Or,
    Xor,
    Assign,
    Question,
    Colon,
    LessEqual,
    Less,
    GreaterEqual,
    Greater,
    Identical,
    Equal,
    EqualSingle,
}

/// Symbols by their text; of two that fit, the longer stands first.
pub const SYMBOLS: [(Symbol, &str); 28] = [
    (Symbol::Comma, ","),
    (Symbol::ParenOpen, "("),
    (Symbol::ParenClose, ")"),
    (Symbol::BracketOpen, "["),
    (Symbol::BracketClose, "]"),
    (Symbol::Semicolon, ";"),
    (Symbol::NotIdentical, "!=="),
    (Symbol::NotEqual, "!="),
    (Symbol::Not, "!"),
    (Symbol::Power, "**"),
    (Symbol::Times, "*"),
    (Symbol::Divide, "/"),
    (Symbol::Plus, "+"),
    (Symbol::Minus, "-"),
    (Symbol::Modulo, "%"),
    (Symbol::And, "&"),
    (Symbol::Or, "|"),
    (Symbol::Xor, "^"),
    (Symbol::Assign, ":="),
    (Symbol::Question, "?"),
    (Symbol::Colon, ":"),
    (Symbol::LessEqual, "<="),
    (Symbol::Less, "<"),
    (Symbol::GreaterEqual, ">="),
    (Symbol::Greater, ">"),
    (Symbol::Identical, "==="),
    (Symbol::Equal, "=="),
    (Symbol::EqualSingle, "="),
];

/// By first byte: where its symbols begin in [`SYMBOLS`], whose length stands for none.
const SYMBOLS_FROM: [usize; 256] = {
    let mut from = [SYMBOLS.len(); 256];
    let mut index = SYMBOLS.len();
    while index > 0 {
        index -= 1;
        from[SYMBOLS[index].1.as_bytes()[0] as usize] = index;
    }
    from
};

impl Symbol {
    /// The characters.
    pub fn text(self) -> &'static str {
        SYMBOLS.iter().find(|(symbol, _)| *symbol == self).map_or("", |(_, text)| text)
    }
}

/// A word with a meaning of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named after its spelling")]
pub enum Keyword {
    In,
    Like,
    True,
    False,
    Null,
    Contains,
    Matches,
    Rlike,
    Irlike,
    Regex,
    If,
    Then,
    Else,
    End,
}

/// Keywords by their spelling.
pub const KEYWORDS: [(Keyword, &str); 14] = [
    (Keyword::In, "in"),
    (Keyword::Like, "like"),
    (Keyword::True, "true"),
    (Keyword::False, "false"),
    (Keyword::Null, "null"),
    (Keyword::Contains, "contains"),
    (Keyword::Matches, "matches"),
    (Keyword::Rlike, "rlike"),
    (Keyword::Irlike, "irlike"),
    (Keyword::Regex, "regex"),
    (Keyword::If, "if"),
    (Keyword::Then, "then"),
    (Keyword::Else, "else"),
    (Keyword::End, "end"),
];

impl Keyword {
    /// The spelling.
    pub fn text(self) -> &'static str {
        KEYWORDS.iter().find(|(keyword, _)| *keyword == self).map_or("", |(_, text)| text)
    }
}

/// What a token is, with its value.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind {
    /// The end of the text.
    None,
    /// A name.
    Id(String),
    /// A keyword.
    Keyword(Keyword),
    /// A string, escapes resolved.
    Str(Vec<u8>),
    /// A whole number.
    Int(i64),
    /// A number with a point.
    Float(f64),
    /// An operator or punctuation mark.
    Symbol(Symbol),
}

impl TokenKind {
    /// The type's name as AbuseFilter's messages have it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::None => "T_NONE",
            Self::Id(_) => "T_ID",
            Self::Keyword(_) => "T_KEYWORD",
            Self::Str(_) => "T_STRING",
            Self::Int(_) => "T_INT",
            Self::Float(_) => "T_FLOAT",
            Self::Symbol(Symbol::Comma) => "T_COMMA",
            Self::Symbol(Symbol::ParenOpen | Symbol::ParenClose) => "T_BRACE",
            Self::Symbol(Symbol::BracketOpen | Symbol::BracketClose) => "T_SQUARE_BRACKET",
            Self::Symbol(Symbol::Semicolon) => "T_STATEMENT_SEPARATOR",
            Self::Symbol(_) => "T_OP",
        }
    }

    /// The value as a message's parameter.
    pub fn param(&self) -> Param {
        match self {
            Self::None => Param::from(""),
            Self::Id(name) => Param::from(name.as_str()),
            Self::Keyword(keyword) => Param::from(keyword.text()),
            Self::Str(bytes) => Param::Text(bytes.clone()),
            Self::Int(number) => Param::Int(*number),
            Self::Float(number) => Param::Float(*number),
            Self::Symbol(symbol) => Param::from(symbol.text()),
        }
    }
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte and the offset behind its last one. White space and comments lie between tokens.
    pub span: Span,
}

/// Cuts a rule into tokens; the last is [`TokenKind::None`]. Comments come beside them, for the formatter.
///
/// # Errors
/// `unclosedcomment`, `unclosedstring`, `unrecognisedtoken`, and `toolong` beyond [`SOURCE_BYTES_MAX`].
pub fn lex(source: &[u8]) -> Result<(Vec<Token>, Vec<Span>), Box<RuleError>> {
    if source.len() > SOURCE_BYTES_MAX {
        let span = Span { start: 0, end: 0 };
        return Err(RuleError::new(ErrorId::TooLong, 0, span, vec![Param::from(SOURCE_BYTES_MAX)]));
    }
    let mut lexer = Lexer { source, at: 0, comments: Vec::new() };
    let mut tokens = Vec::with_capacity(source.len() / 4 + 1);
    loop {
        let token = lexer.token()?;
        let last = token.kind == TokenKind::None;
        tokens.push(token);
        if last {
            return Ok((tokens, lexer.comments));
        }
    }
}

struct Lexer<'a> {
    source: &'a [u8],
    at: usize,
    comments: Vec<Span>,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0x09..=0x0D | 0x20)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the text begins with a word character: a letter or number of any script, or `_`.
fn begins_word(text: &[u8]) -> bool {
    match text.first() {
        Some(byte) if byte.is_ascii() => is_word(*byte),
        Some(_) => {
            let character = text.get(..text.len().min(4)).and_then(|head| head.utf8_chunks().next());
            character.and_then(|chunk| chunk.valid().chars().next()).is_some_and(char::is_alphanumeric)
        }
        None => false,
    }
}

/// Offsets fit: the source is at most [`SOURCE_BYTES_MAX`] long.
#[expect(clippy::cast_possible_truncation, reason = "bounded by SOURCE_BYTES_MAX")]
fn offset(at: usize) -> u32 {
    at as u32
}

impl Lexer<'_> {
    fn rest(&self) -> &[u8] {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.source.get(self.at + ahead).copied()
    }

    fn span_from(&self, start: usize) -> Span {
        Span { start: offset(start), end: offset(self.at) }
    }

    fn skip_space(&mut self) {
        while self.peek(0).is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// Skips white space and comments. The end of a comment is searched from before the white space in front of it.
    fn skip_blank(&mut self) -> Result<(), Box<RuleError>> {
        loop {
            let before = self.at;
            self.skip_space();
            if !self.rest().starts_with(b"/*") {
                return Ok(());
            }
            let start = self.at;
            let Some(end) = memchr::memmem::find(self.source.get(before..).unwrap_or_default(), b"*/") else {
                let span = Span { start: offset(start), end: offset(self.source.len()) };
                return Err(RuleError::new(ErrorId::UnclosedComment, offset(before), span, Vec::new()));
            };
            self.at = before + end + 2;
            self.comments.push(self.span_from(start));
        }
    }

    fn token(&mut self) -> Result<Token, Box<RuleError>> {
        let from = self.at;
        self.skip_blank()?;
        let start = self.at;
        let kind = match self.peek(0) {
            None => TokenKind::None,
            Some(quote @ (b'"' | b'\'')) => self.string(quote)?,
            Some(_) => match self.symbol().or_else(|| self.number()).or_else(|| self.word()) {
                Some(kind) => kind,
                None => return Err(self.unrecognised(from, start)),
            },
        };
        Ok(Token { kind, span: self.span_from(start) })
    }

    fn unrecognised(&self, from: usize, start: usize) -> Box<RuleError> {
        let rest = self.source.get(from..).unwrap_or_default().to_vec();
        let width = self.rest().iter().skip(1).take_while(|byte| (**byte & 0xC0) == 0x80).count() + 1;
        let span = Span { start: offset(start), end: offset(start + width) };
        RuleError::new(ErrorId::UnrecognisedToken, offset(from), span, vec![Param::Text(rest)])
    }

    fn symbol(&mut self) -> Option<TokenKind> {
        let rest = self.rest();
        let first = SYMBOLS_FROM.get(usize::from(*rest.first()?)).copied()?;
        let symbols = SYMBOLS.get(first..)?;
        let (symbol, text) = symbols.iter().find(|(_, text)| rest.starts_with(text.as_bytes()))?;
        self.at += text.len();
        Some(TokenKind::Symbol(*symbol))
    }

    fn word(&mut self) -> Option<TokenKind> {
        let length = self.rest().iter().take_while(|byte| is_word(**byte)).count();
        let word = std::str::from_utf8(self.rest().get(..length)?).ok().filter(|word| !word.is_empty())?;
        let kind = KEYWORDS
            .iter()
            .find(|(_, text)| *text == word)
            .map_or_else(|| TokenKind::Id(word.to_owned()), |(keyword, _)| TokenKind::Keyword(*keyword));
        self.at += length;
        Some(kind)
    }

    fn string(&mut self, quote: u8) -> Result<TokenKind, Box<RuleError>> {
        let start = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let plain = self.rest().iter().take_while(|byte| **byte != quote && **byte != b'\\').count();
            bytes.extend_from_slice(self.rest().get(..plain).unwrap_or_default());
            self.at += plain;
            match (self.peek(0), self.peek(1)) {
                (Some(b'\\'), Some(escaped)) => self.escape(quote, escaped, &mut bytes),
                (Some(byte), _) if byte == quote => {
                    self.at += 1;
                    return Ok(TokenKind::Str(bytes));
                }
                _ => {
                    let end = offset(self.source.len());
                    let span = Span { start: offset(start), end };
                    return Err(RuleError::new(ErrorId::UnclosedString, end, span, Vec::new()));
                }
            }
        }
    }

    fn escape(&mut self, quote: u8, escaped: u8, bytes: &mut Vec<u8>) {
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        self.at += 2;
        match escaped {
            b'\\' => bytes.push(b'\\'),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'x' => {
                if let (Some(high), Some(low)) = (hex(self.peek(0)), hex(self.peek(1))) {
                    bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                    self.at += 2;
                } else {
                    bytes.extend_from_slice(b"\\x");
                }
            }
            other if other == quote => bytes.push(quote),
            other => bytes.extend_from_slice(&[b'\\', other]),
        }
    }

    fn number(&mut self) -> Option<TokenKind> {
        let base = match (self.peek(0), self.peek(1)) {
            (Some(b'0'), Some(b'x')) => 16,
            (Some(b'0'), Some(b'o')) => 8,
            (Some(b'0'), Some(b'b')) => 2,
            _ => 10,
        };
        let (base, length) = match self.digits(2).filter(|_| base != 10) {
            Some(length) => (base, length),
            None => (10, self.digits(0)?),
        };
        let skip = if base == 10 { 0 } else { 2 };
        let digits = std::str::from_utf8(self.rest().get(skip..skip + length)?).ok()?;
        let fits = digits.bytes().all(|byte| match base {
            10 => byte.is_ascii_digit() || byte == b'.',
            _ => char::from(byte).is_digit(base),
        });
        if !fits {
            return None;
        }
        let kind = if digits.contains('.') { TokenKind::Float(decimal(digits)) } else { whole(digits, base) };
        self.at += skip + length;
        Some(kind)
    }

    /// Length of the longest run of digits at `skip` that no word character follows: hex digits, a point, decimals.
    fn digits(&self, skip: usize) -> Option<usize> {
        let rest = self.rest().get(skip..)?;
        let whole = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let ends = |length: usize| (length > 0 && !begins_word(rest.get(length..)?)).then_some(length);
        if rest.get(whole) == Some(&b'.') {
            let decimals = rest.iter().skip(whole + 1).take_while(|byte| byte.is_ascii_digit()).count();
            if whole > 0 || decimals > 0 {
                let point = if whole > 0 { ends(whole + 1) } else { None };
                return ends(whole + 1 + decimals).or(point).or(ends(whole));
            }
            return None;
        }
        ends(whole)
    }
}

fn decimal(digits: &str) -> f64 {
    // A second point cannot follow: `digits` stops behind the first. A lone leading or trailing point is fine.
    digits.parse().unwrap_or(0.0)
}

fn whole(digits: &str, base: u32) -> TokenKind {
    let number = i64::from_str_radix(digits, base).unwrap_or_else(|_| {
        let double = digits
            .chars()
            .fold(0.0_f64, |sum, digit| sum * f64::from(base) + f64::from(digit.to_digit(base).unwrap_or_default()));
        // Beyond the doubles the host's cast of infinity gives 0.
        if double.is_finite() { i64::MAX } else { 0 }
    });
    TokenKind::Int(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<TokenKind> {
        let mut kinds: Vec<_> = lex(source.as_bytes()).unwrap().0.into_iter().map(|token| token.kind).collect();
        assert_eq!(kinds.pop(), Some(TokenKind::None));
        kinds
    }

    #[test]
    fn numbers_are_read_as_the_table_of_the_specification_says() {
        let id = |name: &str| TokenKind::Id(name.to_owned());
        for (source, expected) in [
            ("007", vec![TokenKind::Int(7)]),
            ("1.", vec![TokenKind::Float(1.0)]),
            (".5", vec![TokenKind::Float(0.5)]),
            ("0x1F", vec![TokenKind::Int(31)]),
            ("0b101", vec![TokenKind::Int(5)]),
            ("0o17", vec![TokenKind::Int(15)]),
            ("0X1F", vec![id("0X1F")]),
            ("0b2", vec![id("0b2")]),
            ("0x", vec![id("0x")]),
            ("1e5", vec![id("1e5")]),
            ("12_3", vec![id("12_3")]),
            ("1.5.2", vec![TokenKind::Float(1.5), TokenKind::Float(0.2)]),
            ("9223372036854775808", vec![TokenKind::Int(i64::MAX)]),
            ("0x1.8", vec![id("0x1"), TokenKind::Float(0.8)]),
        ] {
            assert_eq!(kinds(source), expected, "{source}");
        }
        assert_eq!(lex(b"1.2a").unwrap_err().position, Some(1));
    }

    #[test]
    fn a_comment_may_end_where_it_begins() {
        assert_eq!(kinds("/*/ 1"), vec![TokenKind::Int(1)]);
    }

    #[test]
    fn keywords_count_in_lower_case_only() {
        assert_eq!(kinds("in IN"), vec![TokenKind::Keyword(Keyword::In), TokenKind::Id("IN".to_owned())]);
    }
}
