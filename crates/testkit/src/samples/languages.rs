//! The languages that the sample farm writes in: names, sentences and phrases of our own.

mod eastern;
mod middle;
mod western;

/// Word lists and sentence patterns of one language.
///
/// In patterns `{p}` is the subject of the page, `{q}` another place, `{t}` a thing worth seeing, `{y}` a year and
/// `{n}` a number.
#[derive(Debug)]
pub(crate) struct Language {
    /// Language code, as in `de`.
    pub(crate) code: &'static str,
    /// Front and back part of a place's name, and what joins them.
    pub(crate) name_fronts: &'static [&'static str],
    pub(crate) name_backs: &'static [&'static str],
    pub(crate) name_joint: &'static str,
    /// What stands between two sentences.
    pub(crate) gap: &'static str,
    /// The first sentence of a page; it begins with the subject.
    pub(crate) openings: &'static [&'static str],
    pub(crate) sentences: &'static [&'static str],
    pub(crate) things: &'static [&'static str],
    pub(crate) headings: &'static [&'static str],
    pub(crate) categories: &'static [&'static str],
    pub(crate) summaries: &'static [&'static str],
    pub(crate) talk: &'static [&'static str],
}

/// All languages of the farm.
pub(crate) static ALL: [&Language; 11] = [
    &western::ENGLISH,
    &western::GERMAN,
    &western::FRENCH,
    &western::SPANISH,
    &eastern::RUSSIAN,
    &eastern::GREEK,
    &middle::ARABIC,
    &middle::HEBREW,
    &middle::HINDI,
    &eastern::CHINESE,
    &eastern::JAPANESE,
];

/// The language with that code; English if the farm does not write in it.
pub(crate) fn language(code: &str) -> &'static Language {
    ALL.iter().find(|language| language.code == code).copied().unwrap_or(&western::ENGLISH)
}
