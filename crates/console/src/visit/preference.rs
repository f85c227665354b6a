//! How a person wants pages to look.

/// The look of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the device says.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// With as much contrast as there is.
    Contrast,
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Light, Self::Dark, Self::Contrast];

    /// The word for it, in forms, cookies and the class of pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Contrast => "contrast",
        }
    }

    /// Key of its name.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Auto => "shell-theme-auto",
            Self::Light => "shell-theme-light",
            Self::Dark => "shell-theme-dark",
            Self::Contrast => "shell-theme-contrast",
        }
    }

    /// The one that `word` means.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == word)
    }
}
