//! Arrays where a text is expected.

use super::{Linter, finding};
use crate::syntax::tree::NodeId;
use crate::vocabulary::functions::FunctionId;
use crate::vocabulary::variables::Kind;

pub(super) fn check_call(linter: &mut Linter<'_>, id: NodeId) {
    let Some(function) = linter.function(id) else {
        return;
    };
    let arguments = linter.tree.children(id);
    match function {
        FunctionId::ContainsAny
        | FunctionId::ContainsAll
        | FunctionId::CcnormContainsAny
        | FunctionId::CcnormContainsAll => {
            for needle in arguments.iter().skip(1) {
                if linter.is_array(*needle) {
                    let span = linter.span(*needle);
                    let found = finding("array-needle", span, "an array is one text here, not a list of texts")
                        .label("all of its lines would have to stand there together")
                        .help("give the texts as arguments, one by one");
                    linter.report(found);
                }
            }
        }
        FunctionId::Rcount if arguments.len() == 1 => {
            if let Some(argument) = arguments.first().filter(|argument| linter.is_array(**argument)) {
                let span = linter.span(*argument);
                let found = finding("counted-commas", span, "rcount() of an array counts commas, not elements")
                    .help("length() gives the number of elements");
                linter.report(found);
            }
        }
        FunctionId::Count if arguments.len() == 1 => {
            let is_text =
                |argument: &&NodeId| linter.variable(**argument).is_some_and(|variable| variable.kind == Kind::Str);
            if let Some(argument) = arguments.first().filter(is_text) {
                let span = linter.span(*argument);
                let found = finding("counted-commas", span, "count() of one text counts its commas")
                    .help("length() gives the number of characters; count(needle, text) counts a needle");
                linter.report(found);
            }
        }
        _ => {}
    }
}
