//! Facts about the kernel on charts that nobody drew.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, option, prelude::*, sample::Index};

use super::{Arrow, Behaviour, Chart, Position, Shape, StateIx, Trigger};
use crate::clock::samples;

/// A chart before its targets are known.
#[derive(Clone, Debug)]
enum Sketch {
    Leaf,
    Final,
    Around {
        parallel: bool,
        inside: Vec<Sketch>,
        initial: Index,
        /// Deep or not, and where it falls back to.
        history: Option<(bool, Index)>,
    },
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let leaf = prop_oneof![3 => Just(Sketch::Leaf), 1 => Just(Sketch::Final)];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let history = option::of((any::<bool>(), any::<Index>()));
        (any::<bool>(), vec(inner, 1..4), any::<Index>(), history).prop_map(|(parallel, inside, initial, history)| {
            // A final state is no region.
            let inside = inside
                .into_iter()
                .map(|one| {
                    if parallel && matches!(one, Sketch::Final) {
                        Sketch::Leaf
                    } else {
                        one
                    }
                })
                .collect();
            Sketch::Around {
                parallel,
                inside,
                initial,
                history,
            }
        })
    })
}

/// A transition before its ends are known.
#[derive(Clone, Debug)]
struct Line {
    source: Index,
    targets: Vec<Index>,
    internal: bool,
    /// One of a few events; none: `done` of its source.
    event: Option<usize>,
    raises: Option<usize>,
}

fn line() -> impl Strategy<Value = Line> {
    let raises = prop_oneof![4 => Just(None), 1 => (0..EVENTS.len()).prop_map(Some)];
    let event = prop_oneof![6 => (0..EVENTS.len()).prop_map(Some), 1 => Just(None)];
    (any::<Index>(), vec(any::<Index>(), 0..3), any::<bool>(), event, raises).prop_map(
        |(source, targets, internal, event, raises)| Line {
            source,
            targets,
            internal,
            event,
            raises,
        },
    )
}

const EVENTS: [&str; 3] = ["a", "b", "c"];

#[derive(Debug)]
struct Transition {
    event: Option<&'static str>,
    targets: Vec<StateIx>,
    internal: bool,
    raises: Option<&'static str>,
}

#[derive(Debug)]
struct Drawn {
    chart: Chart,
    initial: Vec<StateIx>,
    transitions: BTreeMap<StateIx, Vec<Transition>>,
}

fn ix(place: usize) -> StateIx {
    StateIx(u16::try_from(place).expect("few states"))
}

/// Lays a sketch flat; returns what is drawn with targets not known yet, by place.
fn lay(sketch: &Sketch, parent: Option<StateIx>, flat: &mut Vec<(Option<StateIx>, Shape, Option<Index>)>) {
    let me = ix(flat.len());
    match sketch {
        Sketch::Leaf => flat.push((parent, Shape::Leaf, None)),
        Sketch::Final => flat.push((parent, Shape::Final, None)),
        Sketch::Around {
            parallel,
            inside,
            initial,
            history,
        } => {
            let compound = Shape::Compound { initial: Vec::new() };
            flat.push((
                parent,
                if *parallel { Shape::Parallel } else { compound },
                Some(*initial),
            ));
            if let Some((deep, back)) = history {
                let shape = Shape::History {
                    deep: *deep,
                    default: Vec::new(),
                };
                flat.push((Some(me), shape, Some(*back)));
            }
            for one in inside {
                lay(one, Some(me), flat);
            }
        }
    }
}

