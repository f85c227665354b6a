//! Remarks about rules, in the reader's language.

use super::{Language, Text};
use wikiward_filters::save::Finding;
use wikiward_rules::lint::LINTS;

/// What a remark says, and what to do about it; none if the finding is not one of the linter's.
///
/// English keeps the words of the linter, which looks at the text around the place; the other languages say what it finds in
/// general.
pub fn remark(text: Text, finding: &Finding) -> Option<(String, Option<String>)> {
    let lint = LINTS.iter().find(|lint| lint.name == finding.code)?;
    // What to do stands in front of what belongs to it.
    let [help, params @ ..] = finding.params.as_slice() else {
        return Some((said(text, lint.name, &finding.message), help_of(text, lint.name, None, &[])));
    };
    Some((said(text, lint.name, &finding.message), help_of(text, lint.name, Some(help), params)))
}

fn said(text: Text, name: &str, message: &str) -> String {
    if text.language == Language::En { message.to_owned() } else { text.say(&format!("lints-{name}")) }
}

fn help_of(text: Text, name: &str, help: Option<&String>, params: &[String]) -> Option<String> {
    if text.language == Language::En {
        return help.cloned();
    }
    let params: Vec<_> = params.iter().map(Into::into).collect();
    Some(text.with(&format!("lints-{name}-help"), &params))
}

/// Keys of all messages of this part.
#[cfg(test)]
pub(super) fn keys() -> impl Iterator<Item = String> {
    LINTS.iter().flat_map(|lint| [format!("lints-{}", lint.name), format!("lints-{}-help", lint.name)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_filters::groups::{Registry, builtin};
    use wikiward_filters::save::rules::examine;

    #[test]
    fn every_lint_is_said_in_every_language() {
        let registry = Registry::builtin();
        for lint in LINTS {
            let found = examine(lint.example, registry.groups.get(builtin::DEFAULT), &registry);
            let finding = found.warnings.iter().find(|it| it.code == lint.name).unwrap();
            let of = |language| remark(Text::new(language), finding).unwrap();
            let (english, german, arabic) = (of(Language::En), of(Language::De), of(Language::Ar));
            assert_eq!(english.0, finding.message);
            assert!(english != german && german != arabic && english != arabic, "{}", lint.name);
            for (message, help) in [german, arabic] {
                let help = help.unwrap();
                assert!(!message.contains('⧼') && !help.contains('⧼') && !help.contains("$1"), "{message} {help}");
            }
            assert_eq!(Text::new(Language::En).say(&format!("lints-{}", lint.name)), lint.about);
        }
    }

    #[test]
    fn a_new_name_is_told() {
        let registry = Registry::builtin();
        let found = examine("article_namespace == 0", registry.groups.get(builtin::DEFAULT), &registry);
        let (_, help) = remark(Text::new(Language::De), &found.warnings[0]).unwrap();
        assert_eq!(help.as_deref(), Some("Der neue Name ist page_namespace."));
    }
}
