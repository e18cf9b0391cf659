//! From the tree of a file to the procedure as it was written; what is wrong is in the reader.

mod migration;
mod state;
mod subcase;

use time::Date;

use self::subcase::pairs;
use crate::{
    clock::ledger::Duty,
    definition::{
        authored::{Approval, Clock, Draws, Effect, Event, Extension, Field, Filing, Named, Page, Procedure, Role},
        grammar,
        model::{Audience, FilingMode, Force, RoleKind, Storage},
        source::{Fields, Key, Node, Place, Reader, Value, join},
    },
    text::Label,
};

pub(crate) fn label(r: &mut Reader<'_>, node: &Node, path: &str) -> Label {
    let Some(map) = r.mapping(node, path, &grammar::LABEL) else {
        return Label::default();
    };
    let mut part = |key: &str| match map.get(key) {
        Some(node) => {
            let text = r.text(node, &map.at(key)).unwrap_or_default();
            if text.trim().is_empty() {
                r.error(
                    "WF003",
                    node.place,
                    &map.at(key),
                    format!("`{key}` is empty"),
                    "write the text in both languages",
                );
            }
            text.trim_end().to_owned()
        }
        None => String::new(),
    };
    let label = Label {
        zh: part("zh"),
        en: part("en"),
    };
    in_chinese(r, map.get("zh").map_or(map.place, |zh| zh.place), path, &label.zh);
    label
}

/// A Chinese text has Chinese characters, placeholders apart: else the two languages stand in each other's place. Marks and
/// abbreviations in capitals are the same in both.
fn in_chinese(r: &mut Reader<'_>, place: Place, path: &str, zh: &str) {
    let mut depth = 0_u32;
    let bare: String = zh
        .chars()
        .filter(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && c.is_alphabetic()
        })
        .collect();
    if bare.is_ascii() && bare.contains(|c: char| c.is_ascii_lowercase()) {
        let message = format!("`{zh}` is no Chinese text");
        let mend = "write the text in Chinese after `zh:`, in English after `en:`";
        r.warning("WF003", place, &join(path, "zh"), message, mend);
    }
}

pub(crate) fn title(r: &mut Reader<'_>, map: &Fields<'_>) -> Label {
    map.get("title")
        .map(|n| label(r, n, &map.at("title")))
        .unwrap_or_default()
}

fn hint(r: &mut Reader<'_>, map: &Fields<'_>) -> Option<Label> {
    map.get("hint").map(|n| label(r, n, &map.at("hint")))
}

pub(crate) fn named(r: &mut Reader<'_>, node: &Node, path: &str) -> Option<Named> {
    r.text(node, path).map(|name| Named {
        name,
        place: node.place,
        path: path.to_owned(),
    })
}

pub(crate) fn names(r: &mut Reader<'_>, node: &Node, path: &str) -> Vec<Named> {
    r.texts(node, path)
        .into_iter()
        .map(|(name, place)| Named {
            name,
            place,
            path: path.to_owned(),
        })
        .collect()
}

pub(crate) fn name_at(r: &mut Reader<'_>, map: &Fields<'_>, key: &str) -> Option<Named> {
    map.get(key).and_then(|n| named(r, n, &map.at(key)))
}

pub(crate) fn names_at(r: &mut Reader<'_>, map: &Fields<'_>, key: &str) -> Vec<Named> {
    map.get(key).map(|n| names(r, n, &map.at(key))).unwrap_or_default()
}

fn text_at(r: &mut Reader<'_>, map: &Fields<'_>, key: &str) -> Option<String> {
    map.get(key).and_then(|n| r.text(n, &map.at(key)))
}

fn bool_at(r: &mut Reader<'_>, map: &Fields<'_>, key: &str) -> bool {
    map.get(key).and_then(|n| r.bool(n, &map.at(key))).unwrap_or(false)
}

pub(crate) fn word<T: Copy>(r: &mut Reader<'_>, map: &Fields<'_>, key: &str, words: &[(&str, T)]) -> Option<T> {
    let node = map.get(key)?;
    let text = r.text(node, &map.at(key))?;
    let found = words.iter().find(|(w, _)| *w == text).map(|(_, v)| *v);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(w, _)| *w).collect();
        let mend = format!("write one of {}", known.join(", "));
        r.error(
            "WF004",
            node.place,
            &map.at(key),
            format!("`{text}` is not known here"),
            &mend,
        );
    }
    found
}

