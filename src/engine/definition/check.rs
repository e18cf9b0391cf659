//! Checks of a compiled procedure: nothing unreachable, no dead ends, somebody owns each wait, a clock bounds it.

use std::collections::BTreeSet;

use crate::{
    chart::{Position, Shape},
    definition::{
        actors, alike, duties, evidence, filed_days,
        model::{
            ALWAYS, Branch, ClockRule, DONE, Definition, EffectRule, Field, FieldKind, FiledRange, Force, Length,
            Owner, RoleKind, State, StateIx, Storage,
        },
        needs, order, periods,
        reach::{Reach, reach},
        source::{Place, Reader},
        uses,
    },
};

/// Runs all checks on one definition; findings go to the reader.
pub fn check(reader: &mut Reader<'_>, definition: &Definition) {
    structure(reader, definition);
    let reach = reach(definition);
    states(reader, definition, &reach);
    endings(reader, definition, &reach);
    histories(reader, definition);
    actors::check(reader, definition, &reach);
    duties::check(reader, definition);
    needs::check(reader, definition);
    needs::published(reader, definition);
    evidence::check(reader, definition);
    uses::check(reader, definition);
    order::check(reader, definition);
    alike::check(reader, definition);
    periods::check(reader, definition, &reach);
    filed_days::check(reader, definition);
    clocks(reader, definition, &reach);
    fields(reader, definition);
}

fn at(state: &State) -> (Place, String) {
    (
        Place {
            line: state.line,
            column: 0,
        },
        format!("states.{}", state.id),
    )
}

/// The tree of states: regions that have an inside, ends where ends may be, targets that can be active together.
fn structure(reader: &mut Reader<'_>, definition: &Definition) {
    let chart = &definition.chart;
    for (ix, state) in definition.states.iter().enumerate() {
        let ix = StateIx(u16::try_from(ix).unwrap_or(u16::MAX));
        let (place, path) = at(state);
        if *chart.shape(ix) == Shape::Parallel && chart.regions(ix).count() < 2 {
            let message = format!("`{}` is parallel and has fewer than two regions", state.id);
            reader.error(
                "WF209",
                place,
                &path,
                message,
                "name two regions, or write `states:` and `initial:`",
            );
        }
        let beside = chart
            .lineage(ix)
            .skip(1)
            .find(|outer| *chart.shape(*outer) == Shape::Parallel);
        if let Some(outer) = beside
            .filter(|_| state.outcome.is_some())
            .and_then(|outer| definition.at(outer))
        {
            let message = format!(
                "`{}` would close the case while other regions of `{}` go on",
                state.id, outer.id
            );
            reader.error(
                "WF209",
                place,
                &path,
                message,
                "write `final: true` here and close the case in `done:` of the parallel state",
            );
        }
        for (event, branches) in &state.transitions {
            for branch in branches {
                if *chart.shape(ix) == Shape::Final && !branch.to.is_empty() {
                    let message = format!("`{}` ends and `{event}` leads on from it", state.id);
                    let mend = "take the target away: an end may note things, and is left by nobody";
                    reader.error("WF209", place, &path, message, mend);
                }
                let place = Place {
                    line: branch.line,
                    column: 0,
                };
                let path = format!("{path}.events.{event}");
                if let Some((one, other)) = chart.apart(&branch.to) {
                    let id = |ix: StateIx| definition.at(ix).map_or("", |s| s.id.as_str());
                    let message = format!("`{}` and `{}` are never active together", id(one), id(other));
                    reader.error(
                        "WF209",
                        place,
                        &path,
                        message,
                        "several targets lie in several regions of one parallel state",
                    );
                }
                targets(reader, definition, ix, branch, (place, &path));
                let asks = !branch.requires.is_empty();
                if asks && (matches!(event.as_str(), DONE | ALWAYS) || unsent(definition, event)) {
                    let message = format!("`{event}` is sent by nobody who could be told what it requires");
                    reader.error("WF209", place, &path, message, "write the condition as `when:`");
                }
                if event == ALWAYS && branch.when.is_none() && branch.to.is_empty() {
                    let message = "a step that needs nothing and goes nowhere is taken for ever".to_owned();
                    reader.error("WF207", place, &path, message, "give it `to:` or `when:`");
                }
            }
        }
    }
}