fn draw(tops: &[Sketch], lines: &[Line]) -> Drawn {
    let mut flat = Vec::new();
    for top in tops {
        lay(top, None, &mut flat);
    }
    let tree = Chart::new(flat.iter().map(|(parent, shape, _)| (*parent, shape.clone())));
    let real = |ix: &StateIx| !matches!(tree.shape(*ix), Shape::History { .. });
    let all: Vec<StateIx> = tree.nodes().map(|(ix, _)| ix).collect();
    let inside = |outer: StateIx| -> Vec<StateIx> {
        let inner = all.iter().copied().filter(|ix| tree.inside(*ix, outer));
        inner.filter(|ix| real(ix)).collect()
    };
    let mut states = Vec::new();
    for (place, (parent, shape, pick)) in flat.iter().enumerate() {
        let picked = |outer: Option<StateIx>| match (outer, pick) {
            (Some(outer), Some(pick)) => vec![*pick.get(&inside(outer))],
            _ => Vec::new(),
        };
        let shape = match shape {
            Shape::Compound { .. } => Shape::Compound {
                initial: picked(Some(ix(place))),
            },
            Shape::History { deep, .. } => Shape::History {
                deep: *deep,
                default: picked(*parent),
            },
            other => other.clone(),
        };
        states.push((*parent, shape));
    }
    let chart = Chart::new(states);
    let mut transitions: BTreeMap<StateIx, Vec<Transition>> = BTreeMap::new();
    let sources: Vec<StateIx> = all
        .iter()
        .copied()
        .filter(|ix| real(ix) && *chart.shape(*ix) != Shape::Final)
        .collect();
    for line in lines.iter().filter(|_| !sources.is_empty()) {
        let targets: Vec<StateIx> = line.targets.iter().map(|target| *target.get(&all)).collect();
        if chart.apart(&targets).is_none() {
            transitions
                .entry(*line.source.get(&sources))
                .or_default()
                .push(Transition {
                    event: line.event.map(|event| EVENTS[event]),
                    targets,
                    internal: line.internal,
                    raises: line.raises.map(|event| EVENTS[event]),
                });
        }
    }
    let initial = vec![ix(0)];
    Drawn {
        chart,
        initial,
        transitions,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Happened {
    Left(StateIx),
    Took(StateIx, usize),
    Entered(StateIx),
}

/// Follows the lines and writes down what happens.
#[derive(Clone, Debug)]
struct Walk<'d> {
    drawn: &'d Drawn,
    happened: Vec<Happened>,
}

impl<'d> Behaviour<'d> for Walk<'d> {
    fn enabled(&self, state: StateIx, trigger: Trigger<'_>, _: &Position) -> Option<Arrow<'d>> {
        let event = match trigger {
            Trigger::Event(name) => Some(name),
            Trigger::Done(ix) if ix == state => None,
            _ => return None,
        };
        let transitions = self.drawn.transitions.get(&state)?;
        let (number, transition) = transitions.iter().enumerate().find(|(_, t)| t.event == event)?;
        Some(Arrow {
            source: state,
            targets: &transition.targets,
            internal: transition.internal,
            number,
        })
    }
    fn leave(&mut self, state: StateIx, _: &mut Vec<String>) {
        self.happened.push(Happened::Left(state));
    }
    fn take(&mut self, arrow: &Arrow<'d>, _: bool, raised: &mut Vec<String>) {
        self.happened.push(Happened::Took(arrow.source, arrow.number));
        let raises = self.drawn.transitions[&arrow.source][arrow.number].raises;
        raised.extend(raises.map(str::to_owned));
    }
    fn enter(&mut self, state: StateIx, _: &mut Vec<String>) {
        self.happened.push(Happened::Entered(state));
    }
    fn finished(&self, position: &Position) -> bool {
        position.active.iter().any(|ix| is_end(&self.drawn.chart, *ix))
    }
}

/// Whether everything is over with this state.
fn is_end(chart: &Chart, ix: StateIx) -> bool {
    *chart.shape(ix) == Shape::Final && chart.node(ix).is_some_and(|node| node.parent.is_none())
}

/// A second account of a chart, kept from what its behaviour is told: what is active, and what was when it was left.
#[derive(Default)]
struct Account {
    active: BTreeSet<StateIx>,
    remembered: BTreeMap<StateIx, Vec<StateIx>>,
}

impl Account {
    /// What a history state would remember now.
    fn inside(&self, chart: &Chart, history: StateIx) -> Vec<StateIx> {
        let around = chart.node(history).and_then(|node| node.parent).expect("in a state");
        let deep = matches!(chart.shape(history), Shape::History { deep: true, .. });
        let kept = |ix: &StateIx| match deep {
            true => chart.is_leaf(*ix) && chart.inside(*ix, around),
            false => chart.node(*ix).is_some_and(|node| node.parent == Some(around)),
        };
        self.active.iter().copied().filter(kept).collect()
    }

    /// Follows one step after the other: what is left, inner first; what is taken; what is entered, outer first.
    fn follow(&mut self, drawn: &Drawn, happened: &[Happened]) -> Result<(), TestCaseError> {
        let mut rest = happened;
        while !rest.is_empty() {
            let part = |rest: &mut &[Happened], of: fn(&Happened) -> Option<StateIx>| {
                let length = rest.iter().take_while(|h| of(h).is_some()).count();
                let (part, after) = rest.split_at(length);
                *rest = after;
                part.iter().filter_map(of).collect::<Vec<StateIx>>()
            };
            let left = part(&mut rest, |h| if let Happened::Left(ix) = h { Some(*ix) } else { None });
            let taken: Vec<(StateIx, usize)> = rest
                .iter()
                .map_while(|h| {
                    if let Happened::Took(ix, n) = h {
                        Some((*ix, *n))
                    } else {
                        None
                    }
                })
                .collect();
            rest = &rest[taken.len()..];
            let entered = part(
                &mut rest,
                |h| if let Happened::Entered(ix) = h { Some(*ix) } else { None },
            );
            prop_assert!(
                left.windows(2).all(|pair| pair[0] > pair[1]),
                "left inner first: {:?}",
                left
            );
            prop_assert!(
                entered.windows(2).all(|pair| pair[0] < pair[1]),
                "entered outer first: {:?}",
                entered
            );
            let histories = drawn.chart.nodes().map(|(ix, _)| ix);
            let histories = histories.filter(|ix| matches!(drawn.chart.shape(*ix), Shape::History { .. }));
            for history in histories.collect::<Vec<_>>() {
                let around = drawn
                    .chart
                    .node(history)
                    .and_then(|node| node.parent)
                    .expect("in a state");
                if left.contains(&around) {
                    let states = self.inside(&drawn.chart, history);
                    self.remembered.insert(history, states);
                }
            }
            for ix in &left {
                prop_assert!(self.active.remove(ix), "{:?} is left and was not active", ix);
            }
            for ix in &entered {
                prop_assert!(self.active.insert(*ix), "{:?} is entered and was active", ix);
            }
            if let [(source, number)] = taken.as_slice()
                && let [target] = drawn.transitions[source][*number].targets.as_slice()
                && let Some(states) = self.remembered.get(target)
            {
                prop_assert_eq!(
                    &self.inside(&drawn.chart, *target),
                    states,
                    "history {:?} restores",
                    target
                );
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(samples::cases(2_000))]

    #[test]
    fn a_chart_is_always_in_a_legal_position_and_history_restores_what_was_left(
        tops in vec(sketch(), 1..4),
        lines in vec(line(), 0..16),
        events in vec(0..EVENTS.len(), 0..24),
    ) {
        let drawn = draw(&tops, &lines);
        let chart = &drawn.chart;
        let mut walk = Walk { drawn: &drawn, happened: Vec::new() };
        let Ok(mut position) = chart.begin(&drawn.initial, &mut walk) else { return Ok(()) };
        let mut account = Account::default();
        account.follow(&drawn, &walk.happened)?;
        for event in events {
            let active: Vec<StateIx> = account.active.iter().copied().collect();
            prop_assert!(chart.is_legal(&position), "{:?}", position);
            prop_assert_eq!(&position.active, &active);
            prop_assert_eq!(&position.remembered, &account.remembered);
            walk.happened.clear();
            let (before, mut again) = (position.clone(), walk.clone());
            let arrows = chart.select(&position, Trigger::Event(EVENTS[event]), &walk);
            if walk.finished(&before) {
                prop_assert_eq!(arrows.len(), 0, "an end is left by nobody");
            }
            if chart.run(&mut position, &arrows, &mut walk).is_err() {
                return Ok(());
            }
            let mut twice = before.clone();
            let chosen = chart.select(&before, Trigger::Event(EVENTS[event]), &again);
            prop_assert!(chart.run(&mut twice, &chosen, &mut again).is_ok());
            prop_assert_eq!(&twice, &position);
            prop_assert_eq!(&again.happened, &walk.happened);
            account.follow(&drawn, &walk.happened)?;
        }
    }
}
