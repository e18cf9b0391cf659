//! Files that are no UTF-8. Whoever reads them puts U+FFFD in the place of bytes that are none, so what a file was saved as
//! is told from what is left of it.

use crate::definition::source::{Place, Reader};

/// What is wrong with the encoding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Every other byte of the keys is a zero.
    Utf16,
    /// Keys are legible and next to nothing that is Chinese.
    Gbk,
    /// Some bytes in a text that is legible else, in a line counted from 1.
    Bytes(u32),
}

/// Whether a file is saved as something else than UTF-8, so that nothing in it can be taken as it stands.
pub(super) fn is_foreign(text: &str) -> bool {
    fault(text).is_some()
}

/// Says once for a file as what it seems to be saved. Nothing is found in one that is UTF-8.
pub(super) fn check(reader: &mut Reader<'_>, text: &str) {
    let Some(fault) = fault(text) else { return };
    let (line, message, mend) = match fault {
        Fault::Utf16 => (
            1,
            "this file is not UTF-8: it seems to be saved as UTF-16 (\"Unicode\")",
            "save it as UTF-8 in the editor, or run `iconv -f UTF-16 -t UTF-8`; nothing else in it was read",
        ),
        Fault::Gbk => (
            1,
            "this file is not UTF-8: it seems to be saved as GBK (GB 18030, \"ANSI\")",
            "save it as UTF-8 in the editor, or run `iconv -f GB18030 -t UTF-8`; nothing else in it was read",
        ),
        Fault::Bytes(line) => (
            line,
            "there are bytes here that are no UTF-8",
            "save the file as UTF-8, and write the text anew where it became illegible",
        ),
    };
    reader.error("WF001", Place { line, column: 0 }, "", message.to_owned(), mend);
}

fn fault(text: &str) -> Option<Fault> {
    let zeros = text.matches('\0').count();
    if zeros * 8 > text.len() {
        return Some(Fault::Utf16);
    }
    let lost = text.matches('\u{FFFD}').count();
    let first = (1..).zip(text.lines()).find(|(_, line)| line.contains('\u{FFFD}'))?.0;
    // Two bytes of GBK can make a character of UTF-8 by chance, few do.
    let chinese = text
        .chars()
        .filter(|c| matches!(c, '\u{3000}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}'))
        .count();
    match lost > 1 && lost > chinese * 4 {
        true => Some(Fault::Gbk),
        false => Some(Fault::Bytes(first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(bytes: &[u8]) -> Option<Fault> {
        fault(&String::from_utf8_lossy(bytes))
    }

    #[test]
    fn what_a_file_is_saved_as_is_told_from_its_text() {
        let text = "title: {zh: 投诉, en: Complaint}\n";
        assert_eq!(seen(text.as_bytes()), None);
        // 投诉 in GBK.
        assert_eq!(
            seen(b"title: {zh: \xCD\xB6\xCB\xDF, en: Complaint}\n"),
            Some(Fault::Gbk)
        );
        let wide: Vec<u8> = [0xFEFF]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(seen(&wide), Some(Fault::Utf16));
        let one = [text.as_bytes(), b"hint: \xE6\x8A\n"].concat();
        assert_eq!(seen(&one), Some(Fault::Bytes(2)));
    }
}
