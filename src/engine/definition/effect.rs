//! The effects of a transition: one verb a line, with its words.

use crate::definition::{
    authored::{self, Named},
    compile::Compiler,
    decode::{named, names},
    grammar,
    model::EffectRule,
    source::{Fields, Node, Value},
};

/// Resolves the effects of an event, a branch or a filing.
pub(super) fn compile(c: &mut Compiler<'_, '_, '_>, effects: &[authored::Effect]) -> Vec<EffectRule> {
    effects.iter().filter_map(|e| one(c, &e.verb, &e.node)).collect()
}

fn one(c: &mut Compiler<'_, '_, '_>, verb: &Named, node: &Node) -> Option<EffectRule> {
    let path = verb.path.clone();
    match verb.name.as_str() {
        "notify" | "escalate" => {
            let map = c.r.mapping(node, &path, &grammar::NOTIFY)?;
            let to = map.get("to").map(|n| names(c.r, n, &path)).unwrap_or_default();
            let to = c.roles_named(&to);
            let notice = map.get("notice").and_then(|n| named(c.r, n, &path))?;
            let known: Vec<&str> = c.around.notices.iter().copied().collect();
            if !known.contains(&notice.name.as_str()) {
                c.unknown("WF105", "notice of workflows/notices", &notice, &known);
            }
            let notice = notice.name;
            Some(if verb.name == "notify" {
                EffectRule::Notify { to, notice }
            } else {
                EffectRule::Escalate { to, notice }
            })
        }
        "document" | "publish" | "withdraw" => {
            let kind = named(c.r, node, &path)?;
            let known: Vec<&str> = c.around.documents.keys().copied().collect();
            if !known.contains(&kind.name.as_str()) {
                c.unknown("WF106", "document of workflows/documents", &kind, &known);
            }
            let kind = kind.name;
            Some(match verb.name.as_str() {
                "document" => EffectRule::Document { kind },
                "publish" => EffectRule::Publish { kind },
                _ => EffectRule::Withdraw { kind },
            })
        }
        "move_to" => {
            let field = named(c.r, node, &path)?;
            Some(EffectRule::MoveTo {
                field: c.field_named(&field)?,
            })
        }
        "return_to_intake" => {
            if !matches!(node.value, Value::Null) {
                let message =
                    "`return_to_intake` goes to the unit that took the case in, whatever stands here".to_owned();
                c.r.error("WF004", node.place, &path, message, "write `- return_to_intake`");
            }
            Some(EffectRule::ReturnToIntake)
        }
        "assign" => {
            let map = c.r.mapping(node, &path, &grammar::ASSIGN)?;
            let role = role(c, &map)?;
            let field = map
                .get("field")
                .and_then(|n| named(c.r, n, &path))
                .and_then(|f| c.field_named(&f));
            let additional = map
                .get("additional")
                .and_then(|n| c.r.bool(n, &map.at("additional")))
                .unwrap_or(false);
            Some(EffectRule::Assign {
                role,
                field,
                additional,
            })
        }
        "delegate" => {
            let map = c.r.mapping(node, &path, &grammar::DELEGATE)?;
            let role = role(c, &map)?;
            let field = map.get("field").and_then(|n| named(c.r, n, &path))?;
            Some(EffectRule::Delegate {
                role,
                field: c.field_named(&field)?,
            })
        }
        "release" | "exclude" => {
            let name = named(c.r, node, &path)?;
            let role = c.role_named(&name)?;
            Some(if verb.name == "release" {
                EffectRule::Release { role }
            } else {
                EffectRule::Exclude { role }
            })
        }
        "open" => open(c, node, &path),
        "extend" => {
            let name = named(c.r, node, &path)?;
            let clock = c.clock_named(&name)?;
            let rule = c.authored.clocks.iter().find(|a| a.name.name == clock);
            if rule.is_some_and(|r| r.extension.is_none()) {
                let message = format!("clock `{clock}` has no `extension` rule");
                c.r.error(
                    "WF410",
                    name.place,
                    &path,
                    message,
                    "add `extension: {by, max}` to the clock",
                );
            }
            Some(EffectRule::Extend { clock })
        }
        "set" => {
            let map = c.r.mapping(node, &path, &grammar::SET)?;
            let field = map.get("field").and_then(|n| named(c.r, n, &path))?;
            let value = map.get("value")?.to_json();
            let field = c.field_named(&field)?;
            if let Some(kind) = c.fields.get(&field).map(|f| f.kind.clone())
                && let Err(problem) = crate::form::accepts(&kind, &value)
            {
                let message = format!("`{value}` is not a value of `{field}`: {problem}");
                c.r.error("WF111", node.place, &path, message, "write a value of the field's type");
            }
            Some(EffectRule::Set { field, value })
        }
        "clear" => {
            let field = named(c.r, node, &path)?;
            Some(EffectRule::Clear {
                field: c.field_named(&field)?,
            })
        }
        "call_off" => {
            let name = named(c.r, node, &path)?;
            let subcase = subcase_named(c, &name)?;
            Some(EffectRule::CallOff {
                subcase: subcase.name.name,
            })
        }
        "keep" => {
            let name = named(c.r, node, &path)?;
            Some(EffectRule::Keep {
                role: c.role_named(&name)?,
            })
        }
        "raise" => {
            let event = named(c.r, node, &path)?;
            let known: Vec<&str> = c.authored.events.iter().map(|e| e.name.name.as_str()).collect();
            if !known.contains(&event.name.as_str()) {
                c.unknown("WF108", "event of this procedure", &event, &known);
                return None;
            }
            c.used.insert(format!("event {}", event.name));
            Some(EffectRule::Raise { event: event.name })
        }
        _ => {
            c.unknown("WF109", "effect", verb, &grammar::EFFECT.names());
            None
        }
    }
}

