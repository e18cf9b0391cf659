//! Which layer each box is in.

/// An arrow between two boxes of one level, with the layers that it needs from one to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) length: usize,
}

/// Layers of `count` boxes, from 0. `first` is the layer that each must at least be in.
pub(super) fn ranks(count: usize, spans: &[Span], first: &[usize]) -> Vec<usize> {
    let spans = acyclic(count, spans);
    let mut rank: Vec<usize> = (0..count).map(|i| super::at(first, i)).collect();
    // Without cycles so many rounds are enough; each but the last moves a box for good.
    for _ in 0..=count {
        let mut moved = false;
        for span in &spans {
            let least = super::at(&rank, span.from) + span.length;
            if let Some(to) = rank.get_mut(span.to).filter(|to| **to < least) {
                *to = least;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    shorten(&spans, first, &mut rank);
    rank
}

/// The spans with those turned round that would lead back to where one came from.
fn acyclic(count: usize, spans: &[Span]) -> Vec<Span> {
    let mut search = Search {
        spans,
        seen: vec![Mark::New; count],
        back: vec![false; spans.len()],
    };
    for start in 0..count {
        search.visit(start);
    }
    let turned = |(span, back): (&Span, &bool)| {
        if *back {
            Span {
                from: span.to,
                to: span.from,
                length: span.length,
            }
        } else {
            *span
        }
    };
    spans.iter().zip(&search.back).map(turned).collect()
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Mark {
    #[default]
    New,
    Open,
    Done,
}

struct Search<'s> {
    spans: &'s [Span],
    seen: Vec<Mark>,
    back: Vec<bool>,
}

impl Search<'_> {
    /// Depth first, with a stack of its own: a procedure may be long.
    fn visit(&mut self, start: usize) {
        if super::at(&self.seen, start) != Mark::New {
            return;
        }
        self.mark(start, Mark::Open);
        let mut path = vec![(start, 0)];
        while let Some((node, next)) = path.pop() {
            let Some((index, span)) = self
                .spans
                .iter()
                .enumerate()
                .skip(next)
                .find(|(_, span)| span.from == node)
            else {
                self.mark(node, Mark::Done);
                continue;
            };
            path.push((node, index + 1));
            match super::at(&self.seen, span.to) {
                Mark::New => {
                    self.mark(span.to, Mark::Open);
                    path.push((span.to, 0));
                }
                Mark::Open => {
                    if let Some(back) = self.back.get_mut(index) {
                        *back = true;
                    }
                }
                Mark::Done => {}
            }
        }
    }

    fn mark(&mut self, node: usize, mark: Mark) {
        if let Some(seen) = self.seen.get_mut(node) {
            *seen = mark;
        }
    }
}

/// Moves boxes between the layers of their neighbours so that the arrows become shorter.
fn shorten(spans: &[Span], first: &[usize], rank: &mut [usize]) {
    for _ in 0..8 {
        let mut moved = false;
        for node in (0..rank.len()).rev() {
            let least = spans
                .iter()
                .filter(|s| s.to == node)
                .map(|s| super::at(rank, s.from) + s.length)
                .max()
                .unwrap_or_default()
                .max(super::at(first, node));
            let most = spans
                .iter()
                .filter(|s| s.from == node)
                .map(|s| super::at(rank, s.to).saturating_sub(s.length))
                .min();
            let into = spans.iter().filter(|s| s.to == node).count();
            let out = spans.iter().filter(|s| s.from == node).count();
            let best = match most {
                Some(most) if out > into => most.max(least),
                _ => least,
            };
            if let Some(own) = rank.get_mut(node).filter(|own| **own != best) {
                *own = best;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: usize, to: usize) -> Span {
        Span { from, to, length: 2 }
    }

    #[test]
    fn a_box_comes_below_those_that_lead_to_it() {
        assert_eq!(ranks(3, &[span(0, 1), span(1, 2), span(0, 2)], &[]), [0, 2, 4]);
    }

    #[test]
    fn an_arrow_back_does_not_count() {
        assert_eq!(ranks(3, &[span(0, 1), span(1, 2), span(2, 0)], &[]), [0, 2, 4]);
    }

    #[test]
    fn boxes_do_not_come_before_their_first_layer() {
        assert_eq!(ranks(2, &[], &[2, 1]), [2, 1]);
    }
}
