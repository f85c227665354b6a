//! What an edit of the sample farm is.

/// What an edit is: good, or one kind of attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// Written in good faith, reverts and bot edits included.
    Good,
    /// The whole text is gone or replaced by a few words.
    Blanking,
    /// A (harmless) insult in the text.
    Insult,
    /// Links that sell something, away from any reference.
    Linkspam,
    /// A line in capitals.
    Shouting,
    /// One character or syllable many times.
    RepeatedCharacters,
    /// A page moved to a silly title; the text does not change.
    PageMoveVandalism,
    /// Advertising that mixes scripts so that words look right and are not.
    LookalikeSpam,
    /// Text that readers do not see.
    HiddenText,
    /// A page turned into a redirect to a silly target.
    RedirectAbuse,
    /// A template repeated over and over.
    MassTemplate,
    /// A telephone number to call.
    PhoneNumberSpam,
    /// A long text pasted from elsewhere, copyright line included.
    CopyPaste,
    /// Somebody tries whether editing works.
    TestEdit,
    /// A year or a number quietly made wrong.
    SneakyNumberChange,
    /// An author writes about themselves.
    SelfPromotion,
    /// Keys struck at random.
    Gibberish,
    /// An attack on somebody else's user page.
    UserPageAttack,
    /// Sources removed under a harmless summary.
    ReferenceRemoval,
}

impl Label {
    /// All attacks, in the order of the enum.
    pub const ATTACKS: [Self; 18] = [
        Self::Blanking,
        Self::Insult,
        Self::Linkspam,
        Self::Shouting,
        Self::RepeatedCharacters,
        Self::PageMoveVandalism,
        Self::LookalikeSpam,
        Self::HiddenText,
        Self::RedirectAbuse,
        Self::MassTemplate,
        Self::PhoneNumberSpam,
        Self::CopyPaste,
        Self::TestEdit,
        Self::SneakyNumberChange,
        Self::SelfPromotion,
        Self::Gibberish,
        Self::UserPageAttack,
        Self::ReferenceRemoval,
    ];

    /// The name in records, as `sneaky_number_change`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Blanking => "blanking",
            Self::Insult => "insult",
            Self::Linkspam => "linkspam",
            Self::Shouting => "shouting",
            Self::RepeatedCharacters => "repeated_characters",
            Self::PageMoveVandalism => "page_move_vandalism",
            Self::LookalikeSpam => "lookalike_spam",
            Self::HiddenText => "hidden_text",
            Self::RedirectAbuse => "redirect_abuse",
            Self::MassTemplate => "mass_template",
            Self::PhoneNumberSpam => "phone_number_spam",
            Self::CopyPaste => "copy_paste",
            Self::TestEdit => "test_edit",
            Self::SneakyNumberChange => "sneaky_number_change",
            Self::SelfPromotion => "self_promotion",
            Self::Gibberish => "gibberish",
            Self::UserPageAttack => "user_page_attack",
            Self::ReferenceRemoval => "reference_removal",
        }
    }
}
