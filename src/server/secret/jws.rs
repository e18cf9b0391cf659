//! Signed text that leaves the installation: JSON Web Signatures in their compact form (RFC 7515), with Ed25519 and nothing
//! else (RFC 8037). A key is named by its thumbprint (RFC 7638).

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The only algorithm: others are refused, `none` among them.
const ALGORITHM: &str = "EdDSA";
/// Bytes of an Ed25519 signature.
const SIGNATURE: usize = 64;

/// What stands before the payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// Why a text is not taken for signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// It ends before the signature does.
    #[error("the text is cut off")]
    Truncated,
    /// It is no compact JWS, or of another type.
    #[error("the text is no signed text of this kind")]
    Unreadable,
    /// It names another algorithm than Ed25519.
    #[error("the text is not signed with Ed25519")]
    Algorithm,
    /// It is not what was signed.
    #[error("the signature does not fit the text")]
    Altered,
}

/// A key that signs.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: VerifyingKey,
}

/// A key that proves signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    bytes: [u8; 32],
}

impl SigningKey {
    /// The key of a seed.
    #[must_use]
    pub fn from_seed(seed: &Zeroizing<[u8; 32]>) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice())
            .unwrap_or_else(|_| unreachable!("any 32 bytes are a seed"));
        let mut bytes = [0; 32];
        bytes.copy_from_slice(pair.public_key().as_ref());
        Self {
            pair,
            public: VerifyingKey { bytes },
        }
    }

    /// Its public half.
    #[must_use]
    pub const fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// Signs `payload` as a text of type `typ`.
    #[must_use]
    pub fn sign(&self, typ: &str, payload: &[u8]) -> String {
        let header = Header {
            alg: ALGORITHM.to_owned(),
            typ: typ.to_owned(),
            kid: self.public.thumbprint(),
        };
        let header = serde_json::to_vec(&header).unwrap_or_else(|_| unreachable!("three strings are JSON"));
        let input = format!(
            "{}.{}",
            BASE64URL_NOPAD.encode(&header),
            BASE64URL_NOPAD.encode(payload)
        );
        let signature = self.pair.sign(input.as_bytes());
        format!("{input}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public.thumbprint())
    }
}

impl VerifyingKey {
    /// The key of a coordinate `x` as a JSON Web Key has it.
    #[must_use]
    pub fn from_x(x: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(x.as_bytes()).ok()?;
        Some(Self {
            bytes: bytes.try_into().ok()?,
        })
    }

    /// Its coordinate `x`.
    #[must_use]
    pub fn x(&self) -> String {
        BASE64URL_NOPAD.encode(&self.bytes)
    }

    /// The name of the key: SHA-256 of its required members in their order (RFC 7638, RFC 8037 appendix A.3).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        BASE64URL_NOPAD.encode(&Sha256::digest(members.as_bytes()))
    }
}

/// A signed text whose signature has not been looked at yet.
#[derive(Clone, Debug)]
pub struct Claimed {
    typ: String,
    key: String,
    input: String,
    signature: Vec<u8>,
}

impl Claimed {
    /// Reads a text.
    ///
    /// # Errors
    /// [`JwsError::Truncated`], [`JwsError::Unreadable`], [`JwsError::Algorithm`].
    pub fn read(text: &str) -> Result<Self, JwsError> {
        let text = text.trim();
        let mut parts = text.split('.');
        let header = parts.next().unwrap_or_default();
        let decoded = BASE64URL_NOPAD.decode(header.as_bytes()).ok();
        let decoded = decoded.and_then(|bytes| serde_json::from_slice::<Header>(&bytes).ok());
        let (payload, signature) = (parts.next(), parts.next());
        let decoded = decoded.ok_or(JwsError::Unreadable)?;
        let (Some(payload), Some(signature), None) = (payload, signature, parts.next()) else {
            return Err(JwsError::Truncated);
        };
        if decoded.alg != ALGORITHM {
            return Err(JwsError::Algorithm);
        }
        let whole = BASE64URL_NOPAD.encode_len(SIGNATURE);
        if signature.len() < whole {
            return Err(JwsError::Truncated);
        }
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes());
        Ok(Self {
            typ: decoded.typ,
            key: decoded.kid,
            input: format!("{header}.{payload}"),
            signature: signature.map_err(|_| JwsError::Altered)?,
        })
    }

    /// The name of the key by which it says to be signed.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its type.
    #[must_use]
    pub fn typ(&self) -> &str {
        &self.typ
    }

    /// The payload, where this key signed it.
    ///
    /// # Errors
    /// [`JwsError::Altered`].
    pub fn prove(&self, key: &VerifyingKey) -> Result<Vec<u8>, JwsError> {
        UnparsedPublicKey::new(&ED25519, key.bytes)
            .verify(self.input.as_bytes(), &self.signature)
            .map_err(|_| JwsError::Altered)?;
        let payload = self.input.split('.').nth(1).unwrap_or_default();
        BASE64URL_NOPAD
            .decode(payload.as_bytes())
            .map_err(|_| JwsError::Altered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&Zeroizing::new([seed; 32]))
    }

    #[test]
    fn the_example_of_rfc_8037_is_signed_as_it_says() {
        // RFC 8037 appendices A.1 to A.4.
        let seed = BASE64URL_NOPAD
            .decode(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
            .expect("base64url");
        let key = SigningKey::from_seed(&Zeroizing::new(seed.try_into().expect("32 bytes")));
        assert_eq!(key.public().x(), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(key.public().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let input = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        assert_eq!(
            BASE64URL_NOPAD.encode(key.pair.sign(input).as_ref()),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn what_was_signed_is_read_by_whoever_has_the_key() {
        let text = key(1).sign("letter", b"{\"to\":\"police\"}");
        let claimed = Claimed::read(&text).expect("a JWS");
        assert_eq!(claimed.key(), key(1).public().thumbprint());
        assert_eq!(claimed.typ(), "letter");
        assert_eq!(
            claimed.prove(key(1).public()).as_deref(),
            Ok(b"{\"to\":\"police\"}".as_slice())
        );
    }

    #[test]
    fn another_key_does_not_prove_it() {
        let claimed = Claimed::read(&key(1).sign("letter", b"{}")).expect("a JWS");
        assert_eq!(claimed.prove(key(2).public()), Err(JwsError::Altered));
    }

    #[test]
    fn a_text_that_is_cut_off_anywhere_behind_its_header_is_called_so() {
        let text = key(1).sign("letter", b"{\"to\":\"police\"}");
        let header = text.find('.').expect("three parts");
        for length in header..text.len() {
            assert_eq!(
                Claimed::read(&text[..length]).err(),
                Some(JwsError::Truncated),
                "{length}"
            );
        }
    }

    #[test]
    fn no_changed_character_is_let_pass() {
        let text = key(1).sign("letter", b"{\"to\":\"police\"}");
        for place in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            let proved = Claimed::read(&changed).and_then(|claimed| claimed.prove(key(1).public()));
            assert!(proved.is_err(), "{place}");
        }
    }

    #[test]
    fn a_text_that_is_signed_by_no_algorithm_is_refused() {
        let header = BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"letter","kid":""}"#);
        assert_eq!(
            Claimed::read(&format!("{header}.e30.")).err(),
            Some(JwsError::Algorithm)
        );
    }
}
