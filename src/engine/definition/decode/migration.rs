//! How cases of earlier versions come to this one, as written.

use indexmap::IndexMap;

use super::{Node, Reader, join};
use crate::definition::migration::Migration;

/// `migrates`: one map, or a list of them.
pub(super) fn migrations(r: &mut Reader<'_>, node: &Node) -> Vec<Migration> {
    let maps = r.list(node);
    maps.into_iter().filter_map(|node| migration(r, node)).collect()
}

fn migration(r: &mut Reader<'_>, node: &Node) -> Option<Migration> {
    let path = "migrates";
    let map = r.map(node, path, &["from", "states", "fields", "clocks"])?;
    let from = map.need(r, "from")?;
    let from = r.integer(from, &map.at("from"))?;
    let mut lines = IndexMap::new();
    let mut part = |r: &mut Reader<'_>, key: &str| -> IndexMap<String, String> {
        let path = map.at(key);
        let entries = map.get(key).map(|n| r.pairs(n, &path)).unwrap_or_default();
        let mut moves = IndexMap::new();
        for (name, to) in entries {
            if let Some(to) = r.text(to, &join(&path, &name.name)) {
                lines.insert(format!("{key}.{}", name.name), name.place.line);
                moves.insert(name.name.clone(), to);
            }
        }
        moves
    };
    let (states, fields, clocks) = (part(r, "states"), part(r, "fields"), part(r, "clocks"));
    Some(Migration {
        from: u32::try_from(from).unwrap_or(0),
        states,
        fields,
        clocks,
        line: node.place.line,
        lines,
    })
}
