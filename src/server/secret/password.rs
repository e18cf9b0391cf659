//! Passwords: argon2id, with a bounded queue because each hash takes much memory and time.

use std::{sync::Arc, time::Duration};

use argon2::password_hash::CustomizedPasswordHasher as _;
use argon2::{
    Algorithm, Argon2, Params, PasswordVerifier as _, Version,
    password_hash::{
        self,
        phc::{Output, PasswordHash, Salt},
    },
};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::{
    clock::{SharedEntropy, random},
    config,
};

/// Bytes that a password may have: more would be work for the server and nothing for security.
const MAX_BYTES: usize = 1024;
/// Bytes of a salt (RFC 9106 §3.1 recommends 16).
const SALT_LENGTH: usize = 16;

/// Hashes and verifies passwords.
///
/// At most `workers` hashes run at a time and at most `queue` wait; beyond that the answer is
/// [`PasswordError::Busy`], so a flood of sign-ins cannot take all memory. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    params: Params,
    /// One permit for each hash that runs or waits.
    places: Arc<Semaphore>,
    /// One permit for each hash that runs.
    workers: Arc<Semaphore>,
    capacity: usize,
    entropy: SharedEntropy,
    /// A hash that no password has, verified in place of an account that does not exist.
    nobody: Arc<str>,
}

/// What a verification found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Wrong password, or no such account: the caller cannot tell which.
    Wrong,
    /// Right password.
    Right,
    /// Right password, but its hash was made with other parameters than today's: hash it again.
    RightButOutdated,
}

/// Why a password could not be hashed or verified. It never says anything about the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many hashes are waiting; try again after the time.
    #[error("too many sign-ins at this moment")]
    Busy {
        /// When a try is worthwhile.
        retry_after: Duration,
    },
    /// The password has more than 1,024 bytes.
    #[error("the password is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// The configured parameters are not those of an argon2id.
    #[error(
        "password.memory_kib, password.iterations and password.lanes are outside what argon2id allows: at least 8 KiB for each lane, one iteration, one lane"
    )]
    Parameters,
    /// The stored hash is damaged, or the machine is out of memory.
    #[error("the password could not be hashed")]
    Failed,
}

impl Passwords {
    /// A hasher with the configured cost.
    ///
    /// # Errors
    /// [`PasswordError::Parameters`] when argon2id does not allow the cost.
    pub fn new(config: &config::Password, entropy: SharedEntropy) -> Result<Self, PasswordError> {
        let params = Params::new(
            config.memory_kib.get(),
            config.iterations.get(),
            config.lanes.get(),
            None,
        )
        .map_err(|_| PasswordError::Parameters)?;
        let workers = usize::from(config.workers.get());
        let capacity = workers + usize::from(config.queue);
        let nobody = nobody(&params, &entropy)?;
        Ok(Self {
            params,
            places: Arc::new(Semaphore::new(capacity)),
            workers: Arc::new(Semaphore::new(workers)),
            capacity,
            entropy,
            nobody,
        })
    }

    /// The PHC string to store for `password`.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when the queue is full, [`PasswordError::TooLong`].
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let salt = random::<SALT_LENGTH>(self.entropy.as_ref());
        let params = self.params.clone();
        self.run(password, move |password| {
            hasher(&params)
                .hash_password_with_params(password, &salt, params)
                .map(|hash: PasswordHash| hash.to_string())
                .map_err(|_| PasswordError::Failed)
        })
        .await
    }

    /// Compares `password` with the stored PHC string.
    ///
    /// With `stored` empty, because no such account exists or it has no password, the same work is
    /// done and the answer is [`Verdict::Wrong`], so neither words nor time tell the two apart. A password that is longer
    /// than any can be is wrong without any work.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when the queue is full, and [`PasswordError::Failed`] when the stored text is no PHC string.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<Verdict, PasswordError> {
        if password.len() > MAX_BYTES {
            return Ok(Verdict::Wrong);
        }
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        let params = self.params.clone();
        self.run(password, move |password| {
            let stored = PasswordHash::new(&stored).map_err(|_| PasswordError::Failed)?;
            match hasher(&params).verify_password(password, &stored) {
                Ok(()) if is_current(&stored, &params) => Ok(Verdict::Right),
                Ok(()) => Ok(Verdict::RightButOutdated),
                Err(password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
                Err(_) => Err(PasswordError::Failed),
            }
        })
        .await
    }

    /// A PHC string of this cost that no password has: who keeps it lets nobody in.
    #[must_use]
    pub fn of_nobody(&self) -> &str {
        &self.nobody
    }

    /// Hashes that run or wait now, for the gauge.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.capacity - self.places.available_permits()
    }

    /// Runs `work` on a thread for blocking work. The permits go along, so a caller that gives up
    /// does not make room for more work than there is memory.
    async fn run<T, F>(&self, password: &str, work: F) -> Result<T, PasswordError>
    where
        T: Send + 'static,
        F: FnOnce(&[u8]) -> Result<T, PasswordError> + Send + 'static,
    {
        if password.len() > MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| PasswordError::Busy {
                retry_after: Duration::from_secs(2),
            })?;
        let worker = Arc::clone(&self.workers)
            .acquire_owned()
            .await
            .map_err(|_| PasswordError::Failed)?;
        tokio::task::spawn_blocking(move || {
            let result = work(&password);
            drop((place, worker));
            result
        })
        .await
        .map_err(|_| PasswordError::Failed)?
    }
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords")
            .field("memory_kib", &self.params.m_cost())
            .field("iterations", &self.params.t_cost())
            .field("lanes", &self.params.p_cost())
            .finish_non_exhaustive()
    }
}

