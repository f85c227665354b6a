//! Rules with colours, made here, so that they are there without script.

use crate::html::visible;
use maud::{Markup, html};
use wikiward_rules::error::Span;
use wikiward_rules::syntax::lexer::{Symbol, TokenKind, lex};
use wikiward_rules::vocabulary::functions;

/// A stretch of a rule that is marked, and with which class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The first byte.
    pub(crate) start: usize,
    /// The byte after the last one.
    pub(crate) end: usize,
    /// The class.
    pub(crate) class: &'static str,
}

/// A rule, line by line, each with the id `L1`, `L2`, … after `prefix`. `label` is said of it as a whole.
pub(crate) fn rule(source: &str, label: &str, prefix: &str, marks: &[Mark]) -> Markup {
    let pieces = pieces(source, marks);
    let mut lines: Vec<Vec<&Piece<'_>>> = vec![Vec::new()];
    for piece in &pieces {
        if piece.text == "\n" {
            lines.push(Vec::new());
        } else if let Some(line) = lines.last_mut() {
            line.push(piece);
        }
    }
    html! {
        pre.ww-rule.ww-rule-lines tabindex="0" role="group" aria-label=(label) {
            code {
                @for (place, line) in lines.iter().enumerate() {
                    span.ww-line id=(format!("{prefix}L{}", place + 1)) {
                        @for piece in line { (shown(piece)) }
                        "\n"
                    }
                }
            }
        }
    }
}

/// A piece of a rule on one line, with colours.
pub(crate) fn inline(source: &str) -> Markup {
    let pieces = pieces(source, &[]);
    html! { code.ww-code dir="ltr" { @for piece in &pieces { (shown(piece)) } } }
}

/// Most bytes of a line that are shown around a place.
const EXCERPT_BYTES: usize = 160;

/// The line around a place, at most [`EXCERPT_BYTES`] of it, with the place marked.
pub(crate) fn excerpt(source: &str, start: usize, end: usize, class: &'static str) -> Markup {
    let start = source.floor_char_boundary(start.min(source.len()));
    let line = source.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let from = source.ceil_char_boundary(line.max(start.saturating_sub(EXCERPT_BYTES / 2)));
    let rest = source.get(from..).unwrap_or_default();
    let until = rest.find('\n').unwrap_or(rest.len()).min(rest.floor_char_boundary(EXCERPT_BYTES));
    let shown_text = rest.get(..until).unwrap_or_default();
    // An end or a missing word has no letters: the one before it stands for it.
    let mark_end = end.saturating_sub(from).min(until);
    let mark_start = (start - from).min(until.saturating_sub(1));
    let mark = Mark { start: shown_text.floor_char_boundary(mark_start), end: mark_end.max(mark_start + 1), class };
    let mark = Mark { end: shown_text.ceil_char_boundary(mark.end), ..mark };
    let pieces = pieces(shown_text, &[mark]);
    html! {
        code.ww-code dir="ltr" {
            @if from > line { "…" }
            @for piece in &pieces { (shown(piece)) }
            @if until < rest.len() && rest.as_bytes().get(until) != Some(&b'\n') { "…" }
        }
    }
}

struct Piece<'s> {
    text: &'s str,
    class: Option<&'static str>,
    mark: Option<&'static str>,
}

fn shown(piece: &Piece<'_>) -> Markup {
    let text = visible(piece.text);
    let class = match (piece.class, piece.mark) {
        (None, None) => return text,
        (Some(class), None) | (None, Some(class)) => class.to_owned(),
        (Some(class), Some(mark)) => format!("{class} {mark}"),
    };
    html! { span class=(class) { (text) } }
}

