//! Facts about the shipped procedures on random walks: whatever is sent, a case stays in states that there are.

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Map, Value as Json, json};
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{
    clock::{ClockStatus, samples},
    decide,
    decision::{Actor, CaseView, Command, Decision, Opening},
    definition::model::{Days, Definition, FieldKind, FilingMode, FormField},
    dossier::Dossier,
    pack::Pack,
};

static PACK: LazyLock<Pack> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    let mut files = samples::files();
    for folder in ["procedures", "notices", "documents"] {
        for entry in fs::read_dir(root.join(folder)).expect("the pack is part of the repository") {
            let path = entry.expect("listed").path();
            let text = fs::read_to_string(&path).expect("text");
            files.push((path.to_string_lossy().into_owned(), text));
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (pack, found) = Pack::load(&files);
    pack.unwrap_or_else(|| panic!("{found:#?}"))
});

const FILED: OffsetDateTime = datetime!(2026-09-23 09:00 +8);

/// One thing that is tried: an event by somebody who may, a timer, or an event that there is not.
#[derive(Clone, Debug)]
struct Try {
    event: Index,
    timer: bool,
    /// Whether the event is one that is open to somebody then.
    open: bool,
    answers: Vec<Index>,
    hours: u16,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = (
        any::<Index>(),
        any::<u8>(),
        any::<bool>(),
        vec(any::<Index>(), 6),
        0..400_u16,
    );
    let one = one.prop_map(|(event, timer, open, answers, hours)| Try {
        event,
        timer: timer < 40,
        open,
        answers,
        hours,
    });
    vec(one, 0..40)
}

fn answer(kind: &FieldKind, pick: &Index) -> Json {
    match kind {
        FieldKind::Bool => json!(pick.index(2) == 0),
        FieldKind::Account { .. } => json!(["one", "two"][pick.index(2)]),
        FieldKind::Choice(choices) => json!(pick.get(choices).key),
        FieldKind::Choices(choices) if pick.index(2) == 0 => {
            json!(choices.iter().map(|choice| &choice.key).collect::<Vec<_>>())
        }
        FieldKind::Choices(choices) => json!([pick.get(choices).key]),
        FieldKind::Date { days: Days::Past } => json!("2026-09-01"),
        FieldKind::Date { .. } => json!(["2026-10-20", "2027-02-01"][pick.index(2)]),
        FieldKind::Integer { min, .. } => json!(min),
        FieldKind::Money => json!(pick.index(200_000)),
        FieldKind::Division => json!("420102"),
        FieldKind::Phone => json!("02700000000"),
        FieldKind::Mail => json!("a@example.cn"),
        _ => json!("样例"),
    }
}

fn fields<'f>(
    definition: &Definition,
    form: impl Iterator<Item = &'f FormField>,
    picks: &[Index],
) -> Map<String, Json> {
    let asked = form.enumerate().filter_map(|(i, asked)| {
        let pick = picks.get(i % picks.len().max(1))?;
        let given = asked.required || pick.index(3) > 0;
        given.then(|| (asked.field.clone(), answer(&definition.fields[&asked.field].kind, pick)))
    });
    asked.collect()
}

/// Answers to the filing form, page after page, since answers decide which later pages are asked.
fn filing(definition: &Definition, picks: &[Index]) -> Map<String, Json> {
    let mut given = Map::new();
    for page in &definition.filing.pages {
        let pages = decide::pages_on_filing(definition, FilingMode::Named, |_| true, &given);
        let asked = pages.into_iter().filter(|(asked, _)| asked.key == page.key);
        let questions: Vec<FormField> = asked.flat_map(|(_, questions)| questions).collect();
        given.extend(fields(definition, questions.iter(), picks));
    }
    given
}

fn everybody(definition: &Definition) -> Actor {
    Actor {
        roles: definition.roles.keys().cloned().collect(),
        excluded: false,
        ..Default::default()
    }
}

fn opened(definition: &Definition, picks: &[Index]) -> Decision {
    let opening = Opening {
        actor: everybody(definition),
        mode: FilingMode::Named,
        fields: filing(definition, picks),
        complete: true,
    };
    decide::open(definition, &PACK.law, &opening, FILED).expect("every required answer is given")
}

