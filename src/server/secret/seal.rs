//! Sealed bytes: what may be read again only by whoever sent the request that made it.
//!
//! A reply kept for replay can hold a receipt secret that must not lie readable in the database.
//! It is sealed under a key made from the request's idempotency key, of which the database keeps
//! only a hash: whoever repeats the request can open the reply, the server alone cannot.

use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _},
};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of the nonce in front of the sealed text.
const NONCE_LENGTH: usize = 24;

/// A key of XChaCha20-Poly1305.
pub struct SealKey(Zeroizing<[u8; 32]>);

/// The bytes were not sealed with this key, or they were changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed bytes do not open with this key")]
pub struct SealError;

impl SealKey {
    /// Derives a key with HKDF-SHA-256 (RFC 5869) from `material`, which the server does not
    /// keep, and from `salt`, which nobody else knows; `info` separates the uses.
    #[must_use]
    pub fn derive(material: &[u8], salt: &[u8; 32], info: &str) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(salt), material)
            .expand(info.as_bytes(), key.as_mut_slice())
            .unwrap_or_else(|_| unreachable!("32 bytes are within what HKDF-SHA-256 can expand"));
        Self(key)
    }

    /// Seals `plain`. `nonce` must be new for each call: 24 random bytes are.
    ///
    /// # Errors
    /// Texts beyond the cipher's limit of 256 GiB.
    pub fn seal(&self, plain: &[u8], nonce: [u8; NONCE_LENGTH]) -> Result<Vec<u8>, SealError> {
        let cipher_text = self
            .cipher()
            .encrypt(&XNonce::from(nonce), plain)
            .map_err(|_| SealError)?;
        Ok([nonce.as_slice(), &cipher_text].concat())
    }

    /// Opens what [`SealKey::seal`] made.
    ///
    /// # Errors
    /// Another key sealed them, or a byte was changed.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, cipher_text) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or(SealError)?;
        self.cipher()
            .decrypt(&XNonce::from(*nonce), cipher_text)
            .map_err(|_| SealError)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.0))
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: [u8; 32] = [1; 32];
    const NONCE: [u8; NONCE_LENGTH] = [2; NONCE_LENGTH];

    fn key(material: &str) -> SealKey {
        SealKey::derive(material.as_bytes(), &SALT, "reply")
    }

    #[test]
    fn sealed_bytes_open_with_the_same_material() {
        let sealed = key("a").seal("收据".as_bytes(), NONCE).expect("short");
        assert_eq!(key("a").open(&sealed).as_deref(), Ok("收据".as_bytes()));
        assert!(!sealed.windows(3).any(|part| part == "收".as_bytes()));
    }

    #[test]
    fn other_material_salt_or_use_does_not_open_them() {
        let sealed = key("a").seal(b"receipt", NONCE).expect("short");
        assert_eq!(key("b").open(&sealed), Err(SealError));
        assert_eq!(SealKey::derive(b"a", &[9; 32], "reply").open(&sealed), Err(SealError));
        assert_eq!(SealKey::derive(b"a", &SALT, "other").open(&sealed), Err(SealError));
    }

    #[test]
    fn every_flipped_byte_is_noticed() {
        let sealed = key("a").seal(b"receipt", NONCE).expect("short");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key("a").open(&changed), Err(SealError), "byte {at}");
        }
        assert_eq!(key("a").open(&sealed[..10]), Err(SealError));
    }
}
