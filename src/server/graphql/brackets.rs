//! A look at a document's brackets before it is parsed.

use async_graphql::ServerResult;

use super::limits::coded;

/// Refuses text whose brackets nest deeper than any honest document, because the parser recurses on them.
///
/// Strings and comments are skipped as the grammar skips them: up to the first lexical error both agree on every
/// token, and the parser does not read past one.
pub(crate) fn check_brackets(text: &str) -> ServerResult<()> {
    const DEEPEST: u32 = 64;
    let mut depth = 0u32;
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = match byte {
            b'#' => skip_until(tail, |bytes| matches!(bytes, [b'\n' | b'\r', ..]), 0),
            b'"' if tail.starts_with(b"\"\"") => skip_block_string(tail.get(2..).unwrap_or_default()),
            b'"' => skip_string(tail),
            b'{' | b'[' | b'(' => {
                depth += 1;
                tail
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                tail
            }
            _ => tail,
        };
        if depth > DEEPEST {
            return Err(coded("DOCUMENT_TOO_DEEP", "brackets are nested too deep", None));
        }
    }
    Ok(())
}

fn skip_until(text: &[u8], stop: impl Fn(&[u8]) -> bool, width: usize) -> &[u8] {
    let mut rest = text;
    while !rest.is_empty() && !stop(rest) {
        rest = &rest[1..];
    }
    rest.get(width..).unwrap_or_default()
}

fn skip_string(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        match rest {
            [b'\\', _, tail @ ..] => rest = tail,
            [b'"' | b'\n' | b'\r', tail @ ..] => return tail,
            [_, tail @ ..] => rest = tail,
            [] => return rest,
        }
    }
}

fn skip_block_string(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        match rest {
            [b'\\', b'"', b'"', b'"', tail @ ..] => rest = tail,
            [b'"', b'"', b'"', tail @ ..] => return tail,
            [_, tail @ ..] => rest = tail,
            [] => return rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_deep(text: impl AsRef<str>) -> bool {
        check_brackets(text.as_ref()).is_err()
    }

    #[test]
    fn depth_is_counted_and_not_number() {
        assert!(!too_deep("{a}".repeat(500)));
        assert!(!too_deep("[".repeat(64)));
        assert!(too_deep("[".repeat(65)));
        assert!(too_deep("{[(".repeat(22)));
    }

    #[test]
    fn strings_and_comments_neither_hide_depth_nor_add_to_it() {
        assert!(too_deep("[#]\n".repeat(100)));
        assert!(too_deep("[ \"]\\\"]\" ".repeat(100)));
        assert!(too_deep("[ \"\"\"] \\\"\"\" ]\"\"\" ".repeat(100)));
        assert!(too_deep("[ \"]\n ".repeat(100)));
        assert!(!too_deep(format!("\"{0}\" \"\"\"{0}\"\"\" #{0}", "(".repeat(100))));
    }
}