/// Whether nobody sends an event, so that nobody could be told why it does not happen.
fn unsent(definition: &Definition, event: &str) -> bool {
    definition.events.get(event).is_some_and(|event| event.by.is_empty())
}

/// Where a branch leads from inside a region, and from inside a state that it says not to leave.
fn targets(
    reader: &mut Reader<'_>,
    definition: &Definition,
    from: StateIx,
    branch: &Branch,
    (place, path): (Place, &str),
) {
    let chart = &definition.chart;
    let id = |ix: StateIx| definition.at(ix).map_or("", |s| s.id.as_str());
    for &to in &branch.to {
        if branch.internal && (to == from || !definition.inside(to, from)) {
            let message = format!(
                "`internal` stands at a branch to `{}`, which is not inside `{}`",
                id(to),
                id(from)
            );
            let mend = "drop `internal`, or name a state inside the one that the branch starts from";
            reader.error("WF209", place, path, message, mend);
        }
        // The regions around the start, inner ones first, and the parallel state of each.
        let around = chart.lineage(from).zip(chart.lineage(from).skip(1));
        for (region, parallel) in around.filter(|(_, outer)| *chart.shape(*outer) == Shape::Parallel) {
            let closes = definition.at(to).is_some_and(|state| state.outcome.is_some());
            if closes && !definition.inside(to, parallel) {
                let message = format!(
                    "a branch inside a region of `{}` closes the case in `{}`, whatever the other regions are at",
                    id(parallel),
                    id(to)
                );
                let mend = "end the region with `final: true` and close the case in `done:` of the parallel state";
                reader.error("WF209", place, path, message, mend);
            } else if from == region && !branch.internal && definition.inside(to, region) {
                let message = format!(
                    "a branch of the region `{}` itself leaves it, and `{}` with all its regions, which begin anew",
                    id(region),
                    id(parallel)
                );
                reader.warning(
                    "WF209",
                    place,
                    path,
                    message,
                    "write `internal: true` to stay in the region",
                );
            } else if to != parallel && definition.inside(to, parallel) && !definition.inside(to, region) {
                let message = format!(
                    "a branch inside the region `{}` leads into another region of `{}`: all its regions would begin anew",
                    id(region),
                    id(parallel)
                );
                let mend = "let the other region move by an event of its own, as with `raise`";
                reader.warning("WF209", place, path, message, mend);
            }
        }
    }
}

fn states(reader: &mut Reader<'_>, definition: &Definition, reach: &Reach) {
    let finishing = reach.finishing(definition);
    for (ix, state) in definition.leaves() {
        let (place, path) = at(state);
        if !reach.seen.contains(&ix) {
            let message = format!("no event leads to state `{}`", state.id);
            reader.error("WF203", place, &path, message, "add a transition to it or remove it");
            continue;
        }
        if state.outcome.is_some() {
            continue;
        }
        let here = || reach.next.iter().filter(|(position, _)| position.contains(ix));
        let ends = *definition.chart.shape(ix) == Shape::Final;
        if here().all(|(position, next)| next.iter().all(|p| p == position)) && here().next().is_some() {
            let message = format!("nothing leads out of state `{}`", state.id);
            reader.error(
                "WF205",
                place,
                &path,
                message,
                "add a transition, or `outcome:` if the case ends here",
            );
        } else if here().any(|(position, _)| !finishing.contains(position)) {
            let message = format!("a case in state `{}` can never be closed", state.id);
            reader.error(
                "WF202",
                place,
                &path,
                message,
                "add a way from here to a state with `outcome:`",
            );
        }
        if ends {
            continue;
        }
        match &state.owner {
            Owner::Nobody(why) if why.is_empty() => {
                let message = format!("nobody owns state `{}`", state.id);
                reader.error(
                    "WF401",
                    place,
                    &path,
                    message,
                    "add `owner: ROLE`, or `owner: none` and `why:`",
                );
            }
            _ => {}
        }
        bounded(reader, definition, (ix, state));
    }
    for (ix, event) in &reach.endless {
        let Some(state) = definition.at(*ix) else { continue };
        let (place, path) = at(state);
        let what = match event.as_str() {
            "" => "entering".to_owned(),
            event => format!("`{event}` in"),
        };
        let message = format!("{what} state `{}` can set off steps without end", state.id);
        reader.error(
            "WF207",
            place,
            &path,
            message,
            "break the circle of `always`, `done` and `raise`",
        );
    }
    for state in &definition.states {
        for (event, branches) in &state.transitions {
            let path = format!("states.{}.events.{event}", state.id);
            let open = branches.iter().position(|b| b.when.is_none());
            if let Some(first) = open
                && let Some(never) = branches.get(first + 1)
            {
                let place = Place {
                    line: never.line,
                    column: 0,
                };
                let message = format!("branches of `{event}` after the unguarded one are never taken");
                reader.error("WF204", place, &path, message, "put the branch without `when` last");
            }
            let last = branches.last().map_or(state.line, |b| b.line);
            let here = Place { line: last, column: 0 };
            if event == DONE && open.is_none() {
                let message = format!(
                    "a case whose regions in `{}` are done may stay there for ever",
                    state.id
                );
                reader.error(
                    "WF206",
                    here,
                    &path,
                    message,
                    "add a last branch of `done` without `when`",
                );
            } else if open.is_none() && event != ALWAYS && (branches.len() > 1 || unsent(definition, event)) {
                let message = format!("`{event}` is blocked when no condition holds");
                reader.warning("WF206", here, &path, message, "add a last branch without `when`");
            }
        }
    }
}

