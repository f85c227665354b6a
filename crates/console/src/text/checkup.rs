//! What checks of the installation found, in the reader's language.

use super::{Argument, Text};
use wikiward_farm::checkup::{Finding, Standing};

/// What was found; none if it is said in English alone.
pub fn found(text: Text, finding: &Finding) -> Option<String> {
    let (told, params) = finding.told.as_ref()?;
    Some(text.with(&format!("checkup-{}", told.code()), &arguments(params)))
}

/// What to do about it; none if nothing has to be done, or it is said in English alone.
pub fn todo(text: Text, finding: &Finding) -> Option<String> {
    let (told, params) = finding.told.as_ref()?;
    told.todo().filter(|_| finding.status >= Standing::Warning)?;
    Some(text.with(&format!("checkup-{}-todo", told.code()), &arguments(params)))
}

/// Stands around what is put into a sentence as it was found, such as the name of a file: pages set it apart.
pub const FOUND: char = '\u{e000}';

fn arguments(params: &[String]) -> Vec<Argument<'_>> {
    let set_apart = |param: &String| match param.parse::<i64>() {
        Ok(number) => Argument::Text(number.to_string().into()),
        Err(_) => format!("{FOUND}{}{FOUND}", param.replace(FOUND, "")).into(),
    };
    params.iter().map(set_apart).collect()
}

/// The sentence without what sets parts of it apart.
#[cfg(test)]
fn plain(sentence: Option<String>) -> Option<String> {
    sentence.map(|sentence| sentence.replace(FOUND, ""))
}

/// Keys of all messages of this part.
#[cfg(test)]
pub(super) fn keys() -> impl Iterator<Item = String> {
    use wikiward_farm::checkup::Told;
    Told::ALL.iter().flat_map(|told| {
        let todo = told.todo().map(|_| format!("checkup-{}-todo", told.code()));
        std::iter::once(format!("checkup-{}", told.code())).chain(todo)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;
    use wikiward_farm::checkup::Told;

    #[test]
    fn every_finding_is_said_in_every_language() {
        for told in Told::ALL {
            let finding = Finding::of(Standing::Problem, *told, &[&"x", &"7", &"9"]);
            let of =
                |language| (plain(found(Text::new(language), &finding)), plain(todo(Text::new(language), &finding)));
            let (english, german, arabic) = (of(Language::En), of(Language::De), of(Language::Ar));
            assert_eq!(english, (Some(finding.found.clone()), finding.todo.clone()), "{}", told.code());
            for (said, todo) in [german, arabic] {
                let said = said.unwrap();
                assert!(!said.contains('⧼') && !said.contains('$'), "{said}");
                assert_eq!(todo.is_some(), finding.todo.is_some());
                assert!(todo.is_none() || (todo != finding.todo && !todo.unwrap().contains('⧼')), "{}", told.code());
            }
        }
    }

    #[test]
    fn nothing_is_to_be_done_where_all_is_well() {
        let disk = Finding::of(Standing::Ok, Told::DiskSpace, &[&"1 GiB", &"2 GiB", &50]);
        let german = Text::new(Language::De);
        assert_eq!(plain(found(german, &disk)).as_deref(), Some("1 GiB frei von 2 GiB (50 %)"));
        assert_eq!(todo(german, &disk), None);
        assert_eq!(found(german, &Finding::ok("x", "y")), None);
    }
}
