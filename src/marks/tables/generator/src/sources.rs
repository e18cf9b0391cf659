//! Where the source packages lie, and how their files are read.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use bzip2::read::MultiBzDecoder;

/// The directory that `sources.sh` fills: `debian/` holds unpacked Debian packages, `npm/<name>/` npm packages.
pub(crate) struct Sources {
    root: PathBuf,
}

impl Sources {
    pub(crate) fn new(root: impl AsRef<Path>) -> Self {
        Self {
            root: root.as_ref().to_owned(),
        }
    }

    /// Bytes of a file, named from the root; the error names the file.
    pub(crate) fn bytes(&self, path: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        let path = self.root.join(path);
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    pub(crate) fn text(&self, path: &str) -> Result<String, Box<dyn Error>> {
        Ok(String::from_utf8(self.bytes(path)?)?)
    }

    pub(crate) fn json(&self, path: &str) -> Result<serde_json::Value, Box<dyn Error>> {
        Ok(serde_json::from_slice(&self.bytes(path)?)?)
    }

    /// Values of one Unihan property by character.
    pub(crate) fn unihan(&self, file: &str, property: &str) -> Result<BTreeMap<char, String>, Box<dyn Error>> {
        let packed = self.bytes(&format!("debian/usr/share/unicode/Unihan_{file}.txt.bz2"))?;
        let mut text = String::new();
        MultiBzDecoder::new(packed.as_slice()).read_to_string(&mut text)?;
        let mut values = BTreeMap::new();
        for line in text.lines() {
            let mut cells = line.split('\t');
            if let (Some(code), Some(name), Some(value)) = (cells.next(), cells.next(), cells.next())
                && name == property
                && let Some(c) = code.strip_prefix("U+").and_then(scalar)
            {
                values.insert(c, value.to_owned());
            }
        }
        if values.is_empty() {
            return Err(format!("Unihan_{file} has no {property}").into());
        }
        Ok(values)
    }

    /// The CJK radicals and the unified ideographs that write them, both forms of those that were simplified.
    pub(crate) fn radicals(&self) -> Result<Vec<char>, Box<dyn Error>> {
        let text = self.text("debian/usr/share/unicode/CJKRadicals.txt")?;
        Ok(text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| scalar(line.split(';').nth(2)?.trim()))
            .collect())
    }
}

/// The character of a code point in hexadecimal.
fn scalar(code: &str) -> Option<char> {
    char::from_u32(u32::from_str_radix(code, 16).ok()?)
}