/// A clock runs in the state, and one that surely starts, or the file says why none does.
fn bounded(reader: &mut Reader<'_>, definition: &Definition, (ix, state): (StateIx, &State)) {
    let (place, path) = at(state);
    let runs = |clock: &&ClockRule| clock.runs_in.iter().any(|outer| definition.inside(ix, *outer));
    if state.no_clock.is_some() {
        // One that stands still, is for some filing days, or needs a day that may not be told leaves cases for which none
        // runs; one of a state around it bounds something else.
        let always =
            |clock: &ClockRule| matches!(clock.length, Length::Period(_)) && clock.filed == FiledRange::default();
        let still = |clock: &ClockRule| clock.suspended_in.iter().any(|(state, _)| *state == ix);
        let named = |clock: &ClockRule| clock.runs_in.contains(&ix) && always(clock) && !still(clock);
        let around = definition.lineage(ix).nth(1).map(|(_, outer)| &outer.no_clock);
        if around != Some(&state.no_clock) && definition.clocks.values().any(named) {
            let message = format!("`{}` says why no clock runs there, and one does", state.id);
            let mend = "take `no_clock` out, or the state out of the `runs_in` of the clock";
            reader.warning("WF402", place, &format!("{path}.no_clock"), message, mend);
        }
        return;
    }
    let mut clocks = definition.clocks.values().filter(runs).peekable();
    if clocks.peek().is_none() {
        let message = format!("no clock runs in state `{}`", state.id);
        let mend = "let a clock run in it, or say why none does: `no_clock:`";
        reader.error("WF402", place, &path, message, mend);
        return;
    }
    let mut never = Vec::new();
    for clock in clocks {
        match &clock.length {
            Length::Until(field) if !answered(definition, field) => never.push(format!("`{field}`")),
            _ => return,
        }
    }
    let message = format!(
        "no clock need ever start in state `{}`: nothing has to fill {}",
        state.id,
        never.join(", ")
    );
    let mend = "ask for the day without `?`, let another clock run, or say why none does: `no_clock:`";
    reader.warning("WF402", place, &path, message, mend);
}

/// Whether some step surely gives the field a value.
fn answered(definition: &Definition, field: &str) -> bool {
    let pages = definition.filing.pages.iter().flat_map(|page| &page.fields);
    let forms = definition.events.values().flat_map(|event| &event.form);
    let asked = pages.chain(forms).any(|asked| asked.required && asked.field == field);
    asked
        || definition
            .effects()
            .any(|effect| matches!(effect, EffectRule::Set { field: set, .. } if set == field))
}