fn filed(r: &mut Reader<'_>, map: &Fields<'_>) -> (Option<Date>, Option<Date>) {
    let Some(node) = map.get("filed") else {
        return (None, None);
    };
    let path = map.at("filed");
    let Some(range) = r.mapping(node, &path, &grammar::RANGE) else {
        return (None, None);
    };
    let from = range.get("from").and_then(|n| r.date(n, &range.at("from")));
    let to = range.get("to").and_then(|n| r.date(n, &range.at("to")));
    (from, to)
}

/// Decodes a procedure; what is wrong is in the reader.
pub(crate) fn procedure(r: &mut Reader<'_>, root: &Node) -> Option<Procedure> {
    let map = r.mapping(root, "", &grammar::PROCEDURE)?;
    let key = map.get("procedure").and_then(|n| named(r, n, "procedure"))?;
    let version = map.get("version");
    let version_at = version.map_or(map.place, |n| n.place);
    let version = version.and_then(|n| r.integer(n, "version"));
    let (filed_from, filed_to) = filed(r, &map);
    let title = title(r, &map);
    let roles = map.get("roles").map(|n| r.entries(n, "roles")).unwrap_or_default();
    let roles = roles
        .into_iter()
        .filter_map(|(k, n)| role(r, key_name(k, "roles"), n))
        .collect();
    let fields = map.get("fields").map(|n| r.entries(n, "fields")).unwrap_or_default();
    let fields = fields
        .into_iter()
        .filter_map(|(k, n)| field(r, key_name(k, "fields"), n))
        .collect();
    let events = map.get("events").map(|n| r.entries(n, "events")).unwrap_or_default();
    let events = events
        .into_iter()
        .filter_map(|(k, n)| event(r, key_name(k, "events"), n))
        .collect();
    let states = map
        .get("states")
        .map(|n| state::states(r, n, "states"))
        .unwrap_or_default();
    let subcases = map
        .get("subcases")
        .map(|n| r.entries(n, "subcases"))
        .unwrap_or_default();
    let subcases = subcases
        .into_iter()
        .filter_map(|(k, n)| subcase::subcase(r, key_name(k, "subcases"), n))
        .collect();
    let clocks = map.get("clocks").map(|n| r.entries(n, "clocks")).unwrap_or_default();
    let clocks = clocks
        .into_iter()
        .filter_map(|(k, n)| clock(r, key_name(k, "clocks"), n))
        .collect();
    Some(Procedure {
        version_at,
        filed_at: map.get("filed").map(|n| n.place),
        version: version.and_then(|v| u32::try_from(v).ok()).unwrap_or(0),
        instrument: name_at(r, &map, "instrument"),
        filing: map.get("filing").and_then(|n| filing(r, n)),
        initial: map.get("initial").and_then(|n| named(r, n, "initial")),
        key,
        title,
        filed_from,
        filed_to,
        roles,
        fields,
        events,
        subcases,
        called_off: name_at(r, &map, "called_off"),
        confidential: name_at(r, &map, "confidential"),
        states,
        clocks,
        migrates: map
            .get("migrates")
            .map(|n| migration::migrations(r, n))
            .unwrap_or_default(),
    })
}

fn key_name(key: &Key, path: &str) -> Named {
    Named {
        name: key.name.clone(),
        place: key.place,
        path: join(path, &key.name),
    }
}

fn role(r: &mut Reader<'_>, name: Named, node: &Node) -> Option<Role> {
    let map = r.mapping(node, &name.path, &grammar::ROLE)?;
    Some(Role {
        title: title(r, &map),
        kind: word(r, &map, "kind", &grammar::ROLE_KINDS).unwrap_or(RoleKind::Staff),
        incompatible_with: names_at(r, &map, "incompatible_with"),
        law: name_at(r, &map, "law"),
        name,
    })
}

