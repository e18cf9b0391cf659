//! How cases of earlier versions come to this one, as written.

use indexmap::IndexMap;

use super::{Node, Reader, join};
use crate::definition::{grammar, migration::Migration};

/// `migrates`: one map, or a list of them.
pub(super) fn migrations(r: &mut Reader<'_>, node: &Node) -> Vec<Migration> {
    let maps = r.list(node);
    maps.into_iter().filter_map(|node| migration(r, node)).collect()
}

fn migration(r: &mut Reader<'_>, node: &Node) -> Option<Migration> {
    let path = "migrates";
    let map = r.mapping(node, path, &grammar::MIGRATION)?;
    let from = map.get("from")?;
    let version = r.integer(from, &map.at("from"))?;
    let Some(version) = u32::try_from(version).ok().filter(|version| *version > 0) else {
        let message = format!("`{version}` is no version");
        r.error(
            "WF004",
            from.place,
            &map.at("from"),
            message,
            "write the number of the earlier version",
        );
        return None;
    };
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
    let path = map.at("set");
    let entries = map.get("set").map(|n| r.pairs(n, &path)).unwrap_or_default();
    let mut set = IndexMap::new();
    for (name, value) in entries {
        lines.insert(format!("set.{}", name.name), name.place.line);
        set.insert(name.name.clone(), value.to_json());
    }
    Some(Migration {
        from: version,
        states,
        fields,
        clocks,
        set,
        line: node.place.line,
        lines,
    })
}
