//! Opaque tokens: session cookies, bearer tokens, links in mails.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::clock::{Entropy, random};

/// 256 random bits that prove a session or a grant to whoever shows them.
///
/// Only [`Token::hash`] is stored. A plain SHA-256 is enough for a value with this many random
/// bits, and it lets the database find the row by an index.
#[derive(Clone)]
pub struct Token(Zeroizing<[u8; 32]>);

/// What the database keeps of a token: its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

/// The text is not 43 characters of unpadded base64url. It is not repeated here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct TokenError;

impl Token {
    /// A new token.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(random(entropy)))
    }

    /// The token as its holder keeps it: 43 characters of base64url (RFC 4648 §5, no padding).
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// What to store and to search for.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_slice()).into())
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError)?);
        let token = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| TokenError)?;
        Ok(Self(Zeroizing::new(token)))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

impl TokenHash {
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

    #[test]
    fn a_token_reads_back_to_the_same_hash() {
        let token = Token::generate(&SeededEntropy::new(1));
        let text = token.reveal();
        assert_eq!(text.len(), 43);
        assert_eq!(text.parse::<Token>().map(|t| t.hash()).ok(), Some(token.hash()));
    }

    #[test]
    fn two_tokens_have_two_hashes() {
        let entropy = SeededEntropy::new(1);
        assert_ne!(Token::generate(&entropy).hash(), Token::generate(&entropy).hash());
    }

    #[test]
    fn shorter_longer_and_foreign_texts_are_no_tokens() {
        let text = Token::generate(&SeededEntropy::new(1)).reveal();
        for wrong in [
            "",
            "abc",
            &text[1..],
            &format!("{}A", *text),
            &text.replace(|_| true, "é"),
        ] {
            assert!(wrong.parse::<Token>().is_err());
        }
    }

    #[test]
    fn debug_output_hides_the_token() {
        assert_eq!(
            format!("{:?}", Token::generate(&SeededEntropy::new(1))),
            "Token(hidden)"
        );
    }
}
