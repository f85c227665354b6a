//! Cuts a program into tokens, roughly, and damages it.

use crate::random::Random;

/// Tokens that damage puts in.
const STRAY: [&str; 26] = [
    ")", "(", "]", "[", ";", ",", "&", "&&", "|", "!", ":=", "=", "==", "<", "if", "then", "else", "end", "in",
    "rlike", "\"", "'", "/*", "@", "0b2", "old_text",
];

/// Deletes, doubles, swaps or inserts one to three tokens, or cuts the text off.
pub(super) fn damage(random: &mut Random, text: &str) -> String {
    let mut tokens = split(text);
    for _ in 0..random.weighted(&[(70, 1), (20, 2), (10, 3)]) {
        if tokens.is_empty() {
            break;
        }
        let at = random.below(tokens.len());
        let other = random.below(tokens.len());
        match random.below(6) {
            0 | 1 => {
                tokens.remove(at);
            }
            2 => tokens.insert(at, tokens[at]),
            3 => tokens.swap(at, other),
            4 => tokens.insert(at, random.choose(&STRAY)),
            _ if random.chance(30) => tokens.truncate(at),
            _ => tokens[at] = tokens[other],
        }
    }
    tokens.concat()
}

/// Cuts a text so that the pieces put together are the text: words, literals, comments, white space, signs.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (token, after) = rest.split_at(length(rest));
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// Bytes of the first token, on a boundary of characters.
fn length(text: &str) -> usize {
    let mut letters = text.chars();
    let Some(first) = letters.next() else {
        return 0;
    };
    let run = |accept: fn(char) -> bool| text.find(|letter: char| !accept(letter)).unwrap_or(text.len());
    match first {
        '"' | '\'' => literal(text, first),
        '/' if text.starts_with("/*") => text.find("*/").map_or(text.len(), |at| (at + 2).max(3)),
        ' ' | '\t' | '\n' | '\r' => run(char::is_whitespace),
        _ if is_word(first) => run(is_word),
        ':' | '=' | '!' | '<' | '>' | '*' => ["===", "!==", ":=", "==", "!=", "<=", ">=", "**"]
            .iter()
            .find(|sign| text.starts_with(**sign))
            .map_or(1, |sign| sign.len()),
        _ => first.len_utf8(),
    }
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if letter == quote {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_put_together_are_the_text() {
        for text in ["a := \"x\\\"y\" + 1;\n/* c */ b===2", "/*/ x", "'open", "é § \u{a0}/", ""] {
            assert_eq!(split(text).concat(), text);
        }
        assert_eq!(split("a:='b)'**2"), ["a", ":=", "'b)'", "**", "2"]);
    }

    #[test]
    fn damage_never_fails_on_any_text() {
        let mut random = Random::new(5);
        for text in ["", "x", "\"é", "a[1] := (2)", "🙂🙂"] {
            for _ in 0..100 {
                damage(&mut random, text);
            }
        }
    }
}
