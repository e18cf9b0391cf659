//! A state of the exploration in a few words: where the case is, what its facts may be, how its subcases stand.

/// Words of a state.
const WORDS: usize = 6;

/// A state; what its bits mean says the [`Layout`] of its procedure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Packed([u64; WORDS]);

/// Where in a state a number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    word: u8,
    shift: u8,
    bits: u8,
}

impl Slot {
    fn mask(self) -> u64 {
        if self.bits >= 64 {
            u64::MAX
        } else {
            (1 << self.bits) - 1
        }
    }
}

impl Packed {
    pub(super) fn get(&self, slot: Slot) -> u64 {
        let word = self.0.get(usize::from(slot.word)).copied().unwrap_or(0);
        (word >> slot.shift) & slot.mask()
    }

    pub(super) fn put(&mut self, slot: Slot, value: u64) {
        if let Some(word) = self.0.get_mut(usize::from(slot.word)) {
            *word = (*word & !(slot.mask() << slot.shift)) | ((value & slot.mask()) << slot.shift);
        }
    }

    /// The state as a position keeps it.
    pub(super) fn forget(&mut self, forgets: &Forgets) {
        let masks = forgets.set.0.iter().zip(&forgets.clear.0).zip(&forgets.pairs.0);
        for (word, ((set, clear), pairs)) in self.0.iter_mut().zip(masks) {
            let kept = (*word | set) & !clear;
            let three = kept & (kept >> 1) & pairs;
            *word = kept & !(three | (three << 1));
        }
    }
}

/// What a position forgets of a state: what makes no difference there any more.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Forgets {
    /// Bits that are set: facts that may be anything.
    set: Packed,
    /// Bits that are cleared: clocks and subcases that do not matter.
    clear: Packed,
    /// Lower bits of pairs that are cleared where both are set: clocks that have expired.
    pairs: Packed,
}

impl Forgets {
    /// Every bit of this value is set.
    pub(super) fn anything(&mut self, slot: Slot, value: u64) {
        self.set.put(slot, value);
    }

    /// The number there is none.
    pub(super) fn nothing(&mut self, slot: Slot) {
        self.clear.put(slot, u64::MAX);
    }

    /// The number there, of two bits, is none where it is three.
    pub(super) fn three(&mut self, slot: Slot) {
        self.pairs.put(slot, 1);
    }
}

/// Hands out room in a state, word by word; nothing lies across two.
#[derive(Debug, Default)]
pub(super) struct Layout {
    used: [u8; WORDS],
}

impl Layout {
    /// Room for a number of so many bits (at most 64); none when the state is full.
    pub(super) fn room(&mut self, bits: usize) -> Option<Slot> {
        let bits = u8::try_from(bits).ok()?;
        let (word, used) = self.used.iter_mut().enumerate().find(|(_, used)| **used + bits <= 64)?;
        let slot = Slot {
            word: u8::try_from(word).ok()?,
            // A number of no bits may come after the last bit of a word, where nothing can be shifted to.
            shift: if bits == 0 { 0 } else { *used },
            bits,
        };
        *used += bits;
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_is_set_cleared_or_cleared_where_it_is_three_and_nothing_else() {
        let mut layout = Layout::default();
        let slots: Vec<Slot> = [5, 2, 2, 2, 61].iter().filter_map(|bits| layout.room(*bits)).collect();
        let mut forgets = Forgets::default();
        forgets.anything(slots[0], 0b00110);
        forgets.nothing(slots[1]);
        forgets.three(slots[2]);
        forgets.three(slots[3]);
        let mut state = Packed::default();
        for (slot, value) in slots.iter().zip([0b10100, 2, 3, 2, 7]) {
            state.put(*slot, value);
        }
        state.forget(&forgets);
        let read: Vec<u64> = slots.iter().map(|slot| state.get(*slot)).collect();
        assert_eq!(read, [0b10110, 0, 0, 2, 7]);
    }

    #[test]
    fn numbers_keep_apart_and_a_full_state_has_no_room() {
        let mut layout = Layout::default();
        let slots: Vec<Slot> = [60, 17, 3, 64].iter().filter_map(|bits| layout.room(*bits)).collect();
        let mut state = Packed::default();
        for (i, slot) in slots.iter().enumerate() {
            state.put(*slot, i as u64 + 4);
        }
        let read: Vec<u64> = slots.iter().map(|slot| state.get(*slot)).collect();
        assert_eq!(read, [4, 5, 6, 7]);
        let mut full = Layout::default();
        assert!(full.room(64).is_some());
        let nothing = full.room(0).expect("no room is needed");
        state.put(nothing, 1);
        assert_eq!(
            (state.get(nothing), state.get(slots[0])),
            (0, 4),
            "a number of no bits is 0 and touches nothing"
        );
        while layout.room(64).is_some() {}
        assert!(layout.room(64).is_none() && layout.room(20).is_some());
    }
}
