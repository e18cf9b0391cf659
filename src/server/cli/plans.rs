//! What moving a case to another version does, in words.

use time::Date;

use crate::service::migration::{DeadlineMove, Plan, Walk};

/// A case on a line of its own, what changes indented below it.
pub(super) fn told(plan: &Plan) -> String {
    let to = plan.to.map_or_else(|| "?".to_owned(), |to| to.to_string());
    let verdict = if plan.problems.is_empty() { "moves" } else { "STAYS" };
    let mut text = format!("{} {} {}->{to}: {verdict}\n", plan.number, plan.procedure, plan.from);
    for problem in &plan.problems {
        text.push_str(&format!("  problem: {problem}\n"));
    }
    if plan.problems.is_empty() {
        let (before, after) = &plan.states;
        text.push_str(&format!("  states: {} -> {}\n", before.join(", "), after.join(", ")));
        for deadline in &plan.deadlines {
            text.push_str(&format!("  deadline: {}\n", moved(deadline)));
        }
        for (field, value) in &plan.given {
            text.push_str(&format!("  given: {field} = {value}\n"));
        }
    }
    text
}

fn moved(deadline: &DeadlineMove) -> String {
    let side = |side: &Option<(String, Option<Date>)>| match side {
        None => "none".to_owned(),
        Some((clock, Some(due))) => format!("{clock} {due}"),
        Some((clock, None)) => format!("{clock} suspended"),
    };
    format!("{} -> {}", side(&deadline.before), side(&deadline.after))
}

/// The same for programs.
pub(super) fn json(plan: &Plan) -> serde_json::Value {
    let side = |side: &Option<(String, Option<Date>)>| {
        side.as_ref()
            .map(|(clock, due)| serde_json::json!({ "clock": clock, "dueDate": due.map(|due| due.to_string()) }))
    };
    let deadlines = plan.deadlines.iter();
    let deadlines = deadlines.map(|d| serde_json::json!({ "before": side(&d.before), "after": side(&d.after) }));
    serde_json::json!({
        "number": plan.number, "procedure": plan.procedure, "from": plan.from, "to": plan.to,
        "states": { "before": plan.states.0, "after": plan.states.1 },
        "deadlines": deadlines.collect::<Vec<_>>(), "given": plan.given, "problems": plan.problems,
    })
}

/// How many cases did what.
pub(super) fn summary(walk: &Walk, dry: bool) -> String {
    let moved = if dry { "would move" } else { "moved" };
    format!(
        "{} open cases: {} {moved}, {} stay under their version, {} cannot move\n",
        walk.seen, walk.moved, walk.stayed, walk.stuck
    )
}
