//! Public case numbers with a check character, such as `WH26-0000123-K`.

use std::{fmt, str::FromStr};

use super::typed;

/// The characters of ISO/IEC 7064 MOD 37,36, in the order of their values.
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Digits that a serial number has at least.
const SERIAL_DIGITS: usize = 7;
/// Digits that a serial number has at most: they fit `u64` with room to spare.
const SERIAL_DIGITS_MAX: usize = 15;
/// Letters that a prefix has at most.
const PREFIX_LETTERS: usize = 6;

/// The number under which a case is known outside.
///
/// It is no secret and opens nothing. Its last character is a check character by ISO/IEC 7064
/// MOD 37,36, which finds every single wrong character and every swap of two neighbours, so a
/// mistyped number is refused at once instead of being searched for in vain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CaseNumber {
    prefix: Prefix,
    year: u8,
    serial: u64,
}

/// The letters in front of an office's case numbers: one to six ASCII letters, kept in capitals.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Prefix(String);

/// Why a text is no case number. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CaseNumberError {
    /// The text does not have the form of a case number.
    #[error("not a case number: expected letters, a two-digit year, a serial number and a check character")]
    Malformed,
    /// The form is right, but the check character does not fit: the number was mistyped.
    #[error("the check digit does not fit: the case number was mistyped")]
    CheckDigit,
}

impl CaseNumberError {
    /// Stable name for programs and for the texts of the portal.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "CASE_NUMBER_MALFORMED",
            Self::CheckDigit => "CASE_NUMBER_CHECK_DIGIT",
        }
    }
}

/// A prefix must be one to six ASCII letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a case number's prefix is one to six letters A-Z")]
pub struct PrefixError;

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let fits = (1..=PREFIX_LETTERS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        if fits {
            Ok(Self(text.to_ascii_uppercase()))
        } else {
            Err(PrefixError)
        }
    }
}

impl TryFrom<String> for Prefix {
    type Error = PrefixError;

    fn try_from(text: String) -> Result<Self, PrefixError> {
        text.parse()
    }
}

impl Prefix {
    /// The letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CaseNumber {
    /// The number of the `serial`-th case of `year` (Gregorian; its last two digits are shown).
    #[must_use]
    pub fn new(prefix: Prefix, year: i32, serial: u64) -> Self {
        let year = u8::try_from(year.rem_euclid(100)).unwrap_or(0);
        Self { prefix, year, serial }
    }

    /// The serial number within the year.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// The last two digits of the year.
    #[must_use]
    pub fn year(&self) -> u8 {
        self.year
    }

    /// The characters that the check character is computed over.
    fn payload(&self) -> String {
        format!(
            "{}{:02}{:0width$}",
            self.prefix.0,
            self.year,
            self.serial,
            width = SERIAL_DIGITS
        )
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{:02}-{:0width$}-{}",
            self.prefix.0,
            self.year,
            self.serial,
            check_character(&self.payload()),
            width = SERIAL_DIGITS
        )
    }
}

impl FromStr for CaseNumber {
    type Err = CaseNumberError;

    /// Reads a number as people type it: any case, full-width, with or without dashes and spaces.
    fn from_str(text: &str) -> Result<Self, CaseNumberError> {
        let plain: String = typed(text).take(64).collect();
        let split = plain
            .find(|character: char| character.is_ascii_digit())
            .ok_or(CaseNumberError::Malformed)?;
        let (prefix, rest) = plain.split_at(split);
        let prefix: Prefix = prefix.parse().map_err(|_| CaseNumberError::Malformed)?;
        let (digits, check) = rest
            .char_indices()
            .next_back()
            .map(|(at, check)| (&rest[..at], check))
            .ok_or(CaseNumberError::Malformed)?;
        let fits = (2 + SERIAL_DIGITS..=2 + SERIAL_DIGITS_MAX).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && check.is_ascii_alphanumeric();
        if !fits {
            return Err(CaseNumberError::Malformed);
        }
        let (year, serial) = digits.split_at(2);
        let number = Self {
            prefix,
            year: year.parse().map_err(|_| CaseNumberError::Malformed)?,
            serial: serial.parse().map_err(|_| CaseNumberError::Malformed)?,
        };
        // Extra leading zeros would make two writings of one number.
        if number.payload().len() != split + digits.len() {
            return Err(CaseNumberError::Malformed);
        }
        if check_character(&number.payload()) == check {
            Ok(number)
        } else {
            Err(CaseNumberError::CheckDigit)
        }
    }
}