fn field(r: &mut Reader<'_>, name: Named, node: &Node) -> Option<Field> {
    let map = r.mapping(node, &name.path, &grammar::FIELD)?;
    let kind = map.get("type");
    let kind_at = kind.map_or(map.place, |n| n.place);
    let kind = kind.and_then(|n| r.text(n, &map.at("type"))).unwrap_or_default();
    let options = map
        .get("options")
        .map(|n| r.entries(n, &map.at("options")))
        .unwrap_or_default();
    idle_keys(r, &map, &kind);
    let path = map.at("options");
    let options = options
        .into_iter()
        .map(|(k, n)| option(r, key_name(k, &path), n))
        .collect();
    Some(Field {
        title: title(r, &map),
        hint: hint(r, &map),
        max: map.get("max").and_then(|n| r.integer(n, &map.at("max"))),
        min: map.get("min").and_then(|n| r.integer(n, &map.at("min"))),
        past: bool_at(r, &map, "past"),
        ahead: bool_at(r, &map, "ahead"),
        kinds: names_at(r, &map, "kinds").into_iter().map(|n| n.name).collect(),
        role: name_at(r, &map, "role"),
        storage: word(r, &map, "storage", &grammar::STORAGES).unwrap_or(Storage::Case),
        search: word(r, &map, "search", &grammar::SEARCHED_AS),
        readers: names_at(r, &map, "readers"),
        law: name_at(r, &map, "law"),
        name,
        kind,
        kind_at,
        options,
    })
}

/// Keys of a field that say nothing at its type: what was meant by them would be passed over.
fn idle_keys(r: &mut Reader<'_>, map: &Fields<'_>, kind: &str) {
    if !grammar::FIELD_TYPES.contains(&kind) {
        return;
    }
    for (key, types) in grammar::OF_TYPES.iter().filter(|(_, types)| !types.contains(&kind)) {
        let Some(place) = map.place_of(key) else { continue };
        let message = format!("`{key}` says nothing at `type: {kind}`");
        let mend = format!("take it out, or write `type: {}`", types.join("` or `type: "));
        r.error("WF002", place, &map.at(key), message, &mend);
    }
}

/// `key: { zh, en }` or `key: { zh, en, law }`.
fn option(r: &mut Reader<'_>, name: Named, node: &Node) -> (Named, Label, Option<Named>) {
    let Some(map) = r.mapping(node, &name.path, &grammar::OPTION) else {
        return (name, Label::default(), None);
    };
    let zh = map.get("zh").and_then(|n| r.text(n, &map.at("zh"))).unwrap_or_default();
    let en = map.get("en").and_then(|n| r.text(n, &map.at("en"))).unwrap_or_default();
    // A language that is missing was told as a missing key.
    let empty = |key: &str, text: &str| map.get(key).is_some() && text.trim().is_empty();
    if empty("zh", &zh) || empty("en", &en) {
        let message = format!("option `{}` has no words in one of the two languages", name.name);
        r.error("WF003", name.place, &name.path, message, "write `{ zh: …, en: … }`");
    }
    in_chinese(r, map.get("zh").map_or(map.place, |zh| zh.place), &name.path, &zh);
    let law = name_at(r, &map, "law");
    (name, Label { zh, en }, law)
}

fn filing(r: &mut Reader<'_>, node: &Node) -> Option<Filing> {
    let map = r.mapping(node, "filing", &grammar::FILING)?;
    let mut modes = Vec::new();
    for mode in names_at(r, &map, "modes") {
        match grammar::MODES.iter().find(|(w, _)| *w == mode.name) {
            Some((_, mode)) => modes.push(*mode),
            None => {
                let message = format!("`{}` is not a way to file", mode.name);
                r.error(
                    "WF004",
                    mode.place,
                    &mode.path,
                    message,
                    "write named, confidential or anonymous",
                );
            }
        }
    }
    if let Some(node) = map.get("modes").filter(|_| modes.is_empty()) {
        let message = "`modes` names no way to file".to_owned();
        let mend = "write named, confidential or anonymous, or leave `modes` out: then it is named";
        r.error("WF403", node.place, &map.at("modes"), message, mend);
    }
    if modes.is_empty() {
        modes.push(FilingMode::Named);
    }
    let pages = map
        .get("pages")
        .map(|n| r.entries(n, "filing.pages"))
        .unwrap_or_default();
    let pages = pages
        .into_iter()
        .filter_map(|(k, n)| page(r, key_name(k, "filing.pages"), n))
        .collect();
    Some(Filing {
        place: node.place,
        by: names_at(r, &map, "by"),
        by_at: map.get("by").map_or(node.place, |by| by.place),
        modes,
        hint: hint(r, &map),
        audience: audience(r, &map),
        to: name_at(r, &map, "to"),
        received: name_at(r, &map, "received"),
        received_by: names_at(r, &map, "received_by"),
        pages,
        effects: effects(r, &map),
        law: name_at(r, &map, "law"),
    })
}