/// The rule in pieces: each of one class, within one line, wholly in a mark or wholly outside. Line feeds are pieces of
/// their own.
fn pieces<'s>(source: &'s str, marks: &[Mark]) -> Vec<Piece<'s>> {
    let coloured = coloured(source);
    let mut cuts: Vec<usize> = vec![0, source.len()];
    cuts.extend(coloured.iter().flat_map(|(start, end, _)| [*start, *end]));
    cuts.extend(marks.iter().flat_map(|mark| [mark.start, mark.end]));
    cuts.extend(source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').flat_map(|(at, _)| [at, at + 1]));
    cuts.retain(|at| source.is_char_boundary(*at));
    cuts.sort_unstable();
    cuts.dedup();
    let mut pieces = Vec::new();
    let mut next = 0;
    for pair in cuts.windows(2) {
        let [start, end] = pair else { continue };
        while coloured.get(next).is_some_and(|(_, until, _)| until <= start) {
            next += 1;
        }
        let class = coloured.get(next).filter(|(from, _, _)| from <= start).map(|(_, _, class)| *class);
        let mark = marks.iter().find(|mark| mark.start <= *start && *end <= mark.end).map(|mark| mark.class);
        pieces.push(Piece { text: source.get(*start..*end).unwrap_or_default(), class, mark });
    }
    pieces
}

/// Stretches and their classes, in order. A rule that cannot be cut into tokens has the comments and nothing else.
fn coloured(source: &str) -> Vec<(usize, usize, &'static str)> {
    let Ok((tokens, comments)) = lex(source.as_bytes()) else { return Vec::new() };
    let wide = |span: Span| (span.start as usize, span.end as usize);
    let mut found: Vec<(usize, usize, &'static str)> = Vec::with_capacity(tokens.len() + comments.len());
    for (place, token) in tokens.iter().enumerate() {
        let class = match &token.kind {
            TokenKind::Id(name) => {
                let is_called = tokens.get(place + 1).is_some_and(|it| it.kind == TokenKind::Symbol(Symbol::ParenOpen));
                if is_called && functions::find(name).is_some() { "tok-function" } else { "tok-variable" }
            }
            TokenKind::Keyword(_) => "tok-keyword",
            TokenKind::Str(_) => "tok-string",
            TokenKind::Int(_) | TokenKind::Float(_) => "tok-number",
            TokenKind::None
            | TokenKind::Symbol(
                Symbol::ParenOpen | Symbol::ParenClose | Symbol::Comma | Symbol::BracketOpen | Symbol::BracketClose,
            ) => continue,
            TokenKind::Symbol(_) => "tok-operator",
        };
        let (start, end) = wide(token.span);
        found.push((start, end, class));
    }
    found.extend(comments.iter().map(|span| wide(*span)).map(|(start, end)| (start, end, "tok-comment")));
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(markup: &str) -> String {
        let mut out = String::new();
        let mut rest = markup;
        while let Some((before, after)) = rest.split_once('<') {
            out.push_str(before);
            rest = after.split_once('>').map_or("", |(_, after)| after);
        }
        (out + rest).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    }

    #[test]
    fn every_letter_of_a_rule_is_there_and_nothing_else() {
        for source in ["", "1", "a & b\n| \"<b>\nx\" /* é\n */", "\"open", "x := \"é\"; lcase(x)\n\n"] {
            let shown = rule(source, "r", "", &[]).into_string();
            assert_eq!(text_of(&shown), format!("{source}\n"), "{source}");
        }
    }

    #[test]
    fn an_excerpt_is_one_line_and_marks_the_place_wherever_it_is() {
        let long = format!("a\n{}é(b)\nc", "x".repeat(300));
        for at in 0..=long.len() {
            let shown = excerpt(&long, at, at + 2, "ww-diag-error").into_string();
            assert!(!shown.contains('\n') && shown.len() < 600, "{at}: {shown}");
        }
        let shown = excerpt("a &\nb & )", 8, 9, "ww-diag-error").into_string();
        assert!(shown.contains("<span class=\"ww-diag-error\">)</span>"), "{shown}");
        assert!(excerpt("", 0, 0, "x").into_string().contains("</code>"));
    }

    #[test]
    fn words_have_their_colours_and_marks_cut_them() {
        let marks = [Mark { start: 0, end: 3, class: "ww-diag-error" }];
        let shown = rule("lcase(x) & 1", "r", "a-", &marks).into_string();
        assert!(shown.contains("<span class=\"ww-line\" id=\"a-L1\"><span class=\"tok-function ww-diag-error\">lca</span><span class=\"tok-function\">se</span>("), "{shown}");
        assert!(
            shown.contains("<span class=\"tok-operator\">&amp;</span> <span class=\"tok-number\">1</span>"),
            "{shown}"
        );
    }
}