fn hasher(params: &Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
}

/// A PHC string of today's cost whose output was drawn at random, so that no password has it.
fn nobody(params: &Params, entropy: &SharedEntropy) -> Result<Arc<str>, PasswordError> {
    let failed = |_| PasswordError::Parameters;
    let salt = Salt::new(&random::<SALT_LENGTH>(entropy.as_ref())).map_err(failed)?;
    let output = Output::new(&random::<32>(entropy.as_ref())).map_err(failed)?;
    let hash = PasswordHash {
        algorithm: argon2::ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: params.try_into().map_err(|_| PasswordError::Parameters)?,
        salt: Some(salt),
        hash: Some(output),
    };
    Ok(hash.to_string().into())
}

/// Whether `stored` was made by argon2id at the cost of `params`.
fn is_current(stored: &PasswordHash, params: &Params) -> bool {
    stored.algorithm == argon2::ARGON2ID_IDENT
        && Params::try_from(stored).is_ok_and(|found| {
            (found.m_cost(), found.t_cost(), found.p_cost()) == (params.m_cost(), params.t_cost(), params.p_cost())
        })
}

/// What a new password must be like.
///
/// The default follows OWASP ASVS 5.0 §6.2: a minimum length and nothing else; `complexity` adds
/// the character classes that GB/T 22239-2019 §8.1.4.1 a) asks for.
#[derive(Debug, Clone, Copy)]
pub struct PasswordPolicy {
    /// Characters at least.
    pub min_length: usize,
    /// Whether three of lower case, upper case, digits and others must occur.
    pub complexity: bool,
}

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordWeakness {
    /// Fewer characters than the policy asks for.
    TooShort,
    /// More than 1,024 bytes.
    TooLong,
    /// Too few kinds of characters.
    TooUniform,
    /// It contains the account's own name, or is one character over and over.
    Guessable,
}

impl PasswordWeakness {
    /// Stable name for programs and for the texts of the portal.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort => "PASSWORD_TOO_SHORT",
            Self::TooLong => "PASSWORD_TOO_LONG",
            Self::TooUniform => "PASSWORD_TOO_UNIFORM",
            Self::Guessable => "PASSWORD_GUESSABLE",
        }
    }
}

impl PasswordPolicy {
    /// Whether `password` will do for the account `login`.
    ///
    /// # Errors
    /// The first weakness found.
    pub fn check(&self, password: &str, login: &str) -> Result<(), PasswordWeakness> {
        if password.len() > MAX_BYTES {
            return Err(PasswordWeakness::TooLong);
        }
        if password.chars().count() < self.min_length {
            return Err(PasswordWeakness::TooShort);
        }
        let folded = password.to_lowercase();
        let own_name = login.chars().count() >= 3 && folded.contains(&login.to_lowercase());
        let mut characters = folded.chars();
        let first = characters.next();
        if own_name || characters.all(|character| Some(character) == first) {
            return Err(PasswordWeakness::Guessable);
        }
        if self.complexity && kinds(password) < 3 {
            return Err(PasswordWeakness::TooUniform);
        }
        Ok(())
    }
}