fn audience(r: &mut Reader<'_>, map: &Fields<'_>) -> Option<Audience> {
    let named = name_at(r, map, "audience")?;
    let known = grammar::AUDIENCES.iter().find(|(word, _)| *word == named.name);
    if known.is_none() {
        let message = format!("`{}` is nobody whom a procedure serves", named.name);
        let mend = format!("known: {}", grammar::AUDIENCES.map(|(word, _)| word).join(", "));
        r.error("WF004", named.place, &named.path, message, &mend);
    }
    known.map(|(_, audience)| *audience)
}

fn page(r: &mut Reader<'_>, key: Named, node: &Node) -> Option<Page> {
    let map = r.mapping(node, &key.path, &grammar::PAGE)?;
    Some(Page {
        title: title(r, &map),
        hint: hint(r, &map),
        by: names_at(r, &map, "by"),
        when: name_at(r, &map, "when"),
        form: names_at(r, &map, "form"),
        key,
    })
}

fn event(r: &mut Reader<'_>, name: Named, node: &Node) -> Option<Event> {
    let map = r.mapping(node, &name.path, &grammar::EVENT)?;
    Some(Event {
        title: title(r, &map),
        title_own: map.get("title_own").map(|n| label(r, n, &map.at("title_own"))),
        hint: hint(r, &map),
        by: names_at(r, &map, "by"),
        form: names_at(r, &map, "form"),
        offices: pairs(r, &map, "offices"),
        draws: map.get("draws").and_then(|n| draws(r, n, &map.at("draws"))),
        prefill: pairs(r, &map, "prefill"),
        effects: effects(r, &map),
        seen_by: names_at(r, &map, "seen_by"),
        law: name_at(r, &map, "law"),
        irreversible: bool_at(r, &map, "irreversible"),
        needs: names_at(r, &map, "needs"),
        evidence: names_at(r, &map, "evidence"),
        approval: map.get("approval").and_then(|n| approval(r, n, &map.at("approval"))),
        act: word(r, &map, "act", &grammar::ACTS),
        name,
    })
}

fn draws(r: &mut Reader<'_>, node: &Node, path: &str) -> Option<Draws> {
    let map = r.mapping(node, path, &grammar::DRAWS)?;
    let mut field = |key: &str| name_at(r, &map, key);
    Some(Draws {
        into: field("into")?,
        seed: field("seed")?,
        pool: field("pool")?,
        pool_hash: field("pool_hash")?,
        count: field("count")?,
    })
}

fn approval(r: &mut Reader<'_>, node: &Node, path: &str) -> Option<Approval> {
    let map = r.mapping(node, path, &grammar::APPROVAL)?;
    Some(Approval {
        place: node.place,
        of: word(r, &map, "of", &grammar::APPROVALS)?,
        law: name_at(r, &map, "law"),
    })
}

fn effects(r: &mut Reader<'_>, map: &Fields<'_>) -> Vec<Effect> {
    effects_at(r, map, "do")
}

