//! What each right allows, in words, and the rights sorted by what they are about.

use crate::html as h;
use crate::text::Text;
use maud::{Markup, html};
use wikiward_farm::Right;
use wikiward_farm::right::RightSet;

/// Key of the sentence that says what a right allows.
pub(crate) const fn key(right: Right) -> &'static str {
    match right {
        Right::View => "rights-to-view",
        Right::ViewPrivate => "rights-to-view-private",
        Right::Modify => "rights-to-modify",
        Right::ModifyRestricted => "rights-to-modify-restricted",
        Right::ModifyGlobal => "rights-to-modify-global",
        Right::Revert => "rights-to-revert",
        Right::Backtest => "rights-to-backtest",
        Right::Optout => "rights-to-optout",
        Right::Log => "rights-to-log",
        Right::LogDetail => "rights-to-log-detail",
        Right::LogPrivate => "rights-to-log-private",
        Right::HiddenLog => "rights-to-hidden-log",
        Right::HideLog => "rights-to-hide-log",
        Right::ViewSuppressed => "rights-to-viewsuppressed",
        Right::SuppressRevision => "rights-to-suppressrevision",
        Right::DeletedText => "rights-to-deletedtext",
        Right::PrivateDetails => "rights-to-privatedetails",
        Right::PrivateDetailsLog => "rights-to-privatedetails-log",
        Right::ProtectedVars => "rights-to-protected-vars",
        Right::ProtectedVarsLog => "rights-to-protected-vars-log",
        Right::BrakeRelease => "rights-to-brake-release",
        Right::BrakeHold => "rights-to-brake-hold",
        Right::BrakeDeclare => "rights-to-brake-declare",
        Right::ModifyBlockedDomains => "rights-to-modify-blocked-domains",
        Right::BypassBlockedDomains => "rights-to-bypass-blocked-domains",
        Right::BlockedDomainsLog => "rights-to-blocked-domains-log",
        Right::ManageFarm => "rights-to-manage-farm",
        Right::ManageAccounts => "rights-to-manage-accounts",
        Right::AuditLog => "rights-to-audit-log",
    }
}

/// Rights by what they are about: the key of a heading, and the rights.
pub(crate) const SORTS: [(&str, &[Right]); 5] = [
    (
        "rights-about-filters",
        &[
            Right::View,
            Right::ViewPrivate,
            Right::Modify,
            Right::ModifyRestricted,
            Right::ModifyGlobal,
            Right::Revert,
            Right::Backtest,
            Right::Optout,
        ],
    ),
    (
        "rights-about-hits",
        &[
            Right::Log,
            Right::LogDetail,
            Right::LogPrivate,
            Right::HiddenLog,
            Right::HideLog,
            Right::ViewSuppressed,
            Right::SuppressRevision,
            Right::DeletedText,
        ],
    ),
    (
        "rights-about-private",
        &[Right::PrivateDetails, Right::PrivateDetailsLog, Right::ProtectedVars, Right::ProtectedVarsLog],
    ),
    (
        "rights-about-brake",
        &[
            Right::BrakeRelease,
            Right::BrakeHold,
            Right::BrakeDeclare,
            Right::ModifyBlockedDomains,
            Right::BypassBlockedDomains,
            Right::BlockedDomainsLog,
        ],
    ),
    ("rights-about-farm", &[Right::ManageFarm, Right::ManageAccounts, Right::AuditLog]),
];

/// A right in words, with its name for who knows it by that.
pub(crate) fn right(text: Text, right: Right) -> Markup {
    html! { (text.say(key(right))) " " code.ww-code.ww-muted dir="ltr" { (right.name()) } }
}

/// Rights as a list in words.
pub(crate) fn list(text: Text, rights: RightSet) -> Markup {
    html! {
        @if rights == RightSet::NONE { p.ww-muted { (text.say("rights-none")) } }
        @else { ul { @for one in rights.iter() { li { (right(text, one)) } } } }
    }
}

/// A box for each right, those of `given` ticked. The fields are called `right`.
pub(crate) fn boxes(text: Text, given: RightSet) -> Markup {
    html! {
        div id="rights" tabindex="-1" {
            @for (heading, rights) in SORTS {
                fieldset.cdx-field {
                    legend.cdx-label { span.cdx-label__label { span.cdx-label__label__text { (text.say(heading)) } } }
                    div.cdx-field__control {
                        @for one in rights { (h::checkbox("right", one.name(), &right(text, *one), given.has(*one))) }
                    }
                }
            }
        }
    }
}

/// The rights that are ticked in a form; names that are no rights count as none.
pub(crate) fn ticked(form: &crate::form::Form) -> RightSet {
    form.all("right").filter_map(Right::find).collect()
}

/// What `from` has and `to` has not.
pub(crate) fn without(from: RightSet, to: RightSet) -> RightSet {
    from.iter().filter(|right| !to.has(*right)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_stands_under_one_heading() {
        let mut sorted: Vec<Right> = SORTS.iter().flat_map(|(_, rights)| rights.iter().copied()).collect();
        sorted.sort_unstable();
        assert_eq!(sorted, Right::ALL);
    }
}