/// How many of the kinds lower case, upper case, digit and other occur.
fn kinds(password: &str) -> usize {
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_lowercase(),
        |c| c.is_uppercase(),
        char::is_numeric,
        |c| !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric(),
    ];
    kinds.into_iter().filter(|kind| password.chars().any(kind)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededEntropy;

    /// The cheapest cost that argon2id allows: these tests are about the logic.
    fn passwords(workers: u16, queue: u16) -> Passwords {
        let mut config = config::Config::default().password;
        config.memory_kib = 8.try_into().expect("not zero");
        config.iterations = 1.try_into().expect("not zero");
        config.workers = workers.try_into().expect("not zero");
        config.queue = queue;
        Passwords::new(&config, Arc::new(SeededEntropy::new(1))).expect("allowed")
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let passwords = passwords(1, 1);
        let stored = passwords.hash("正名 rectifies").await.expect("hashed");
        let verify = |text: &'static str| passwords.verify(text, Some(&stored));
        assert_eq!(verify("正名 rectifies").await, Ok(Verdict::Right));
        assert_eq!(verify("正名 rectified").await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn one_password_has_a_new_hash_each_time() {
        let passwords = passwords(1, 1);
        assert_ne!(passwords.hash("same").await, passwords.hash("same").await);
    }

    #[tokio::test]
    async fn an_unknown_account_costs_the_same_and_is_wrong() {
        let passwords = passwords(1, 1);
        assert_eq!(passwords.verify("any", None).await, Ok(Verdict::Wrong));
        assert!(
            passwords.nobody.starts_with("$argon2id$v=19$m=8,t=1,p=1$"),
            "{}",
            passwords.nobody
        );
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_right_but_outdated() {
        let stored = passwords(1, 1).hash("p").await.expect("hashed");
        let mut dearer = passwords(1, 1);
        dearer.params = Params::new(16, 1, 1, None).expect("allowed");
        assert_eq!(dearer.verify("p", Some(&stored)).await, Ok(Verdict::RightButOutdated));
    }

    #[tokio::test]
    async fn a_full_queue_answers_busy_and_recovers() {
        let passwords = passwords(1, 1);
        let worker = Arc::clone(&passwords.workers).acquire_owned().await.expect("open");
        let waiting = [
            tokio::spawn(hash(passwords.clone())),
            tokio::spawn(hash(passwords.clone())),
        ];
        while passwords.pending() < 2 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(passwords.hash("p").await, Err(PasswordError::Busy { .. })));
        drop(worker);
        for one in waiting {
            assert!(one.await.expect("no panic").is_ok());
        }
        assert_eq!(passwords.pending(), 0);
        assert!(passwords.hash("p").await.is_ok());
    }

    async fn hash(passwords: Passwords) -> Result<String, PasswordError> {
        passwords.hash("p").await
    }

    #[tokio::test]
    async fn a_giant_password_is_not_kept_and_opens_nothing_and_a_damaged_hash_is_an_error() {
        let passwords = passwords(1, 1);
        let giant = "x".repeat(MAX_BYTES + 1);
        assert_eq!(passwords.hash(&giant).await, Err(PasswordError::TooLong));
        let stored = passwords.hash("p").await.expect("hashed");
        assert_eq!(passwords.verify(&giant, Some(&stored)).await, Ok(Verdict::Wrong));
        assert_eq!(
            passwords.verify("p", Some("nonsense")).await,
            Err(PasswordError::Failed)
        );
    }

    #[tokio::test]
    async fn the_default_cost_is_64_mib_and_three_passes() {
        let config = config::Config::default().password;
        let passwords = Passwords::new(&config, Arc::new(SeededEntropy::new(1))).expect("allowed");
        let stored = passwords.hash("p").await.expect("hashed");
        assert!(stored.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{stored}");
    }

    #[test]
    fn the_policy_names_each_weakness() {
        let plain = PasswordPolicy {
            min_length: 8,
            complexity: false,
        };
        let strict = PasswordPolicy {
            complexity: true,
            ..plain
        };
        assert_eq!(plain.check("短短短短短短短", "li"), Err(PasswordWeakness::TooShort));
        assert_eq!(plain.check("xxxxxxxxxxxx", "li"), Err(PasswordWeakness::Guessable));
        assert_eq!(
            plain.check("Wang.Lei-2026", "wang.lei"),
            Err(PasswordWeakness::Guessable)
        );
        assert_eq!(plain.check(&"ab".repeat(600), "li"), Err(PasswordWeakness::TooLong));
        assert_eq!(plain.check("correct horse", "li"), Ok(()));
        assert_eq!(strict.check("correcthorse", "li"), Err(PasswordWeakness::TooUniform));
        assert_eq!(strict.check("correct Horse 9", "li"), Ok(()));
    }
}
