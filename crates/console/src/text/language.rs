//! The languages of the console.

use icu_plurals::{PluralCategory, PluralOperands, PluralRules, PluralRulesOptions};

/// A language that the console speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// Arabic, from right to left.
    Ar,
}

/// The categories in the order in which MediaWiki's messages list their forms.
const CATEGORIES: [PluralCategory; 6] = [
    PluralCategory::Zero,
    PluralCategory::One,
    PluralCategory::Two,
    PluralCategory::Few,
    PluralCategory::Many,
    PluralCategory::Other,
];

/// The rules by which a language counts: read from tables in the program.
fn rules(language: Language) -> Option<PluralRules> {
    let locale: icu_locale_core::Locale = language.code().parse().ok()?;
    PluralRules::try_new((&locale).into(), PluralRulesOptions::default()).ok()
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::En, Self::De, Self::Ar];

    /// Its code, as browsers and wikis write it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Ar => "ar",
        }
    }

    /// Its name in itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Ar => "العربية",
        }
    }

    /// `rtl` or `ltr`.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Ar => "rtl",
            Self::En | Self::De => "ltr",
        }
    }

    /// The language of this code; a regional one counts as its language.
    pub fn find(code: &str) -> Option<Self> {
        let base = code.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| base.eq_ignore_ascii_case(language.code()))
    }

    /// The first language of an `Accept-Language` header that the console speaks, by weight.
    pub fn accepted(header: &str) -> Option<Self> {
        let mut wanted: Vec<(u32, Self)> = header
            .split(',')
            .take(50)
            .filter_map(|part| {
                let (code, rest) = part.split_once(';').unwrap_or((part, ""));
                let weight = rest.trim().strip_prefix("q=").map_or(Some(1.0), |it| it.trim().parse::<f64>().ok())?;
                let thousandths = (0..=1_000).rev().find(|it| f64::from(*it) <= weight * 1_000.0)?;
                (thousandths > 0).then_some((thousandths, Self::find(code.trim())?))
            })
            .collect();
        // A stable sort: what stands first wins among equals.
        wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        wanted.first().map(|(_, language)| *language)
    }

    /// Which of the `forms` of a message stands for `number`, from 0.
    pub(super) fn form(self, number: u64, forms: usize) -> usize {
        let place = rules(self).map_or(0, |rules| {
            let wanted = rules.category_for(PluralOperands::from(number));
            let has: Vec<_> = rules.categories().collect();
            let known = CATEGORIES.into_iter().filter(|category| has.contains(category));
            { known }.position(|category| category == wanted).unwrap_or(0)
        });
        place.min(forms.saturating_sub(1))
    }

    pub(super) const fn group_separator(self) -> &'static str {
        match self {
            Self::En | Self::Ar => ",",
            Self::De => ".",
        }
    }

    pub(super) const fn decimal_separator(self) -> &'static str {
        match self {
            Self::En | Self::Ar => ".",
            Self::De => ",",
        }
    }

    pub(super) const fn list_separator(self) -> &'static str {
        match self {
            Self::En | Self::De => ", ",
            Self::Ar => "، ",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_first_known_language_is_taken() {
        assert_eq!(Language::accepted("fr, de-AT;q=0.8, en;q=0.9"), Some(Language::En));
        assert_eq!(Language::accepted("de, en"), Some(Language::De));
        assert_eq!(Language::accepted("ar;q=0"), None);
        assert_eq!(Language::accepted("*, ;;q=x, ar-EG"), Some(Language::Ar));
    }

    #[test]
    fn forms_are_chosen_as_the_language_counts() {
        let forms = |language: Language| [0, 1, 2, 3, 11, 100].map(|number| language.form(number, 6));
        assert_eq!(forms(Language::En), [1, 0, 1, 1, 1, 1]);
        assert_eq!(forms(Language::Ar), [0, 1, 2, 3, 4, 5]);
        assert_eq!(Language::Ar.form(3, 2), 1);
    }
}
