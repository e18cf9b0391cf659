use proptest::prelude::*;

use super::*;

fn boxed(parent: Option<usize>, width: f64, height: f64) -> Node {
    Node {
        parent,
        size: Size { width, height },
        beside_head: false,
    }
}

fn edge(from: usize, to: usize) -> Edge {
    let label = Size {
        width: 80.0,
        height: 20.0,
    };
    Edge { from, to, label }
}

/// Small graphs with boxes in boxes and arrows between any two of them.
fn graphs() -> impl Strategy<Value = Graph> {
    let node = (any::<prop::sample::Index>(), 0..3_u8, 40..160_u32, 20..120_u32);
    let nodes = prop::collection::vec(node, 1..14);
    let arrow = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4_u32);
    (nodes, prop::collection::vec(arrow, 0..24)).prop_map(|(nodes, arrows)| {
        let count = nodes.len();
        let nodes = nodes
            .into_iter()
            .enumerate()
            .map(|(i, (around, nested, width, height))| Node {
                parent: (i > 0 && nested > 0).then(|| around.index(i)),
                size: Size {
                    width: f64::from(width),
                    height: f64::from(height),
                },
                beside_head: width % 5 == 0,
            });
        let edges = arrows.into_iter().map(|(from, to, lines)| Edge {
            from: from.index(count),
            to: to.index(count),
            label: Size {
                width: if lines == 0 { 0.0 } else { 90.0 },
                height: f64::from(lines) * 14.0,
            },
        });
        Graph {
            nodes: nodes.collect(),
            edges: edges.collect(),
        }
    })
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.at.x < b.right() && b.at.x < a.right() && a.at.y < b.bottom() && b.at.y < a.bottom()
}

fn lies_in(inner: &Rect, outer: &Rect) -> bool {
    inner.at.x >= outer.at.x
        && inner.at.y >= outer.at.y
        && inner.right() <= outer.right()
        && inner.bottom() <= outer.bottom()
}

/// What must not lie on each other: boxes without boxes inside, what stands at the beginning of the others, and labels.
fn solid(graph: &Graph, layout: &Layout) -> Vec<(String, Rect)> {
    let heads = layout.heads.iter().enumerate();
    let labels = layout.routes.iter().enumerate().filter(|(i, _)| {
        let edge = graph.edges[*i];
        edge.from != edge.to
    });
    heads
        .map(|(i, rect)| (format!("box {i}"), *rect))
        .chain(labels.filter_map(|(i, route)| Some((format!("label {i}"), route.label?))))
        .collect()
}

fn check(graph: &Graph, layout: &Layout) {
    let solid = solid(graph, layout);
    for (n, (name, rect)) in solid.iter().enumerate() {
        for (other_name, other) in solid.iter().skip(n + 1) {
            assert!(!overlap(rect, other), "{name} {rect:?} lies on {other_name} {other:?}");
        }
        let whole = Rect {
            at: Point::default(),
            size: layout.size,
        };
        assert!(lies_in(rect, &whole), "{name} {rect:?} leaves the drawing {whole:?}");
    }
    for (i, node) in graph.nodes.iter().enumerate() {
        if let Some(parent) = node.parent {
            let (inner, outer) = (&layout.boxes[i], &layout.boxes[parent]);
            assert!(lies_in(inner, outer), "box {i} {inner:?} leaves box {parent} {outer:?}");
        }
        for (other, sibling) in graph.nodes.iter().enumerate().skip(i + 1) {
            if sibling.parent == node.parent {
                assert!(
                    !overlap(&layout.boxes[i], &layout.boxes[other]),
                    "box {i} lies on box {other}"
                );
            }
        }
    }
    for (i, route) in layout.routes.iter().enumerate() {
        let edge = graph.edges[i];
        if edge.from == edge.to {
            assert!(route.points.is_empty());
            continue;
        }
        assert!(route.points.len() >= 2, "arrow {i} is not drawn");
        for (end, node) in [(route.points.first(), edge.from), (route.points.last(), edge.to)] {
            let (point, rect) = (end.expect("an end"), &layout.boxes[node]);
            let near = |a: f64, b: f64| (a - b).abs() < 1.5;
            let within = point.x >= rect.at.x - 1.0 && point.x <= rect.right() + 1.0;
            assert!(
                within && (near(point.y, rect.at.y) || near(point.y, rect.bottom())),
                "arrow {i} ends at {point:?}, not at the border of box {node} {rect:?}"
            );
        }
        for pair in route.points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            assert!(
                (a.x - b.x).abs() < 1.5 || a.y == b.y,
                "arrow {i} is slanting: {a:?} {b:?}"
            );
            // A label's arrow runs along its side; everything else stays clear of it.
            let line = Rect {
                at: Point {
                    x: a.x.min(b.x) - 0.1,
                    y: a.y.min(b.y) - 0.1,
                },
                size: Size {
                    width: (a.x - b.x).abs() + 0.2,
                    height: (a.y - b.y).abs() + 0.2,
                },
            };
            for (name, rect) in &solid {
                let core = Rect {
                    at: Point {
                        x: rect.at.x + 2.0,
                        y: rect.at.y + 2.0,
                    },
                    size: Size {
                        width: rect.size.width - 4.0,
                        height: rect.size.height - 4.0,
                    },
                };
                assert!(!overlap(&line, &core), "arrow {i} runs through {name}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_lies_on_anything_else_whatever_the_boxes_and_arrows(graph in graphs()) {
        let drawn = layout(&graph, Direction::Down);
        check(&graph, &drawn);
        prop_assert_eq!(&drawn, &layout(&graph, Direction::Down), "the same graph gives the same drawing");
    }
}

#[test]
fn a_drawing_to_the_right_is_one_downwards_turned() {
    let graph = Graph {
        nodes: vec![boxed(None, 100.0, 40.0), boxed(None, 100.0, 40.0)],
        edges: vec![edge(0, 1)],
    };
    let layout = layout(&graph, Direction::Right);
    assert!(layout.boxes[1].at.x >= layout.boxes[0].right() + 80.0);
    assert_eq!(layout.boxes[1].size, graph.nodes[1].size);
    let route = &layout.routes[0];
    assert_eq!(route.points[0].x, layout.boxes[0].right());
    assert_eq!(route.points[route.points.len() - 1].x, layout.boxes[1].at.x);
}

#[test]
fn an_arrow_out_of_a_box_in_a_box_reaches_a_box_outside() {
    let graph = Graph {
        nodes: vec![
            boxed(None, 60.0, 20.0),
            boxed(Some(0), 80.0, 30.0),
            boxed(Some(0), 80.0, 30.0),
            boxed(None, 80.0, 30.0),
        ],
        edges: vec![edge(1, 2), edge(2, 3), edge(3, 1), edge(0, 3), edge(0, 2), edge(2, 0)],
    };
    check(&graph, &layout(&graph, Direction::Down));
}