fn view(definition: &Definition, decisions: &[Decision], decision: &Decision) -> CaseView {
    let mut dossier = Dossier::default();
    for earlier in decisions {
        dossier.follow(definition, &earlier.effects);
    }
    CaseView {
        states: decision.to.clone(),
        remembered: decision.remembered.clone(),
        data: decision.data.clone(),
        clocks: decision.clocks.clone(),
        filed_on: FILED.date(),
        held: Default::default(),
        roster: Default::default(),
        dossier,
    }
}

/// Where the tries lead; a refusal leads nowhere.
fn walk(definition: &Definition, first: &[Index], tries: &[Try]) -> Vec<Decision> {
    let mut decisions = vec![opened(definition, first)];
    let mut at = FILED;
    let names: Vec<&str> = definition
        .events
        .keys()
        .map(String::as_str)
        .chain(["nonsense"])
        .collect();
    for one in tries {
        at += Duration::hours(one.hours.into());
        let Some(last) = decisions.last() else { break };
        let view = view(definition, &decisions, last);
        let next = if one.timer && !last.timers.is_empty() {
            decide::fire(definition, &PACK.law, &view, one.event.get(&last.timers))
        } else {
            let known = decide::available(definition, &view, &everybody(definition));
            let known: Vec<&str> = known.iter().map(|event| event.event.as_str()).collect();
            let among = if one.open && !known.is_empty() { &known } else { &names };
            let event = *one.event.get(among);
            let form = definition
                .events
                .get(event)
                .map(|e| e.form.as_slice())
                .unwrap_or_default();
            let command = Command {
                event: event.to_owned(),
                actor: everybody(definition),
                fields: fields(definition, form.iter(), &one.answers),
                complete: true,
            };
            decide::perform(definition, &PACK.law, &view, &command, at)
        };
        decisions.extend(next);
    }
    decisions
}

proptest! {
    #![proptest_config(samples::cases(96))]

    #[test]
    fn whatever_is_sent_to_a_shipped_procedure_its_cases_stay_in_legal_states_and_replay(
        first in vec(any::<Index>(), 8),
        tries in tries(),
    ) {
        for definition in PACK.procedures.values().flatten() {
            let decisions = walk(definition, &first, &tries);
            prop_assert_eq!(&walk(definition, &first, &tries), &decisions, "it replays");
            let mut ended: Option<&Decision> = None;
            for (decision, before) in decisions.iter().zip(std::iter::once(None).chain(decisions.iter().map(Some))) {
                let leaves: Option<Vec<_>> = decision.to.iter().map(|id| definition.state(id)).collect();
                let position = definition.chart.at(leaves.expect("states that there are"));
                prop_assert!(definition.chart.is_legal(&position), "{:?}", decision.to);
                prop_assert_eq!(before.map(|d| &d.to), before.map(|_| &decision.from), "it goes on from where it was");
                for timer in &decision.timers {
                    prop_assert_eq!(decision.clocks[&timer.clock].status, ClockStatus::Running);
                }
                if let Some(end) = ended {
                    prop_assert_eq!((&decision.to, &decision.outcome), (&end.to, &end.outcome), "an end stays");
                    prop_assert!(decision.timers.is_empty(), "no clock runs at the end");
                }
                ended = ended.or(decision.outcome.as_ref().map(|_| decision));
            }
        }
    }
}

#[test]
fn the_walks_get_about() {
    use proptest::{strategy::ValueTree as _, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<&str, std::collections::BTreeSet<String>> = BTreeMap::new();
    for _ in 0..60 {
        let tries = tries().new_tree(&mut runner).expect("a walk").current();
        let first = vec(any::<Index>(), 8).new_tree(&mut runner).expect("answers").current();
        for definition in PACK.procedures.values().flatten() {
            let states = walk(definition, &first, &tries).into_iter().flat_map(|d| d.to);
            seen.entry(&definition.key).or_default().extend(states);
        }
    }
    for (procedure, states) in seen {
        // The smallest procedure has three leaves; of each a walk sees most.
        assert!(states.len() >= 3, "{procedure}: {states:?}");
    }
}
