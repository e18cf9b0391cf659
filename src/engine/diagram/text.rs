//! How much room a text takes, without a font: widths are estimates that suit common sans-serif fonts.

/// Width of a text in ems: 1 for a Chinese character, about half for a Latin letter.
pub(super) fn ems(text: &str) -> f64 {
    text.chars().map(em).sum()
}

fn em(c: char) -> f64 {
    match c {
        ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | 'i' | 'l' | 'j' | 'I' | '(' | ')' | '[' | ']' | '!' => 0.33,
        'm' | 'w' | 'M' | 'W' | '@' => 0.9,
        'A'..='Z' | '&' => 0.7,
        '\u{0}'..='\u{2ff}' => 0.575,
        '\u{2000}'..='\u{206f}' => 0.6,
        // Chinese, and signs of which the width depends on the font.
        _ => 1.0,
    }
}

/// A text in lines of at most so many ems: Latin words stay whole where they can, Chinese is broken anywhere but before
/// closing and after opening signs.
pub(super) fn wrap(text: &str, ems_wide: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        if !line.is_empty() && ems(line.trim_end()) + ems(piece.trim_end()) > ems_wide {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        if line.is_empty() && ems(piece) > ems_wide {
            // A word longer than a line.
            for c in piece.chars() {
                if ems(&line) + em(c) > ems_wide && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        } else {
            line.push_str(if line.is_empty() { piece.trim_start() } else { piece });
        }
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The smallest parts that stay together.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut last: Option<char> = None;
    for (at, c) in text.char_indices() {
        let splits = last.is_some_and(|last| {
            let opening = |c: char| "（《“‘([〔".contains(c);
            let closing = |c: char| "，。、；：）》”’)]〕,.;:!?%".contains(c);
            let latin = |c: char| !c.is_whitespace() && u32::from(c) < 0x2e80;
            let together = opening(last) || closing(c) || c.is_whitespace() || (latin(last) && latin(c));
            !together
        });
        if splits {
            pieces.extend(text.get(start..at));
            start = at;
        }
        last = Some(c);
    }
    pieces.extend(text.get(start..));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_words_stay_whole_and_chinese_breaks_between_characters() {
        assert_eq!(wrap("Decision on acceptance", 7.0), ["Decision on", "acceptance"]);
        assert_eq!(wrap("作出是否受理的决定", 4.0), ["作出是否", "受理的决", "定"]);
    }

    #[test]
    fn a_line_does_not_begin_with_a_closing_sign() {
        assert_eq!(wrap("受理、不予受理", 2.0), ["受", "理、", "不予", "受理"]);
    }

    #[test]
    fn nothing_is_lost_and_no_line_is_too_long() {
        for text in [
            "",
            " ",
            "a",
            "调解期限 60 days, 第23条(5)",
            "Anextraordinarilylongword indeed",
        ] {
            for ems_wide in [1.0, 3.0, 9.0] {
                let lines = wrap(text, ems_wide);
                let kept: String = lines.concat().split_whitespace().collect();
                assert_eq!(kept, text.split_whitespace().collect::<String>());
                assert!(lines.iter().all(|line| ems(line) <= ems_wide.max(2.0)), "{lines:?}");
            }
        }
    }
}
