//! Sets of the software's own variables, which groups include by name.

use super::{Cost, Source};
use wikiward_rules::derive;
use wikiward_rules::vocabulary::variables::Variable;

macro_rules! sets {
    ($($(#[$doc:meta])+ $variant:ident = $word:literal: [$($name:literal),+ $(,)?],)+) => {
        /// A set of the software's own variables.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum VariableSet { $($(#[$doc])+ $variant,)+ }

        impl VariableSet {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name, as documents have it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Names of its variables.
            pub const fn names(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($name),+],)+ }
            }

            /// The set of that name.
            pub fn find(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|set| set.name() == word)
            }
        }
    };
}

sets! {
    /// Facts of every action.
    Generic = "generic": ["timestamp", "wiki_name", "wiki_language"],
    /// Who acts.
    User = "user": [
        "user_name", "user_type", "user_editcount", "user_age", "user_groups", "user_rights", "user_blocked",
        "user_emailconfirm", "user_unnamed_ip",
    ],
    /// The page acted on.
    Page = "page": [
        "page_id", "page_namespace", "page_title", "page_prefixedtitle", "page_restrictions_edit",
        "page_restrictions_move", "page_restrictions_create", "page_restrictions_upload", "page_recent_contributors",
        "page_first_contributor", "page_age", "page_last_edit_age",
    ],
    /// The page that is moved.
    MovedFrom = "moved_from": [
        "moved_from_id", "moved_from_namespace", "moved_from_title", "moved_from_prefixedtitle",
        "moved_from_restrictions_edit", "moved_from_restrictions_move", "moved_from_restrictions_create",
        "moved_from_restrictions_upload", "moved_from_recent_contributors", "moved_from_first_contributor",
        "moved_from_age", "moved_from_last_edit_age",
    ],
    /// Where it is moved to.
    MovedTo = "moved_to": [
        "moved_to_id", "moved_to_namespace", "moved_to_title", "moved_to_prefixedtitle", "moved_to_restrictions_edit",
        "moved_to_restrictions_move", "moved_to_restrictions_create", "moved_to_restrictions_upload",
        "moved_to_recent_contributors", "moved_to_first_contributor", "moved_to_age", "moved_to_last_edit_age",
    ],
    /// A change of a text.
    Edit = "edit": [
        "summary", "old_content_model", "new_content_model", "old_wikitext", "new_wikitext", "new_pst", "new_html",
        "old_links", "new_links", "edit_diff", "edit_diff_pst", "added_lines", "removed_lines", "added_lines_pst",
        "new_size", "old_size", "edit_delta", "added_links", "removed_links", "new_text",
    ],
    /// An uploaded file.
    File = "file": [
        "file_sha1", "file_size", "file_width", "file_height", "file_bits_per_channel", "file_mime", "file_mediatype",
    ],
    /// The creation of an account.
    Account = "account": ["account_name", "account_type"],
}

/// Where the value of one of the software's own variables comes from.
pub(super) fn source(variable: &Variable) -> Source {
    if derive::derivable(variable.name).is_some() {
        Source::Language
    } else if variable.is_lazy {
        Source::Lazy(cost(variable.name))
    } else {
        Source::Eager
    }
}

/// What computing a lazy variable costs a wiki: links and HTML need the page parsed, wiki facts are at hand, the rest is
/// read from the database.
fn cost(name: &str) -> Cost {
    match name {
        "new_pst" | "new_html" | "old_links" | "new_links" => Cost::Render,
        "wiki_name" | "wiki_language" | "user_type" | "account_type" | "user_unnamed_ip" => Cost::Cheap,
        _ => Cost::Db,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use wikiward_rules::vocabulary::variables::{self, VARIABLES};

    #[test]
    fn the_sets_hold_every_variable_of_the_software_once() {
        let mut seen = BTreeSet::new();
        for set in VariableSet::ALL {
            for name in set.names() {
                assert_eq!(variables::find(name).map(|variable| variable.name), Some(*name));
                assert!(seen.insert(*name), "{name} is in two sets");
            }
            assert_eq!(VariableSet::find(set.name()), Some(*set));
        }
        let missing: Vec<_> = VARIABLES.iter().map(|v| v.name).filter(|name| !seen.contains(name)).collect();
        assert_eq!(missing, ["action"], "the kind of action is offered by every group");
    }
}