fn effects_at(r: &mut Reader<'_>, map: &Fields<'_>, key: &str) -> Vec<Effect> {
    let Some(node) = map.get(key) else { return Vec::new() };
    let path = map.at(key);
    let mut effects = Vec::new();
    for item in r.list(node) {
        match &item.value {
            Value::Map(entries) if entries.len() == 1 => {
                for (key, value) in entries {
                    effects.push(Effect {
                        verb: key_name(key, &path),
                        node: value.clone(),
                    });
                }
            }
            Value::Text(verb) => {
                let verb = Named {
                    name: verb.clone(),
                    place: item.place,
                    path: path.clone(),
                };
                effects.push(Effect {
                    verb,
                    node: Node {
                        place: item.place,
                        value: Value::Null,
                    },
                });
            }
            _ => r.error(
                "WF004",
                item.place,
                &path,
                "an effect is one verb with its words".to_owned(),
                "write `- notify: { to: complainant, notice: accepted }`",
            ),
        }
    }
    effects
}

fn clock(r: &mut Reader<'_>, name: Named, node: &Node) -> Option<Clock> {
    let map = r.mapping(node, &name.path, &grammar::CLOCK)?;
    let (filed_from, filed_to) = filed(r, &map);
    let suspended_path = map.at("suspended_in");
    let suspended = map.get("suspended_in").map(|n| match &n.value {
        Value::Map(entries) => entries.iter().collect::<Vec<_>>(),
        _ => {
            r.error(
                "WF004",
                n.place,
                &suspended_path,
                "states with causes are wanted".to_owned(),
                "write `suspended_in: { mediating.laboratory: testing }`",
            );
            Vec::new()
        }
    });
    let suspended_in = suspended.unwrap_or_default().into_iter().filter_map(|(k, n)| {
        let cause = r.text(n, &suspended_path)?;
        if cause.trim().is_empty() {
            let message = "the cause of a suspension is empty".to_owned();
            r.error(
                "WF406",
                n.place,
                &suspended_path,
                message,
                "write a word such as `testing`",
            );
        }
        Some((key_name(k, &suspended_path), cause))
    });
    let suspended_in = suspended_in.collect();
    let warn_path = map.at("warn");
    let rungs = map.get("warn").map(|n| r.list(n)).unwrap_or_default();
    let warn = rungs.into_iter().filter_map(|n| {
        let rung = r.mapping(n, &warn_path, &grammar::WARNING)?;
        let before = rung
            .get("before")
            .and_then(|n| r.parsed(n, &rung.at("before"), "a period such as `2 days`"))?;
        let notice = rung.get("notice").and_then(|n| named(r, n, &rung.at("notice")))?;
        Some((before, names_at(r, &rung, "notify"), notice))
    });
    let warn = warn.collect();
    let extension = map.get("extension").and_then(|n| {
        let path = map.at("extension");
        let rule = r.mapping(n, &path, &grammar::EXTENSION)?;
        let by = rule
            .get("by")
            .and_then(|n| r.parsed(n, &rule.at("by"), "a period such as `15 working_days`"))?;
        let times = rule.get("max")?;
        let max = r.integer(times, &rule.at("max"))?;
        let Some(max) = u32::try_from(max).ok().filter(|max| *max > 0) else {
            let message = format!("an extension that may be granted {max} times is none");
            let mend = "write how often at most, from 1, or remove `extension`";
            r.error("WF004", times.place, &rule.at("max"), message, mend);
            return None;
        };
        Some(Extension {
            place: n.place,
            by,
            max,
            approver: name_at(r, &rule, "approver"),
            reason: name_at(r, &rule, "reason"),
        })
    });
    let written = map.get("within");
    let within = written.and_then(|n| r.parsed(n, &map.at("within"), "a period such as `7 working_days`"));
    Some(Clock {
        title: title(r, &map),
        within,
        unread: written.is_some() && within.is_none(),
        until: name_at(r, &map, "until"),
        from: name_at(r, &map, "from"),
        follows: names_at(r, &map, "follows"),
        law: name_at(r, &map, "law"),
        duty: word(r, &map, "duty", &grammar::DUTIES).unwrap_or(Duty::Authority),
        waits: bool_at(r, &map, "waits"),
        force: word(r, &map, "force", &grammar::FORCES).unwrap_or(Force::Statutory),
        runs_in: names_at(r, &map, "runs_in"),
        suspended_in,
        restart_on: names_at(r, &map, "restart_on"),
        filed_from,
        filed_to,
        group: text_at(r, &map, "group"),
        warn,
        expiry: name_at(r, &map, "expiry"),
        extension,
        name,
    })
}
