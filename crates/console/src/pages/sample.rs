//! Samples: every page in every state that it has, for the gallery and for tests.

use crate::page::Page;
use crate::text::Language;
use crate::visit::{Theme, Visitor};
use wikiward_farm::{Principal, Right, RightSet, Rights, Viewer};

/// A page in one state.
pub struct Sample {
    /// Area and page, such as `filters/list`.
    pub page: &'static str,
    /// The state, such as `many`.
    pub state: &'static str,
    /// What the visitor may do.
    pub rights: SampleRights,
    /// Makes the page.
    pub make: fn(&Visitor) -> Page,
}

/// Who looks at a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleRights {
    /// Nobody in particular.
    Everybody,
    /// A filter editor.
    Editor,
    /// Who may do everything.
    Steward,
}

impl SampleRights {
    /// A visitor with these rights.
    pub fn visitor(self, language: Language, theme: Theme) -> Visitor {
        let rights = match self {
            Self::Everybody => RightSet::everybody(),
            Self::Editor => {
                [Right::View, Right::Log, Right::LogDetail, Right::Modify, Right::Backtest].into_iter().collect()
            }
            Self::Steward => RightSet::all(),
        };
        let viewer = match ("Sample editor".parse(), self) {
            (Ok(name), Self::Editor | Self::Steward) => Principal::Account { id: 1, name },
            _ => Principal::System,
        };
        Visitor::sample(Viewer::new(viewer, Rights::farm_wide(rights), false), language, theme)
    }
}

/// All samples of all pages.
pub fn all() -> Vec<Sample> {
    let areas: &[fn() -> Vec<Sample>] = &[
        crate::kept::samples,
        super::sign_in::samples,
        super::start::samples,
        super::filters::samples,
        super::hits::samples,
        super::accounts::samples,
        super::audit::samples,
        super::backtests::samples,
        super::domains::samples,
        super::groups::samples,
        super::health::samples,
        super::me::samples,
        super::notices::samples,
        super::messages::samples,
        super::profile::samples,
        super::promotion::samples,
        super::rights::samples,
        super::tokens::samples,
        super::trials::samples,
        super::wiki_sets::samples,
        super::wikis::samples,
    ];
    areas.iter().flat_map(|samples| samples()).collect()
}
