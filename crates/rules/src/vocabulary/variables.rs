//! The variables that the software itself offers.

/// The type of a variable's value, when it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Str,
    /// A whole number.
    Int,
    /// True or false.
    Bool,
    /// A list of texts.
    Array,
}

impl Kind {
    /// The type's name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Str => "string",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Array => "array",
        }
    }
}

/// What a variable is about, which tells for which actions it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Every action.
    Every,
    /// The user who acts: every action but the creation of an account by somebody without one.
    User,
    /// The page of an edit, a deletion or an upload.
    Page,
    /// The old and the new title of a move.
    Move,
    /// The change of a text: edits, and uploads with a description.
    Text,
    /// An uploaded file.
    File,
    /// The creation of an account.
    Account,
}

impl Subject {
    /// For which actions its variables are set, in words.
    pub fn when(self) -> &'static str {
        match self {
            Self::Every => "every action",
            Self::User => "every action of a user",
            Self::Page => "edits, deletions and uploads",
            Self::Move => "moves",
            Self::Text => "edits and uploads",
            Self::File => "uploads",
            Self::Account => "account creations",
        }
    }
}

/// A variable of the software itself.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// What it is about.
    pub subject: Subject,
    /// Whether its value is computed only when a rule reads it.
    pub is_lazy: bool,
    /// What it holds, for editors.
    pub about: &'static str,
}

const fn variable(name: &'static str, kind: Kind, subject: Subject, is_lazy: bool, about: &'static str) -> Variable {
    Variable { name, kind, subject, is_lazy, about }
}

/// The variable of that name; deprecated names are translated.
pub fn find(name: &str) -> Option<&'static Variable> {
    let name = current_name(name);
    VARIABLES.iter().find(|variable| variable.name == name)
}

/// The name that a deprecated one stands for, or the name itself.
pub fn current_name(name: &str) -> &str {
    DEPRECATED.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new)
}

/// Variables that exist no more.
pub const DISABLED: [&str; 3] = ["old_text", "old_html", "minor_edit"];

/// Variables whose values are personal: only protected filters may read them.
pub const PROTECTED: [&str; 1] = ["user_unnamed_ip"];

/// Variables that came after AbuseFilter 1.39.
pub const LATER_THAN_1_39: [&str; 8] = [
    "account_name",
    "account_type",
    "page_last_edit_age",
    "moved_from_last_edit_age",
    "moved_to_last_edit_age",
    "user_unnamed_ip",
    "user_type",
    "new_links",
];

/// Variables of AbuseFilter 1.39 that were renamed since.
pub const RENAMED_AFTER_1_39: [&str; 2] = ["all_links", "accountname"];

/// Deprecated names and what they were renamed to.
pub const DEPRECATED: &[(&str, &str)] = &[
    ("article_text", "page_title"),
    ("article_prefixedtext", "page_prefixedtitle"),
    ("article_namespace", "page_namespace"),
    ("article_articleid", "page_id"),
    ("article_restrictions_edit", "page_restrictions_edit"),
    ("article_restrictions_move", "page_restrictions_move"),
    ("article_restrictions_create", "page_restrictions_create"),
    ("article_restrictions_upload", "page_restrictions_upload"),
    ("article_recent_contributors", "page_recent_contributors"),
    ("article_first_contributor", "page_first_contributor"),
    ("moved_from_text", "moved_from_title"),
    ("moved_to_text", "moved_to_title"),
    ("moved_from_prefixedtext", "moved_from_prefixedtitle"),
    ("moved_to_prefixedtext", "moved_to_prefixedtitle"),
    ("moved_from_articleid", "moved_from_id"),
    ("moved_to_articleid", "moved_to_id"),
    ("all_links", "new_links"),
    ("accountname", "account_name"),
];