/// `done` of a parallel state needs an end in each of its regions.
fn endings(reader: &mut Reader<'_>, definition: &Definition, reach: &Reach) {
    let chart = &definition.chart;
    for (ix, _) in chart
        .nodes()
        .filter(|(ix, node)| node.shape == Shape::Parallel && reach.seen.contains(ix))
    {
        let Some(state) = definition.at(ix).filter(|state| state.transitions.contains_key(DONE)) else {
            continue;
        };
        for region in chart.regions(ix) {
            let ends = |end: &StateIx| *chart.shape(*end) == Shape::Final && definition.inside(*end, region);
            if reach.seen.iter().any(ends) {
                continue;
            }
            let Some(region) = definition.at(region) else { continue };
            let message = format!(
                "`done` of `{}` never comes: its region `{}` has no end that is reached",
                state.id, region.id
            );
            let (place, path) = at(region);
            reader.error(
                "WF202",
                place,
                &path,
                message,
                "add a state with `final: true` and a way to it",
            );
        }
    }
}

/// A history remembers where the state around it was left, so it is named from outside of that.
fn histories(reader: &mut Reader<'_>, definition: &Definition) {
    let chart = &definition.chart;
    for (ix, node) in chart
        .nodes()
        .filter(|(_, node)| matches!(node.shape, Shape::History { .. }))
    {
        let Some(state) = definition.at(ix) else { continue };
        let outside = |source: StateIx| node.parent.is_some_and(|around| !definition.inside(source, around));
        let names = |source: &StateIx| {
            let mut branches = definition.at(*source).into_iter().flat_map(State::branches);
            branches.any(|branch| branch.to.contains(&ix))
        };
        let mut sources = chart.nodes().map(|(source, _)| source).filter(names).peekable();
        let unnamed = sources.peek().is_none();
        if !sources.any(outside) {
            let why = match unnamed {
                true => "nothing leads to it",
                false => "it is only named where the state around it is not left",
            };
            let message = format!("history `{}` has nothing to remember: {why}", state.id);
            let mend = "put it among the states inside the one that is left and come back to";
            let (place, path) = at(state);
            reader.error("WF209", place, &path, message, mend);
        }
    }
}

fn clocks(reader: &mut Reader<'_>, definition: &Definition, reach: &Reach) {
    for (name, clock) in &definition.clocks {
        let place = Place {
            line: clock.line,
            column: 0,
        };
        let path = format!("clocks.{name}");
        if clock.runs_in.is_empty() {
            let message = format!("clock `{name}` runs nowhere");
            reader.error(
                "WF404",
                place,
                &path,
                message,
                "add `runs_in:` with the states in which it runs",
            );
        }
        for (inner, _) in &clock.suspended_in {
            if !clock.runs_in.iter().any(|outer| definition.inside(*inner, *outer)) {
                let message = format!("clock `{name}` is suspended in a state in which it does not run");
                reader.error("WF406", place, &path, message, "suspend it inside its `runs_in` states");
            }
            let bounded = definition
                .clocks
                .iter()
                .any(|(other, c)| other != name && c.runs_in.iter().any(|outer| definition.inside(*inner, *outer)));
            if clock.force == Force::Statutory && !bounded {
                let message = format!("clock `{name}` can stay suspended for ever: no other clock bounds that state");
                reader.error(
                    "WF405",
                    place,
                    &path,
                    message,
                    "give the suspending state a clock of its own",
                );
            }
        }
        let Some(expiry) = &clock.expiry else {
            let message = format!("nothing happens when clock `{name}` expires");
            reader.error(
                "WF404",
                place,
                &path,
                message,
                "add `expiry:` with the event that is raised",
            );
            continue;
        };
        decides(reader, definition, (name, clock), expiry);
        if definition.events.get(expiry).is_some_and(|e| !e.effects.is_empty()) {
            continue;
        }
        let runs = |position: &&Position| clock.runs_in.iter().any(|state| position.contains(*state));
        let handled = |position: &Position| {
            let mut active = position.active.iter().filter_map(|ix| definition.at(*ix));
            active.any(|state| state.outcome.is_some() || state.transitions.contains_key(expiry))
        };
        let deaf: BTreeSet<StateIx> = reach
            .next
            .keys()
            .filter(runs)
            .filter(|position| !handled(position))
            .filter_map(|position| definition.chart.leaves(position).next())
            .collect();
        for leaf in deaf.into_iter().filter_map(|ix| definition.at(ix)) {
            let message = format!(
                "state `{}` does not know `{expiry}`, which clock `{name}` raises there",
                leaf.id
            );
            let mend = "handle the event in that state, or give it effects";
            reader.error("WF404", place, &path, message, mend);
        }
    }
}

