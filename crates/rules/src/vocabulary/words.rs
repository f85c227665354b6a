//! Documentation of keywords and operators, for editors.

use crate::syntax::lexer::{KEYWORDS, Keyword, SYMBOLS, Symbol};

/// How a keyword is used, and what it does.
pub fn keyword(keyword: Keyword) -> (&'static str, &'static str) {
    match keyword {
        Keyword::In => (
            "needle in text",
            "Whether the text on the right contains the text on the left. False if either is empty. An array counts as its elements, one a line: `\"bot\" in user_groups` is also true for a group `abot`.",
        ),
        Keyword::Contains => (
            "text contains needle",
            "Whether the text on the left contains the text on the right. False if either is empty.",
        ),
        Keyword::Like => (
            "text like pattern",
            "Whether the whole text fits the pattern: `*` stands for anything, `?` for one character, `[ab]` for one of several, `[!ab]` for one of all others. Case-sensitive.",
        ),
        Keyword::Matches => ("text matches pattern", "The same as `like`."),
        Keyword::Rlike => (
            "text rlike pattern",
            "Whether the regular expression (PCRE) matches somewhere in the text. Case-sensitive.",
        ),
        Keyword::Regex => ("text regex pattern", "The same as `rlike`."),
        Keyword::Irlike => (
            "text irlike pattern",
            "Whether the regular expression (PCRE) matches somewhere in the text, whatever the case of letters.",
        ),
        Keyword::If => (
            "if condition then value else value end",
            "The value of the branch that the condition chooses; the other one is not evaluated. Without `else` it is null.",
        ),
        Keyword::Then => {
            ("if condition then value else value end", "Begins the branch that is evaluated if the condition holds.")
        }
        Keyword::Else => (
            "if condition then value else value end",
            "Begins the branch that is evaluated if the condition does not hold.",
        ),
        Keyword::End => ("if condition then value else value end", "Ends an `if`."),
        Keyword::True => ("true", "The truth value. Written in lower case."),
        Keyword::False => ("false", "The truth value. Written in lower case."),
        Keyword::Null => {
            ("null", "No value: what a variable has that is not set for the action. Written in lower case.")
        }
    }
}

/// How an operator is used, and what it does; none for brackets and commas.
pub fn symbol(symbol: Symbol) -> Option<(&'static str, &'static str)> {
    const COMPARED: &str = "Both sides are compared as texts, unless both look like numbers. An unset variable is the empty text: `edit_delta < -5000` is true where there is no `edit_delta`.";
    Some(match symbol {
        Symbol::And => (
            "a & b",
            "Whether both hold. The right side is evaluated only if the left one holds. `&`, `|` and `^` bind equally tight, from left to right: use brackets when mixing them.",
        ),
        Symbol::Or => (
            "a | b",
            "Whether one of both holds. The right side is evaluated only if the left one does not hold. `&`, `|` and `^` bind equally tight, from left to right: use brackets when mixing them.",
        ),
        Symbol::Xor => ("a ^ b", "Whether exactly one of both holds."),
        Symbol::Not => ("!a", "Whether it does not hold. Binds tighter than comparisons: `!a == b` is `(!a) == b`."),
        Symbol::Equal | Symbol::EqualSingle => (
            "a == b",
            "Whether both are the same as texts: `1 == \"1\"` holds, `1 == \"1.0\"` does not. `=` means the same.",
        ),
        Symbol::NotEqual => ("a != b", "Whether both differ as texts."),
        Symbol::Identical => ("a === b", "Whether both are the same as texts and of the same type."),
        Symbol::NotIdentical => ("a !== b", "Whether both differ as texts or in type."),
        Symbol::Less => ("a < b", COMPARED),
        Symbol::LessEqual => ("a <= b", COMPARED),
        Symbol::Greater => ("a > b", COMPARED),
        Symbol::GreaterEqual => ("a >= b", COMPARED),
        Symbol::Plus => ("a + b", "The sum; the concatenation, if a side is a text or both are arrays."),
        Symbol::Minus => ("a - b", "The difference. Texts count as the number they begin with."),
        Symbol::Times => ("a * b", "The product."),
        Symbol::Divide => ("a / b", "The quotient. Division by zero is an error: the filter does not match."),
        Symbol::Modulo => ("a % b", "The remainder of whole numbers, with the sign of the left one."),
        Symbol::Power => ("a ** b", "The power. From left to right: `2 ** 3 ** 2` is 64."),
        Symbol::Assign => ("name := value", "Gives a variable of your own a value."),
        Symbol::Question | Symbol::Colon => {
            ("condition ? value : value", "The value that the condition chooses; the other one is not evaluated.")
        }
        Symbol::Semicolon => {
            ("statement; statement", "Separates statements; the value of the rule is that of the last one.")
        }
        _ => return None,
    })
}

/// All keywords.
pub fn keywords() -> impl Iterator<Item = (&'static str, Keyword)> {
    KEYWORDS.iter().map(|(keyword, text)| (*text, *keyword))
}

/// All operators, brackets and commas among them.
pub fn symbols() -> impl Iterator<Item = (&'static str, Symbol)> {
    SYMBOLS.iter().map(|(symbol, text)| (*text, *symbol))
}
