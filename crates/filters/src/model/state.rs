//! The words for a filter's state, tier, brake profile and origin.

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word for it, as stored and answered.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The one that `word` means.
            pub fn find(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.name() == word)
            }
        }
    };
}

words! {
    /// Where a filter stands in its life.
    State {
        /// Stored, never evaluated.
        Draft = "draft",
        /// Evaluated without effect; matches go to a log of their own.
        Shadow = "shadow",
        /// In full effect.
        Enabled = "enabled",
        /// Not evaluated.
        Disabled = "disabled",
        /// Not evaluated, and shown only to who asks for it.
        Deleted = "deleted",
    }
}

words! {
    /// Budget class of a filter.
    Tier {
        /// Evaluated while the budget lasts.
        Normal = "normal",
        /// Evaluated first, in a reserved half of the budget.
        Critical = "critical",
    }
}

words! {
    /// How a filter's emergency brake behaves.
    BrakeProfile {
        /// As usual.
        Standard = "standard",
        /// For a deliberately broad rule.
        Lockdown = "lockdown",
        /// As AbuseFilter's.
        Compat = "compat",
    }
}

words! {
    /// How a version came about.
    Origin {
        /// A person saved it.
        Edit = "edit",
        /// It was imported.
        Import = "import",
        /// It was brought over from AbuseFilter's tables.
        Migration = "migration",
        /// A candidate was promoted.
        Promote = "promote",
    }
}
