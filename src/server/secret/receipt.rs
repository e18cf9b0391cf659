//! Receipt secrets: how someone without an account comes back to what they filed.

use std::{fmt, str::FromStr};

use hkdf::hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::typed;
use crate::clock::{Entropy, random};

/// Crockford's base 32: no I, L, O or U, so that nothing is misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a receipt; five bits each make 100 bits.
const LENGTH: usize = 20;
/// Characters of one printed group.
const GROUP: usize = 5;

/// The secret that is shown once after filing, as four groups of five characters.
///
/// Only [`ReceiptSecret::digest`] is stored. The secret has 100 random bits, so a keyed hash is
/// enough: guessing is hopeless even for someone who holds the database *and* the key, which is
/// what a slow hash would have to make up for in a password that people choose. A keyed hash is
/// also the same each time, so the database finds the case by an index, and without the key file
/// a stolen database cannot even confirm a guess.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptSecret(Zeroizing<[u8; LENGTH]>);

/// What the database keeps of a receipt: HMAC-SHA-256 under the server's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReceiptDigest([u8; 32]);

/// Why a text is no receipt secret. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The count of characters, separators aside, is wrong.
    #[error("a receipt has {LENGTH} characters, not {found}")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character never occurs in a receipt.
    #[error("character {position} cannot occur in a receipt")]
    Character {
        /// Place of the character, counted from 1 without separators.
        position: usize,
    },
}

impl ReceiptError {
    /// Stable name for programs and for the texts of the portal.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Length { .. } => "RECEIPT_LENGTH",
            Self::Character { .. } => "RECEIPT_CHARACTER",
        }
    }
}

impl ReceiptSecret {
    /// A new secret of 100 random bits.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let bytes = Zeroizing::new(random::<LENGTH>(entropy));
        Self(Zeroizing::new(bytes.map(|byte| ALPHABET[usize::from(byte & 31)])))
    }

    /// What to store and to search for; `key` is [`super::Purpose::Receipt`]'s.
    #[must_use]
    pub fn digest(&self, key: &[u8; 32]) -> ReceiptDigest {
        let mut mac =
            <Hmac<Sha256>>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"));
        mac.update(self.0.as_slice());
        ReceiptDigest(mac.finalize().into_bytes().into())
    }

    /// The secret as it is shown to its owner: `XXXXX-XXXXX-XXXXX-XXXXX`.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(LENGTH + LENGTH / GROUP));
        for (index, byte) in self.0.iter().enumerate() {
            if index > 0 && index % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(*byte));
        }
        text
    }
}

impl FromStr for ReceiptSecret {
    type Err = ReceiptError;

    /// Reads a secret as people type it: any case, full-width, with or without separators, with
    /// O for 0 and with I or L for 1.
    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let mut secret = Zeroizing::new([0; LENGTH]);
        let mut found = 0;
        for character in typed(text) {
            let byte = symbol(character).ok_or(ReceiptError::Character { position: found + 1 })?;
            if let Some(place) = secret.get_mut(found) {
                *place = byte;
            }
            found += 1;
        }
        if found == LENGTH {
            Ok(Self(secret))
        } else {
            Err(ReceiptError::Length { found })
        }
    }
}

/// The alphabet's character that a typed one stands for.
fn symbol(character: char) -> Option<u8> {
    let byte = match character {
        'O' => b'0',
        'I' | 'L' => b'1',
        other => u8::try_from(other).ok()?,
    };
    ALPHABET.contains(&byte).then_some(byte)
}

impl fmt::Debug for ReceiptSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptSecret(hidden)")
    }
}

impl ReceiptDigest {
    /// Lower-case hexadecimal, as stored.
    #[must_use]
    pub fn to_hex(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededEntropy;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn a_receipt_reads_back_however_it_is_typed() {
        let secret = ReceiptSecret::generate(&SeededEntropy::new(3));
        let shown = secret.reveal().to_string();
        assert_eq!(shown.len(), 23);
        let confused = shown.replace('0', "o").replace('1', "l");
        let lower = shown.to_lowercase().replace('-', " ");
        for typed in [shown, confused, lower] {
            assert_eq!(
                typed.parse::<ReceiptSecret>().map(|s| s.digest(&KEY)),
                Ok(secret.digest(&KEY))
            );
        }
    }

    #[test]
    fn letters_that_look_like_digits_are_read_as_digits() {
        let digits: ReceiptSecret = "00000-11111-00000-11111".parse().expect("valid");
        let letters: ReceiptSecret = "oOoOo iIlLI ooooo lllll".parse().expect("valid");
        assert_eq!(digits, letters);
    }

    #[test]
    fn a_wrong_length_or_character_is_named_without_the_text() {
        assert_eq!("ABCDE".parse::<ReceiptSecret>(), Err(ReceiptError::Length { found: 5 }));
        assert_eq!(
            "00000-00000-00000-000000".parse::<ReceiptSecret>(),
            Err(ReceiptError::Length { found: 21 })
        );
        assert_eq!(
            "00U".parse::<ReceiptSecret>(),
            Err(ReceiptError::Character { position: 3 })
        );
        assert_eq!(
            "0名".parse::<ReceiptSecret>(),
            Err(ReceiptError::Character { position: 2 })
        );
    }

    #[test]
    fn the_digest_depends_on_the_secret_and_on_the_key() {
        let entropy = SeededEntropy::new(3);
        let (one, two) = (ReceiptSecret::generate(&entropy), ReceiptSecret::generate(&entropy));
        assert_ne!(one.digest(&KEY), two.digest(&KEY));
        assert_ne!(one.digest(&KEY), one.digest(&[8; 32]));
        assert_eq!(one.digest(&KEY).to_hex().len(), 64);
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let secret = ReceiptSecret::generate(&SeededEntropy::new(3));
        assert_eq!(format!("{secret:?}"), "ReceiptSecret(hidden)");
    }
}
