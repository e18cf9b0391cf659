//! What people write who know other languages than CEL, or write on a Chinese keyboard: what it says in CEL.

use crate::definition::wide;

/// How to write what stands in a condition that is not CEL, where that is known.
pub(super) fn mend(source: &str) -> Option<String> {
    let bare = without_texts(source);
    bare.chars()
        .find_map(curly)
        .or_else(|| bare.chars().find_map(wide::advice))
        .or_else(|| operator(&bare))
        .or_else(|| word(&bare))
        .or_else(|| unclosed(&bare))
}

/// The condition with spaces in the place of what stands in plain quotes.
fn without_texts(source: &str) -> String {
    let mut within = None;
    let keep = |c: char| match within {
        Some(quote) => {
            if c == quote {
                within = None;
            }
            ' '
        }
        None if c == '\'' || c == '"' => {
            within = Some(c);
            ' '
        }
        None => c,
    };
    source.chars().map(keep).collect()
}

/// In a condition single quotes do, whatever stands around it in the file.
fn curly(c: char) -> Option<String> {
    matches!(c, '“' | '”' | '‘' | '’').then(|| format!("`{c}` begins no text: write plain quotes, as in 'agreed'"))
}

/// Signs that stand alone in CEL and are written twice, or another one.
fn operator(bare: &str) -> Option<String> {
    let chars: Vec<char> = bare.chars().collect();
    let at = |i: Option<usize>| i.and_then(|i| chars.get(i)).copied().unwrap_or(' ');
    chars.iter().enumerate().find_map(|(i, c)| {
        let (before, after) = (at(i.checked_sub(1)), at(i.checked_add(1)));
        let told = match c {
            '=' if before == '=' && after == '=' => "`===` is not used: write `==`",
            '=' if after != '=' && !matches!(before, '=' | '!' | '<' | '>') => "`=` compares nothing: write `==`",
            '>' if before == '<' => "`<>` is not used: write `!=`",
            '&' if before != '&' && after != '&' => "`&` is not used: write `&&`",
            '|' if before != '|' && after != '|' => "`|` is not used: write `||`",
            _ => return None,
        };
        Some(told.to_owned())
    })
}

/// Words for signs.
fn word(bare: &str) -> Option<String> {
    let words = bare.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
    let sign = |word: &str| match word.to_ascii_lowercase().as_str() {
        "and" => Some("&&"),
        "or" => Some("||"),
        "not" => Some("!"),
        "is" => Some("=="),
        _ => None,
    };
    words
        .into_iter()
        .find_map(|word| sign(word).map(|sign| format!("`{word}` is not used: write `{sign}`")))
}

fn unclosed(bare: &str) -> Option<String> {
    let count = |c: char| bare.matches(c).count();
    let odd = count('(') != count(')');
    odd.then(|| "close every bracket that opens, and no other".to_owned())
}

#[cfg(test)]
mod tests {
    use super::mend;

    #[test]
    fn what_other_languages_write_is_said_in_cel() {
        for (source, said) in [
            ("data.a = 'x'", "write `==`"),
            ("data.a === 'x'", "write `==`"),
            ("data.a and data.b", "write `&&`"),
            ("data.a OR data.b", "write `||`"),
            ("not data.a", "write `!`"),
            ("data.a <> 'x'", "write `!=`"),
            ("data.a & data.b", "write `&&`"),
            ("data.a == ‘x’", "write plain quotes"),
            ("data.a ＝＝ 'x'", "write `=`"),
            ("(data.a && data.b", "close every bracket"),
        ] {
            assert!(mend(source).is_some_and(|mend| mend.contains(said)), "{source}");
        }
        // Within a text all is allowed.
        assert_eq!(mend("data.a == 'this and that = “all”'"), None);
        assert_eq!(mend("data.a >= 3 && data.b != 4 || data.order <= 5"), None);
    }
}
