//! How cases of an earlier version of a procedure come to a later one.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::model::{Definition, StateIx};

/// Stands for a clock that starts anew.
pub const RESTART: &str = "restart";
/// Stands for a clock or field that does not come along.
pub const DROP: &str = "drop";

/// What a version says about the cases of one earlier version. What it does not name keeps its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// The earlier version.
    pub from: u32,
    /// States by their paths there; one with states inside stands for those that are not named themselves.
    pub states: IndexMap<String, String>,
    /// Fields by their names there, or [`DROP`].
    pub fields: IndexMap<String, String>,
    /// Clocks by their names there, [`RESTART`] or [`DROP`].
    pub clocks: IndexMap<String, String>,
    /// Values of fields of the later version, for cases that bring none.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub set: IndexMap<String, Json>,
    /// Line in the file.
    #[serde(skip)]
    pub line: u32,
    /// Lines of the entries, by `states.NAME`, `fields.NAME`, `clocks.NAME`, `set.NAME`.
    #[serde(skip)]
    pub lines: IndexMap<String, u32>,
}

/// What becomes of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMove<'m> {
    /// It goes on under this name.
    To(&'m str),
    /// It starts anew.
    Restart,
    /// It does not come along.
    Drop,
}

impl Migration {
    /// What becomes of a clock of the earlier version.
    pub fn clock<'m>(&'m self, name: &'m str) -> ClockMove<'m> {
        match self.clocks.get(name).map(String::as_str) {
            None => ClockMove::To(name),
            Some(RESTART) => ClockMove::Restart,
            Some(DROP) => ClockMove::Drop,
            Some(to) => ClockMove::To(to),
        }
    }

    /// The name of a field in the later version; `None`: it does not come along.
    pub fn field<'m>(&'m self, name: &'m str) -> Option<&'m str> {
        match self.fields.get(name).map(String::as_str) {
            None => Some(name),
            Some(DROP) => None,
            Some(to) => Some(to),
        }
    }

    /// The state of the later version that a state of the earlier one becomes. The nearest entry counts: of the state
    /// itself, or of one around it, in which a state of the same name inside is looked for first.
    pub fn state(&self, new: &Definition, id: &str) -> Option<StateIx> {
        let mut around = id;
        loop {
            if let Some(to) = self.states.get(around) {
                let inside = id.strip_prefix(around).filter(|rest| !rest.is_empty());
                let inside = inside.and_then(|rest| new.state(&format!("{to}{rest}")));
                return inside.or_else(|| new.state(to));
            }
            match around.rsplit_once('.') {
                Some((outer, _)) => around = outer,
                None => return new.state(id),
            }
        }
    }

    /// The line of an entry, or of the map where there is none.
    pub fn line_of(&self, part: &str, name: &str) -> u32 {
        let entry = self.lines.get(&format!("{part}.{name}"));
        entry.copied().unwrap_or(self.line)
    }
}