/// All variables of the software itself.
pub const VARIABLES: &[Variable] = &[
    variable(
        "action",
        Kind::Str,
        Subject::Every,
        false,
        "What is about to happen: `edit`, `move`, `delete`, `createaccount`, `autocreateaccount`, `upload` or `stashupload`.",
    ),
    variable(
        "timestamp",
        Kind::Str,
        Subject::Every,
        false,
        "The time of the action, in seconds since 1970, as a text.",
    ),
    variable("wiki_name", Kind::Str, Subject::Every, true, "The database name of the wiki."),
    variable("wiki_language", Kind::Str, Subject::Every, true, "The language code of the wiki's content."),
    variable("user_name", Kind::Str, Subject::User, false, "The name of the user; the IP address of a logged-out one."),
    variable(
        "user_type",
        Kind::Str,
        Subject::User,
        true,
        "The kind of user: `named`, `temp`, `ip`, `external` or `unknown`.",
    ),
    variable(
        "user_unnamed_ip",
        Kind::Str,
        Subject::User,
        true,
        "The IP address of a temporary or logged-out user, else null. Protected.",
    ),
    variable("user_editcount", Kind::Int, Subject::User, true, "The number of edits; null for an unregistered user."),
    variable("user_age", Kind::Int, Subject::User, true, "Seconds since registration; 0 for an unregistered user."),
    variable(
        "user_groups",
        Kind::Array,
        Subject::User,
        true,
        "All groups of the user, also the implicit ones such as `*`, `user` and `autoconfirmed`.",
    ),
    variable("user_rights", Kind::Array, Subject::User, true, "All rights of the user."),
    variable("user_blocked", Kind::Bool, Subject::User, true, "Whether the user is blocked, even in part."),
    variable(
        "user_emailconfirm",
        Kind::Str,
        Subject::User,
        true,
        "When the e-mail address was confirmed, as 14 digits; else null.",
    ),
    variable("page_id", Kind::Int, Subject::Page, false, "The id of the page; 0 if it does not exist."),
    variable("page_namespace", Kind::Int, Subject::Page, false, "The number of the page's namespace."),
    variable("page_title", Kind::Str, Subject::Page, false, "The title of the page, without its namespace."),
    variable("page_prefixedtitle", Kind::Str, Subject::Page, false, "The title of the page, with its namespace."),
    variable("page_restrictions_edit", Kind::Array, Subject::Page, true, "Who may edit the page, if it is protected."),
    variable("page_restrictions_move", Kind::Array, Subject::Page, true, "Who may move the page, if it is protected."),
    variable(
        "page_restrictions_create",
        Kind::Array,
        Subject::Page,
        true,
        "Who may create the page, if it is protected.",
    ),
    variable(
        "page_restrictions_upload",
        Kind::Array,
        Subject::Page,
        true,
        "Who may upload over the page, if it is protected.",
    ),
    variable("page_recent_contributors", Kind::Array, Subject::Page, true, "The last ten users who edited the page."),
    variable("page_first_contributor", Kind::Str, Subject::Page, true, "The user who created the page."),
    variable("page_age", Kind::Int, Subject::Page, true, "Seconds since the page was created; 0 if it does not exist."),
    variable(
        "page_last_edit_age",
        Kind::Int,
        Subject::Page,
        false,
        "Seconds since the last edit of the page; null if there is none.",
    ),
    variable(
        "moved_from_id",
        Kind::Int,
        Subject::Move,
        false,
        "The id of the page to be moved; 0 if it does not exist.",
    ),
    variable(
        "moved_from_namespace",
        Kind::Int,
        Subject::Move,
        false,
        "The number of the page to be moved's namespace.",
    ),
    variable(
        "moved_from_title",
        Kind::Str,
        Subject::Move,
        false,
        "The title of the page to be moved, without its namespace.",
    ),
    variable(
        "moved_from_prefixedtitle",
        Kind::Str,
        Subject::Move,
        false,
        "The title of the page to be moved, with its namespace.",
    ),
    variable(
        "moved_from_restrictions_edit",
        Kind::Array,
        Subject::Move,
        true,
        "Who may edit the page to be moved, if it is protected.",
    ),
    variable(
        "moved_from_restrictions_move",
        Kind::Array,
        Subject::Move,
        true,
        "Who may move the page to be moved, if it is protected.",
    ),
    variable(
        "moved_from_restrictions_create",
        Kind::Array,
        Subject::Move,
        true,
        "Who may create the page to be moved, if it is protected.",
    ),
    variable(
        "moved_from_restrictions_upload",
        Kind::Array,
        Subject::Move,
        true,
        "Who may upload over the page to be moved, if it is protected.",
    ),
    variable(
        "moved_from_recent_contributors",
        Kind::Array,
        Subject::Move,
        true,
        "The last ten users who edited the page to be moved.",
    ),
    variable(
        "moved_from_first_contributor",
        Kind::Str,
        Subject::Move,
        true,
        "The user who created the page to be moved.",
    ),
    variable(
        "moved_from_age",
        Kind::Int,
        Subject::Move,
        true,
        "Seconds since the page to be moved was created; 0 if it does not exist.",
    ),
    variable(
        "moved_from_last_edit_age",
        Kind::Int,
        Subject::Move,
        true,
        "Seconds since the last edit of the page to be moved; null if there is none.",
    ),
    variable("moved_to_id", Kind::Int, Subject::Move, false, "The id of the new title; 0 if it does not exist."),
    variable("moved_to_namespace", Kind::Int, Subject::Move, false, "The number of the new title's namespace."),
    variable("moved_to_title", Kind::Str, Subject::Move, false, "The title of the new title, without its namespace."),
    variable(
        "moved_to_prefixedtitle",
        Kind::Str,
        Subject::Move,
        false,
        "The title of the new title, with its namespace.",
    ),
    variable(
        "moved_to_restrictions_edit",
        Kind::Array,
        Subject::Move,
        true,
        "Who may edit the new title, if it is protected.",
    ),
    variable(
        "moved_to_restrictions_move",
        Kind::Array,
        Subject::Move,
        true,
        "Who may move the new title, if it is protected.",
    ),
    variable(
        "moved_to_restrictions_create",
        Kind::Array,
        Subject::Move,
        true,
        "Who may create the new title, if it is protected.",
    ),
    variable(
        "moved_to_restrictions_upload",
        Kind::Array,
        Subject::Move,
        true,
        "Who may upload over the new title, if it is protected.",
    ),
    variable(
        "moved_to_recent_contributors",
        Kind::Array,
        Subject::Move,
        true,
        "The last ten users who edited the new title.",
    ),
    variable("moved_to_first_contributor", Kind::Str, Subject::Move, true, "The user who created the new title."),
    variable(
        "moved_to_age",
        Kind::Int,
        Subject::Move,
        true,
        "Seconds since the new title was created; 0 if it does not exist.",
    ),
    variable(
        "moved_to_last_edit_age",
        Kind::Int,
        Subject::Move,
        true,
        "Seconds since the last edit of the new title; null if there is none.",
    ),
    variable("summary", Kind::Str, Subject::Text, false, "The edit summary, or the reason given."),
    variable("old_wikitext", Kind::Str, Subject::Text, false, "The text of the page before the edit."),
    variable("new_wikitext", Kind::Str, Subject::Text, false, "The text of the page after the edit."),
    variable(
        "old_content_model",
        Kind::Str,
        Subject::Text,
        false,
        "The content model before the edit; empty for a new page.",
    ),
    variable("new_content_model", Kind::Str, Subject::Text, false, "The content model after the edit."),
    variable("old_size", Kind::Int, Subject::Text, true, "The size of the page before the edit, in bytes."),
    variable("new_size", Kind::Int, Subject::Text, true, "The size of the page after the edit, in bytes."),
    variable("edit_delta", Kind::Int, Subject::Text, true, "By how many bytes the edit changes the size."),
    variable("edit_diff", Kind::Str, Subject::Text, true, "The edit as a unified diff."),
    variable(
        "edit_diff_pst",
        Kind::Str,
        Subject::Text,
        true,
        "The edit as a unified diff, after signatures and templates to be substituted were expanded.",
    ),
    variable("added_lines", Kind::Array, Subject::Text, true, "The lines that the edit adds, changed lines included."),
    variable(
        "added_lines_pst",
        Kind::Array,
        Subject::Text,
        true,
        "The lines that the edit adds, after signatures and templates to be substituted were expanded.",
    ),
    variable(
        "removed_lines",
        Kind::Array,
        Subject::Text,
        true,
        "The lines that the edit removes, changed lines included.",
    ),
    variable(
        "new_pst",
        Kind::Str,
        Subject::Text,
        true,
        "The new text after signatures and templates to be substituted were expanded.",
    ),
    variable("new_html", Kind::Str, Subject::Text, true, "The new text as HTML."),
    variable("new_text", Kind::Str, Subject::Text, true, "The new text as HTML, without its tags."),
    variable("old_links", Kind::Array, Subject::Text, true, "The external links before the edit."),
    variable("new_links", Kind::Array, Subject::Text, true, "The external links after the edit."),
    variable("added_links", Kind::Array, Subject::Text, true, "The external links that the edit adds."),
    variable("removed_links", Kind::Array, Subject::Text, true, "The external links that the edit removes."),
    variable("file_sha1", Kind::Str, Subject::File, false, "The SHA-1 digest of the file, in hexadecimal."),
    variable("file_size", Kind::Int, Subject::File, false, "The size of the file, in bytes."),
    variable("file_width", Kind::Int, Subject::File, false, "The width of the file, in pixels."),
    variable("file_height", Kind::Int, Subject::File, false, "The height of the file, in pixels."),
    variable(
        "file_bits_per_channel",
        Kind::Int,
        Subject::File,
        false,
        "The colour depth of the file, in bits per channel.",
    ),
    variable("file_mime", Kind::Str, Subject::File, false, "The MIME type of the file."),
    variable(
        "file_mediatype",
        Kind::Str,
        Subject::File,
        false,
        "The media type of the file, such as `BITMAP` or `AUDIO`.",
    ),
    variable("account_name", Kind::Str, Subject::Account, false, "The name of the account that is created."),
    variable(
        "account_type",
        Kind::Str,
        Subject::Account,
        true,
        "The kind of account that is created: `named`, `temp` or `unknown`.",
    ),
];
