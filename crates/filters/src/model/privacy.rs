//! Who may see a filter.

/// Marks that restrict who may see a filter and its hits; bits as AbuseFilter stores them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Privacy {
    /// Only people who may see private filters.
    pub is_hidden: bool,
    /// It uses protected variables.
    pub is_protected: bool,
    /// Only people who may see what is suppressed.
    pub is_suppressed: bool,
}

impl Privacy {
    /// The bits: 1 hidden, 2 protected, 4 suppressed.
    pub fn bits(self) -> u8 {
        u8::from(self.is_hidden) | u8::from(self.is_protected) << 1 | u8::from(self.is_suppressed) << 2
    }

    /// The marks that the bits stand for; none if there are other bits.
    pub fn from_bits(bits: i64) -> Option<Self> {
        (0..8).contains(&bits).then_some(Self {
            is_hidden: bits & 1 != 0,
            is_protected: bits & 2 != 0,
            is_suppressed: bits & 4 != 0,
        })
    }

    /// Whether nothing restricts it.
    pub fn is_public(self) -> bool {
        self == Self::default()
    }
}
