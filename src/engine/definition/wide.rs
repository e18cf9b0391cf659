//! Signs that a Chinese keyboard gives in the place of those of YAML and of conditions: `：` for `:`, `“` for `"`.

use super::source::Place;

/// What a sign stands for, where a plain one was meant.
pub(crate) fn meant(c: char) -> Option<char> {
    let plain = match c {
        '\u{3000}' => ' ',
        '【' | '〔' => '[',
        '】' | '〕' => ']',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '、' => ',',
        '。' => '.',
        '—' | '–' => '-',
        // The block of full-width forms of ASCII.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0)?,
        _ => return None,
    };
    Some(plain)
}

/// What is to be written for a sign, in words.
pub(crate) fn advice(c: char) -> Option<String> {
    let plain = meant(c)?;
    let code = u32::from(c);
    Some(match plain {
        ' ' => format!("U+{code:04X} is a wide space: write a plain one"),
        _ => format!("`{c}` (U+{code:04X}) is not `{plain}`: write `{plain}`"),
    })
}

/// The same for the first such sign of a name, a number or a date, in which none has a place.
pub(crate) fn in_word(word: &str) -> Option<String> {
    word.chars().find_map(advice)
}

/// Where in a file that cannot be read a sign was probably taken for one of YAML: in the line that the parser blames or in the
/// one before it, next to what is written in plain letters. In Chinese texts such signs stand among Chinese.
pub(crate) fn near(text: &str, line: u32) -> Option<(Place, String)> {
    let lines = [Some(line), line.checked_sub(1)];
    lines.into_iter().flatten().find_map(|line| {
        let written = text.lines().nth(usize::try_from(line.checked_sub(1)?).ok()?)?;
        let (column, advice) = in_line(written)?;
        Some((Place { line, column }, advice))
    })
}

fn in_line(line: &str) -> Option<(u32, String)> {
    // What stands behind `#` is for people.
    let line = line.split(" #").next().unwrap_or_default();
    let chars: Vec<char> = line.chars().collect();
    let ascii = |i: Option<usize>| i.and_then(|i| chars.get(i)).is_none_or(char::is_ascii);
    (1..).zip(chars.iter().enumerate()).find_map(|(column, (i, c))| {
        let before = chars.get(..i).unwrap_or_default();
        let suspect = match c {
            // A quotation mark or a bracket begins a value; what it encloses may be Chinese.
            '“' | '‘' | '【' | '｛' | '［' => {
                let last = before.iter().rev().find(|c| **c != ' ');
                last.is_none_or(|c| matches!(c, ':' | ',' | '[' | '{' | '-'))
            }
            // The colon of a key, whatever comes after it.
            '：' => before.last().is_some_and(|c| c.is_ascii_lowercase() || *c == '_'),
            _ => ascii(i.checked_sub(1)) && ascii(i.checked_add(1)),
        };
        let advice = advice(*c).filter(|_| suspect)?;
        Some((column, advice))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_taken_for_one_of_yaml_is_found_and_those_of_a_chinese_text_are_not() {
        for (line, column) in [
            ("    phase：review", 10),
            ("form: [a，b]", 9),
            ("form: 【a, b】", 7),
            ("title: {zh：办理, en: Work}", 11),
            ("    title:\u{3000}{zh: 办理, en: Work}", 11),
            ("law: “samr-121#15”", 6),
        ] {
            let found = in_line(line).map(|(column, _)| column);
            assert_eq!(found, Some(column), "{line}");
        }
        for line in [
            "title: {zh: 办理（一）：先“受理”，后办理, en: Work}",
            "hint: {zh: 见A表，再见B表、C表。, en: See A}",
            "no_clock: 无期限 # see：there",
        ] {
            assert_eq!(in_line(line), None, "{line}");
        }
        assert_eq!(
            in_word("88（1）"),
            Some("`（` (U+FF08) is not `(`: write `(`".to_owned())
        );
        assert_eq!(in_word("３６").map(|a| a.contains("write `3`")), Some(true));
        assert_eq!(in_word("samr-121#15"), None);
    }
}
