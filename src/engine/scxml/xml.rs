//! XML with places and findings.

use std::cell::Cell;

use roxmltree::{Attribute, Node, ParsingOptions};

use super::SCXML;
use crate::{
    definition::source::Place,
    diagnostic::{Diagnostic, Severity},
};

/// Elements, texts and comments that a document may have; a procedure of the pack has some 10,000.
const NODES: u32 = 400_000;
/// How deep elements may lie in each other.
pub(super) const DEPTH: usize = 64;

/// A parsed file and what was found wrong in it.
pub(super) struct Source<'i> {
    file: &'i str,
    tree: roxmltree::Document<'i>,
    lines: Vec<usize>,
    /// The last place that was asked for: offset and characters before it on its line.
    last: Cell<(usize, usize)>,
}

impl<'i> Source<'i> {
    /// Parses a file. Documents with a DTD are refused, so that entities cannot multiply.
    pub(super) fn parse(file: &'i str, text: &'i str) -> Result<Self, Box<Diagnostic>> {
        let options = ParsingOptions {
            nodes_limit: NODES,
            ..ParsingOptions::default()
        };
        let tree = roxmltree::Document::parse_with_options(text, options).map_err(|error| {
            let at = error.pos();
            Box::new(Diagnostic {
                file: file.to_owned(),
                line: at.row,
                column: at.col,
                code: "WF821",
                severity: Severity::Error,
                path: String::new(),
                message: format!("not readable as XML: {error}"),
                mend: "mend the syntax at this line; a document type declaration is not read".to_owned(),
            })
        })?;
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Ok(Self {
            file,
            tree,
            lines,
            last: Cell::new((0, 0)),
        })
    }

    /// The outermost element.
    pub(super) fn root(&self) -> Node<'_, 'i> {
        self.tree.root_element()
    }

    fn place_of(&self, offset: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        // Places are asked for in document order: on a line of megabytes nothing is counted twice.
        let (from, counted) = Some(self.last.get())
            .filter(|(at, _)| (start..=offset).contains(at))
            .unwrap_or((start, 0));
        let between = self.tree.input_text().get(from..offset).unwrap_or_default();
        let before = counted + between.chars().count();
        self.last.set((offset, before));
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place {
            line: number(line),
            column: number(before + 1),
        }
    }

    /// Where an element starts.
    pub(super) fn place(&self, node: Node<'_, '_>) -> Place {
        self.place_of(node.range().start)
    }

    /// Where an attribute starts.
    pub(super) fn attribute(&self, attribute: Attribute<'_, '_>) -> Place {
        self.place_of(attribute.range().start)
    }

    /// Where an attribute of an element starts, or the element where it has none of this name.
    pub(super) fn at(&self, node: Node<'_, '_>, name: &str) -> Place {
        node.attribute_node(name)
            .map_or_else(|| self.place(node), |a| self.attribute(a))
    }

    /// A finding.
    pub(super) fn wrong(&self, place: Place, code: &'static str, message: String, mend: &str) -> Diagnostic {
        Diagnostic {
            file: self.file.to_owned(),
            line: place.line,
            column: place.column,
            code,
            severity: Severity::Error,
            path: String::new(),
            message,
            mend: mend.to_owned(),
        }
    }
}

/// The name of an element of SCXML; none for an element of another namespace.
pub(super) fn word<'n>(node: Node<'n, '_>) -> Option<&'n str> {
    let name = node.tag_name();
    (name.namespace() == Some(SCXML)).then(|| name.name())
}

/// The elements inside one.
pub(super) fn elements<'n, 'i: 'n>(node: Node<'n, 'i>) -> impl Iterator<Item = Node<'n, 'i>> {
    node.children().filter(|child| child.is_element())
}

/// Names in an attribute, separated by white space.
pub(super) fn names<'n>(node: Node<'n, '_>, attribute: &str) -> Vec<&'n str> {
    node.attribute(attribute)
        .map(|names| names.split_ascii_whitespace().collect())
        .unwrap_or_default()
}

/// Whether an element is a state of a chart, or stands for one.
pub(super) fn is_state(node: Node<'_, '_>) -> bool {
    matches!(word(node), Some("state" | "parallel" | "final" | "history"))
}
