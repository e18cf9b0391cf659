//! First passwords: read from stdin, or made and shown once.

use std::io::{self, BufRead as _};

use zeroize::Zeroizing;

use super::UsageError;
use crate::{
    app::App,
    cli::print,
    clock::{Entropy, random},
    secret::PasswordPolicy,
};

/// Digits of Crockford's Base32: none is mistaken for another when a password is read out.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters between two hyphens.
const GROUP: usize = 5;

/// A password, and whether somebody has to be told it.
pub(super) struct Secret {
    pub(super) text: Zeroizing<String>,
    made: bool,
}

impl Secret {
    /// Prints a password that was made; one that was given is known already.
    pub(super) fn show(&self) -> Result<(), UsageError> {
        if self.made {
            print(&format!("{}\n", *self.text))
        } else {
            Ok(())
        }
    }
}

/// The first line of stdin, or a new password that the policy takes.
pub(super) fn given_or_made(app: &App, from_stdin: bool) -> Result<Secret, UsageError> {
    if from_stdin {
        let mut line = Zeroizing::new(String::new());
        io::stdin().lock().read_line(&mut line)?;
        let text = Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned());
        return if text.is_empty() {
            Err(UsageError::Other(
                "stdin has no password: write it on one line".to_owned(),
            ))
        } else {
            Ok(Secret { text, made: false })
        };
    }
    let config = &app.config.password;
    let policy = PasswordPolicy {
        min_length: usize::from(config.min_length.get()),
        complexity: config.complexity,
    };
    let text = make(app.entropy.as_ref(), &policy).ok_or_else(|| {
        UsageError::Other("no password can be as long as `password.min_length` asks: lower it".to_owned())
    })?;
    Ok(Secret { text, made: true })
}

/// Tries to make one that the policy takes: about one in ten thousand has no digit.
const TRIES: usize = 100;

/// At least 25 characters of 5 random bits each, in groups with hyphens, so that there are letters, digits and a sign.
/// `None` under a policy that no password can meet.
fn make(entropy: &dyn Entropy, policy: &PasswordPolicy) -> Option<Zeroizing<String>> {
    let groups = (policy.min_length + 1).div_ceil(GROUP + 1).max(5);
    let attempt = || {
        let mut text = Zeroizing::new(String::with_capacity(groups * (GROUP + 1)));
        for group in 0..groups {
            if group > 0 {
                text.push('-');
            }
            let bytes = Zeroizing::new(random::<GROUP>(entropy));
            text.extend(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])));
        }
        text
    };
    std::iter::repeat_with(attempt)
        .take(TRIES)
        .find(|text| policy.check(text, "").is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededEntropy;

    #[test]
    fn what_is_made_passes_every_policy() {
        let entropy = SeededEntropy::new(7);
        for min_length in [1, 12, 29, 30, 31, 64, 200] {
            let policy = PasswordPolicy {
                min_length,
                complexity: true,
            };
            for _ in 0..50 {
                let made = make(&entropy, &policy).expect("possible");
                assert_eq!(policy.check(&made, "somebody"), Ok(()), "{min_length}");
            }
        }
    }

    #[test]
    fn a_policy_that_nothing_meets_ends_the_search() {
        let policy = PasswordPolicy {
            min_length: 60_000,
            complexity: false,
        };
        assert!(make(&SeededEntropy::new(7), &policy).is_none());
    }
}