fn role(c: &mut Compiler<'_, '_, '_>, map: &Fields<'_>) -> Option<String> {
    let path = map.at("role");
    let name = map.get("role").and_then(|n| named(c.r, n, &path))?;
    c.role_named(&name)
}

fn subcase_named(c: &mut Compiler<'_, '_, '_>, name: &Named) -> Option<authored::Subcase> {
    let found = c.authored.subcases.iter().find(|s| s.name.name == name.name).cloned();
    if found.is_none() {
        let known: Vec<&str> = c.authored.subcases.iter().map(|s| s.name.name.as_str()).collect();
        c.unknown("WF301", "subcase of this procedure", name, &known);
    }
    found
}

/// `open: ALIAS` of `subcases`, or `open: {procedure, link, with, identity}` for a case that goes its own way.
fn open(c: &mut Compiler<'_, '_, '_>, node: &Node, path: &str) -> Option<EffectRule> {
    if let Value::Text(_) = node.value {
        let name = named(c.r, node, path)?;
        let subcase = subcase_named(c, &name)?;
        c.used.insert(format!("subcase {}", name.name));
        let subcase = c.subcase(&subcase);
        return Some(EffectRule::Open {
            procedure: subcase.procedure,
            link: subcase.link,
            with: subcase.with,
            identity: subcase.identity,
            to: subcase.to,
        });
    }
    let map = c.r.mapping(node, path, &grammar::OPEN)?;
    let procedure = map.get("procedure").and_then(|n| named(c.r, n, path))?;
    let known: Vec<&str> = c.around.procedures.iter().copied().collect();
    if !known.contains(&procedure.name.as_str()) {
        c.unknown("WF301", "procedure", &procedure, &known);
    }
    let link = map.get("link").and_then(|n| c.r.text(n, path))?;
    let mut with = Vec::new();
    if let Some(node) = map.get("with") {
        for (key, value) in c.r.entries(node, &map.at("with")) {
            let own = named(c.r, value, &map.at("with"))?;
            if let Some(own) = c.given_named(&own) {
                c.used_field(&own);
                with.push((key.name.clone(), own));
            }
        }
    }
    let identity = map
        .get("identity")
        .and_then(|n| c.r.bool(n, &map.at("identity")))
        .unwrap_or(false);
    Some(EffectRule::Open {
        procedure: procedure.name,
        link,
        with,
        identity,
        to: None,
    })
}
