//! Hashing passwords: argon2id, away from the threads that serve requests, a few at a time.

use crate::password::Password;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Semaphore;
use wikiward_farm::Entropy;

/// Memory of one hash in KiB. 19 MiB, two passes, one lane: what OWASP's password storage cheat sheet asks of argon2id
/// at least; about 20 ms on a present core.
pub const MEMORY_KIB: u32 = 19 * 1024;

/// Passes over the memory.
pub const PASSES: u32 = 2;

/// Lanes.
pub const LANES: u32 = 1;

/// Most hashes at a time: bounds memory (4 × 19 MiB) and the cores taken.
pub const AT_ONCE_MAX: usize = 4;

/// How long one waits for its turn before the caller is told to come again.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Too many passwords are being checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked at this moment. Try again in a few seconds")]
pub struct Crowded;

/// Hashes passwords and compares them.
#[derive(Debug, Clone)]
pub(crate) struct Hasher {
    entropy: Arc<dyn Entropy>,
    turns: Arc<Semaphore>,
    /// The hash of a password that nobody knows: compared with for names that are not there.
    nobody: Arc<OnceLock<String>>,
}

impl Hasher {
    pub(crate) fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, turns: Arc::new(Semaphore::new(AT_ONCE_MAX)), nobody: Arc::default() }
    }

    /// The hash to be stored (PHC string format).
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, Crowded> {
        let (password, salt) = (password.clone(), self.entropy.bytes::<16>());
        self.work(move || hash(password.as_bytes(), &salt)).await
    }

    /// Whether `password` is the one of `stored`. Does the same work if nothing is stored.
    pub(crate) async fn is_right(&self, password: &Password, stored: Option<String>) -> Result<bool, Crowded> {
        let (password, nobody, entropy) = (password.clone(), self.nobody.clone(), self.entropy.clone());
        self.work(move || {
            // Made for the first sign-in of all, whoever it is: made only when it is needed, it would tell the first name that is
            // not there from others.
            let nobody = nobody.get_or_init(|| hash(&entropy.bytes::<32>(), &entropy.bytes::<16>()));
            let is_there = stored.is_some();
            let stored = stored.as_ref().unwrap_or(nobody);
            let is_right = PasswordHash::new(stored)
                .is_ok_and(|stored| argon2().verify_password(password.as_bytes(), &stored).is_ok());
            is_right && is_there
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Crowded> {
        let turn = tokio::time::timeout(WAIT_MAX, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Crowded)?.map_err(|_| Crowded)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work ends, though the request may be gone.
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| Crowded)
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[expect(clippy::expect_used, reason = "the parameters and the length of the salt are fixed and within bounds")]
fn hash(password: &[u8], salt: &[u8; 16]) -> String {
    argon2().hash_password_with_salt(password, salt).expect("a bounded password is hashed").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_farm::SystemEntropy;

    #[tokio::test]
    async fn the_first_name_that_is_not_there_makes_no_more_work_than_one_that_is() {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let stored = Hasher::new(entropy.clone()).hash(&Password::new("correct horse battery")).await.unwrap();
        for stored in [Some(stored), None] {
            let hasher = Hasher::new(entropy.clone());
            assert_eq!(hasher.is_right(&Password::new("another horse"), stored).await, Ok(false));
            assert!(hasher.nobody.get().is_some());
        }
    }

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let hasher = Hasher::new(Arc::new(SystemEntropy));
        let password = Password::new("correct horse battery");
        let stored = hasher.hash(&password).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, hasher.hash(&password).await.unwrap());
        assert_eq!(hasher.is_right(&password, Some(stored.clone())).await, Ok(true));
        assert_eq!(hasher.is_right(&Password::new("correct horse batterz"), Some(stored)).await, Ok(false));
        assert_eq!(hasher.is_right(&password, None).await, Ok(false));
        assert_eq!(hasher.is_right(&password, Some("no hash".into())).await, Ok(false));
    }
}
