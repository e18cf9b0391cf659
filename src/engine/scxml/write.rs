//! Writing XML.

use std::fmt::Write as _;

use super::export::Unwritable;
use crate::definition::source::Place;

/// Text that grows, one element a line.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    depth: usize,
}

/// Attributes, in order.
pub(super) type Attributes<'a> = Vec<(&'a str, String)>;

impl Writer {
    pub(super) fn finish(self) -> String {
        self.text
    }

    pub(super) fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// An element with something inside, until [`Writer::close`].
    pub(super) fn open(&mut self, name: &str, attributes: &Attributes<'_>, at: Place) -> Result<(), Unwritable> {
        self.start(name, attributes, at)?;
        self.line(">");
        self.depth += 1;
        Ok(())
    }

    pub(super) fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "</{name}>");
    }

    /// An element with nothing inside.
    pub(super) fn empty(&mut self, name: &str, attributes: &Attributes<'_>, at: Place) -> Result<(), Unwritable> {
        self.start(name, attributes, at)?;
        self.line("/>");
        Ok(())
    }

    /// An element with text inside.
    pub(super) fn leaf(
        &mut self,
        name: &str,
        attributes: &Attributes<'_>,
        text: &str,
        at: Place,
    ) -> Result<(), Unwritable> {
        if text.is_empty() {
            return self.empty(name, attributes, at);
        }
        self.start(name, attributes, at)?;
        self.text.push('>');
        self.escaped(text, false, at)?;
        let _ = writeln!(self.text, "</{name}>");
        Ok(())
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }

    fn start(&mut self, name: &str, attributes: &Attributes<'_>, at: Place) -> Result<(), Unwritable> {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        for (key, value) in attributes {
            let _ = write!(self.text, " {key}=\"");
            self.escaped(value, true, at)?;
            self.text.push('"');
        }
        Ok(())
    }

    /// Text as XML has it. White space other than a blank would come back as a blank from an attribute, and a carriage
    /// return as a line feed from anywhere.
    fn escaped(&mut self, text: &str, in_attribute: bool, at: Place) -> Result<(), Unwritable> {
        for c in text.chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' if in_attribute => self.text.push_str("&quot;"),
                '\r' => self.text.push_str("&#13;"),
                '\n' if in_attribute => self.text.push_str("&#10;"),
                '\t' if in_attribute => self.text.push_str("&#9;"),
                '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => self.text.push(c),
                other => {
                    let what = format!("the character U+{:04X} cannot stand in XML", u32::from(other));
                    return Err(Unwritable { place: at, what });
                }
            }
        }
        Ok(())
    }
}
