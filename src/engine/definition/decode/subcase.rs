//! Cases that a case opens and hears of, as written.

use super::{bool_at, key_name, name_at, named, text_at, title};
use crate::definition::{
    authored::{Named, Subcase},
    grammar,
    source::{Fields, Node, Reader},
};

/// One entry of `subcases`.
pub(super) fn subcase(r: &mut Reader<'_>, name: Named, node: &Node) -> Option<Subcase> {
    let map = r.mapping(node, &name.path, &grammar::SUBCASE)?;
    let procedure = map.get("procedure").and_then(|n| named(r, n, &map.at("procedure")))?;
    Some(Subcase {
        title: title(r, &map),
        procedure,
        link: text_at(r, &map, "link").unwrap_or_default(),
        with: pairs(r, &map, "with"),
        identity: bool_at(r, &map, "identity"),
        parties: pairs(r, &map, "parties"),
        to: name_at(r, &map, "to"),
        detached: bool_at(r, &map, "detached"),
        outcomes_at: map.place_of("outcomes").unwrap_or(name.place),
        outcomes: pairs(r, &map, "outcomes"),
        mirrors: pairs(r, &map, "mirrors"),
        brings: pairs(r, &map, "brings"),
        name,
    })
}

/// Names by name.
pub(super) fn pairs(r: &mut Reader<'_>, map: &Fields<'_>, key: &str) -> Vec<(Named, Named)> {
    let path = map.at(key);
    // Keys are ids or, among `mirrors`, paths of states; what they name is checked where it is known.
    let entries = map.get(key).map(|n| r.pairs(n, &path)).unwrap_or_default();
    let pairs = entries.into_iter().filter_map(|(k, n)| {
        let left = key_name(k, &path);
        let right = named(r, n, &left.path)?;
        Some((left, right))
    });
    pairs.collect()
}