/// A statutory period that ends decides nothing by itself, unless an article says so.
fn decides(reader: &mut Reader<'_>, definition: &Definition, (name, clock): (&str, &ClockRule), expiry: &str) {
    let Some(event) = definition.events.get(expiry) else {
        return;
    };
    if clock.force != Force::Statutory || event.law.is_some() {
        return;
    }
    let branches = definition
        .states
        .iter()
        .filter_map(|state| state.transitions.get(expiry))
        .flatten();
    if let Some(branch) = branches.into_iter().find(|branch| !branch.to.is_empty()) {
        let message =
            format!("the end of statutory clock `{name}` moves the case, and `{expiry}` names no article for it");
        let place = Place {
            line: branch.line,
            column: 0,
        };
        let mend = "write `law:` at the event, or let the case stay: the duty remains";
        reader.error("WF409", place, &format!("clocks.{name}"), message, mend);
    }
}

/// Who the filer is, only the filer and officers say.
fn overwritten(reader: &mut Reader<'_>, definition: &Definition, (name, field): (&str, &Field)) {
    if field.storage != Storage::Identity {
        return;
    }
    for (event, declared) in &definition.events {
        let asks = declared.form.iter().any(|asked| asked.field == name);
        let other = |role: &&String| {
            let kind = definition.roles.get(*role).map(|role| role.kind);
            matches!(kind, Some(RoleKind::Party | RoleKind::Delegate))
                && !definition.filers().any(|filer| filer == *role)
        };
        if let Some(role) = declared.by.iter().find(other).filter(|_| asks) {
            let message = format!("`{event}` asks `{role}` for `{name}`, which is the filer's identity");
            let place = Place {
                line: declared.line,
                column: 0,
            };
            let mend = "ask for a field with `storage: personal`";
            reader.error("WF504", place, &format!("events.{event}.form"), message, mend);
        }
    }
}

fn fields(reader: &mut Reader<'_>, definition: &Definition) {
    for (name, field) in &definition.fields {
        let path = format!("fields.{name}");
        let place = Place {
            line: field.line,
            column: 0,
        };
        for reader_role in &field.readers {
            let party = definition
                .roles
                .get(reader_role)
                .is_some_and(|r| r.kind != RoleKind::Staff);
            if !party {
                let message = format!("`{reader_role}` is staff: staff of the case read every field but identity");
                reader.error(
                    "WF504",
                    place,
                    &path,
                    message,
                    "name parties, delegates or liaisons in `readers`",
                );
            }
        }
        let filer_only = field.readers.iter().all(|r| definition.filers().any(|f| f == r));
        if field.storage == Storage::Identity && !filer_only {
            let message = format!("identity field `{name}` is readable by somebody other than the filer");
            reader.error(
                "WF504",
                place,
                &path,
                message,
                "a filer's identity is shown to nobody else",
            );
        }
        overwritten(reader, definition, (name, field));
        let is_text = matches!(field.kind, FieldKind::Text { .. } | FieldKind::LongText { .. });
        if field.search.is_some() && !(is_text && field.storage == Storage::Personal) {
            let message = format!("`{name}` cannot be searched for names");
            let mend = "only texts with `storage: personal` are: an identity stands in no index, and other types hold no names";
            reader.error("WF506", place, &path, message, mend);
        }
        if let FieldKind::Choice(choices) | FieldKind::Choices(choices) = &field.kind {
            let mut seen = BTreeSet::new();
            for choice in choices {
                if !seen.insert(&choice.key) {
                    let message = format!("option `{}` stands twice", choice.key);
                    reader.error("WF109", place, &path, message, "remove one");
                }
            }
        }
    }
}