/// The check character of `payload` (ISO/IEC 7064, hybrid system MOD 37,36).
fn check_character(payload: &str) -> char {
    let product = payload.bytes().fold(36_usize, |product, byte| {
        let sum = (product + value(byte)) % 36;
        let sum = if sum == 0 { 36 } else { sum };
        sum * 2 % 37
    });
    char::from(ALPHABET[(37 - product) % 36])
}

/// The value of one character of the payload, which holds capitals and digits only.
fn value(byte: u8) -> usize {
    match byte {
        b'0'..=b'9' => usize::from(byte - b'0'),
        _ => usize::from(byte.saturating_sub(b'A')) + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(serial: u64) -> CaseNumber {
        CaseNumber::new("WH".parse().expect("letters"), 2026, serial)
    }

    #[test]
    fn the_check_character_is_that_of_the_standard_s_worked_example() {
        // Published example of the Global Release Identifier, which uses MOD 37,36.
        assert_eq!(check_character("A12425GABC1234002"), 'M');
    }

    #[test]
    fn a_number_reads_back_however_it_is_typed() {
        let written = number(123).to_string();
        assert!(written.starts_with("WH26-0000123-"), "{written}");
        let lower = written.to_lowercase();
        let spaced = written.replace('-', "  ");
        let bare = written.replace('-', "");
        let full_width: String = written
            .chars()
            .map(|c| char::from_u32(u32::from(c) + 0xfee0).expect("full-width form"))
            .collect();
        for typed in [written, lower, spaced, bare, full_width] {
            assert_eq!(typed.parse(), Ok(number(123)), "{typed}");
        }
    }

    #[test]
    fn every_single_wrong_character_is_found() {
        let written = number(9_876_543).to_string().replace('-', "");
        for at in 0..written.len() {
            for other in ALPHABET {
                let mut bytes = written.clone().into_bytes();
                if bytes[at] == *other {
                    continue;
                }
                bytes[at] = *other;
                let typed = String::from_utf8(bytes).expect("ascii");
                assert!(typed.parse::<CaseNumber>().is_err(), "{typed}");
            }
        }
    }

    #[test]
    fn every_swap_of_neighbouring_digits_is_a_check_digit_error() {
        let written = number(1_234_567).to_string().replace('-', "");
        for at in 2..written.len() - 2 {
            let mut bytes = written.clone().into_bytes();
            bytes.swap(at, at + 1);
            let typed = String::from_utf8(bytes).expect("ascii");
            if typed != written {
                assert_eq!(typed.parse::<CaseNumber>(), Err(CaseNumberError::CheckDigit));
            }
        }
    }

    #[test]
    fn other_texts_are_malformed() {
        for text in [
            "",
            "WH",
            "26-0000123-K",
            "WH26-12-K",
            "WH26-00000123-K",
            "武汉26",
            "WH26-00001é3-K",
        ] {
            assert_eq!(text.parse::<CaseNumber>(), Err(CaseNumberError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_serial_number_may_outgrow_its_seven_digits() {
        let large = number(12_345_678);
        assert_eq!(large.to_string().parse(), Ok(large));
    }

    #[test]
    fn a_prefix_is_letters_only() {
        assert_eq!(
            "wh".parse::<Prefix>().map(|p| p.as_str().to_owned()),
            Ok("WH".to_owned())
        );
        for text in ["", "W1", "TOOLONGX", "武"] {
            assert_eq!(text.parse::<Prefix>(), Err(PrefixError));
        }
    }
}
