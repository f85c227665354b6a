//! What one evaluation may spend.

/// The budget is used up, or the caller asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the budget of work is used up")]
pub struct Exhausted;

/// A budget of work, in units of about one nanosecond.
///
/// Work is charged by what an operation touches, not by a clock, so that the same rule on the same action
/// always ends the same way. A caller that wants a limit in time gives an `interrupt`, which is asked now and then.
pub struct Meter<'a> {
    left: u64,
    interrupt: Option<&'a dyn Fn() -> bool>,
    until_asked: u64,
}

/// Units between two questions to the interrupt: about a tenth of a millisecond.
const ASK_EVERY: u64 = 100_000;

impl<'a> Meter<'a> {
    /// A budget of `units`; `interrupt` answers true when the evaluation should stop.
    pub fn new(units: u64, interrupt: Option<&'a dyn Fn() -> bool>) -> Self {
        Self { left: units, interrupt, until_asked: ASK_EVERY }
    }

    /// A budget that never ends.
    pub fn unlimited() -> Meter<'static> {
        Meter { left: u64::MAX, interrupt: None, until_asked: ASK_EVERY }
    }

    /// Takes `units` from the budget.
    ///
    /// # Errors
    /// [`Exhausted`] if less was left (then nothing is left), or if the interrupt says stop.
    #[inline]
    pub fn spend(&mut self, units: u64) -> Result<(), Exhausted> {
        let Some(left) = self.left.checked_sub(units) else {
            self.left = 0;
            return Err(Exhausted);
        };
        self.left = left;
        if self.interrupt.is_some() {
            self.ask(units)?;
        }
        Ok(())
    }

    /// Units left.
    pub fn left(&self) -> u64 {
        self.left
    }

    #[cold]
    fn ask(&mut self, units: u64) -> Result<(), Exhausted> {
        if let Some(rest) = self.until_asked.checked_sub(units) {
            self.until_asked = rest;
            return Ok(());
        }
        self.until_asked = ASK_EVERY;
        match self.interrupt {
            Some(interrupt) if interrupt() => {
                self.left = 0;
                Err(Exhausted)
            }
            _ => Ok(()),
        }
    }
}
