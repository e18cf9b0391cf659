//! Fields of a case: what kind of answer each takes, and where it is kept.

use indexmap::IndexMap;

use super::{
    alike,
    authored::{self, Named},
    compile::Compiler,
    grammar,
    model::{Choice, Days, Field, FieldKind, Role, RoleKind, Storage},
};

impl Field {
    /// Whether whoever holds some roles of a case reads it: staff all but identities, others what is for one of their roles.
    #[must_use]
    pub fn is_open_to<'r>(
        &self,
        as_staff: bool,
        held: impl IntoIterator<Item = &'r str>,
        roles: &IndexMap<String, Role>,
    ) -> bool {
        let mut held = held.into_iter();
        self.storage != Storage::Identity && (as_staff || held.any(|role| self.is_read_by(role, roles)))
    }

    /// Whether holders of a role read it beside the staff that has the case, who read all but identities: what names their role;
    /// whom the case is entrusted to, what all parties may read, so that nobody who mediates between two sides learns what one
    /// of them may not know (Order 121 art 37); an identity nobody.
    #[must_use]
    pub fn is_read_by(&self, role: &str, roles: &IndexMap<String, Role>) -> bool {
        let named = |role: &str| self.readers.iter().any(|reader| reader == role);
        let kind = roles.get(role).map(|role| role.kind);
        let is_entrusted = matches!(kind, Some(RoleKind::Delegate | RoleKind::Liaison));
        let mut parties = roles.iter().filter(|(_, role)| role.kind == RoleKind::Party);
        let mut common = || !self.readers.is_empty() && parties.all(|(party, _)| named(party));
        self.storage != Storage::Identity && (named(role) || (is_entrusted && common()))
    }
}

/// Whether every value of one kind is one of another.
pub(crate) fn fits(from: &FieldKind, to: &FieldKind) -> bool {
    let keys = |kind: &FieldKind| match kind {
        FieldKind::Choice(choices) | FieldKind::Choices(choices) => {
            Some(choices.iter().map(|c| c.key.clone()).collect::<Vec<_>>())
        }
        _ => None,
    };
    match (keys(from), keys(to)) {
        (Some(from), Some(to)) => from.iter().all(|key| to.contains(key)),
        (None, None) => match (from, to) {
            (FieldKind::Text { max: a } | FieldKind::LongText { max: a }, FieldKind::LongText { max: b })
            | (FieldKind::Text { max: a }, FieldKind::Text { max: b }) => a <= b,
            _ => std::mem::discriminant(from) == std::mem::discriminant(to),
        },
        _ => false,
    }
}

impl Compiler<'_, '_, '_> {
    pub(super) fn field(&mut self, field: &authored::Field) -> Field {
        let kind = self.kind(field);
        let free = matches!(
            kind,
            FieldKind::Text { .. } | FieldKind::LongText { .. } | FieldKind::Phone | FieldKind::Mail
        );
        if free && field.storage == Storage::Case {
            // Free text may name a person; what the hash chain covers can never be erased.
            let message = format!(
                "free text `{}` is stored with the case and could never be erased",
                field.name.name
            );
            let mend = "write `storage: personal` (or identity)";
            self.r.error("WF505", field.name.place, &field.name.path, message, mend);
        }
        Field {
            title: field.title.clone(),
            hint: field.hint.clone(),
            kind,
            storage: field.storage,
            search: field.search,
            readers: self.roles_named(&field.readers),
            law: self.maybe_law(field.law.as_ref()),
            line: field.name.place.line,
        }
    }

    fn kind(&mut self, field: &authored::Field) -> FieldKind {
        if let Some(most) = field
            .max
            .filter(|most| *most < 1 && matches!(field.kind.as_str(), "text" | "long_text"))
        {
            let message = format!("no answer has at most {most} characters");
            let mend = "leave `max` out, or write a number from 1 on";
            self.r.error("WF111", field.name.place, &field.name.path, message, mend);
        }
        let max = |default: usize| field.max.and_then(|m| usize::try_from(m).ok()).unwrap_or(default);
        match field.kind.as_str() {
            "text" => FieldKind::Text { max: max(200) },
            "long_text" => FieldKind::LongText { max: max(4_000) },
            "bool" => FieldKind::Bool,
            "date" => FieldKind::Date { days: self.days(field) },
            "integer" => self.integer(field),
            "money" => FieldKind::Money,
            "choice" => FieldKind::Choice(self.choices(field)),
            "choices" => FieldKind::Choices(self.choices(field)),
            "organisation" => FieldKind::Organisation {
                kinds: field.kinds.clone(),
            },
            "division" => FieldKind::Division,
            "account" => {
                let role = field.role.as_ref().and_then(|r| self.role_named(r)).unwrap_or_default();
                if field.role.is_none() {
                    let message = "an account field says which role it picks from".to_owned();
                    self.r
                        .error("WF003", field.kind_at, &field.name.path, message, "add `role:`");
                }
                FieldKind::Account { role }
            }
            "phone" => FieldKind::Phone,
            "mail" => FieldKind::Mail,
            other => {
                let name = Named {
                    name: other.to_owned(),
                    place: field.kind_at,
                    path: field.name.path.clone(),
                };
                self.unknown("WF004", "type of field", &name, &grammar::FIELD_TYPES);
                FieldKind::Bool
            }
        }
    }

    fn days(&mut self, field: &authored::Field) -> Days {
        match (field.past, field.ahead) {
            (false, false) => Days::Any,
            (true, false) => Days::Past,
            (false, true) => Days::Ahead,
            (true, true) => {
                let message = "no day but today is both past and ahead".to_owned();
                let mend = "leave out `past` or `ahead`";
                self.r.error("WF004", field.name.place, &field.name.path, message, mend);
                Days::Any
            }
        }
    }

    /// A number between two others, both of which it may be.
    fn integer(&mut self, field: &authored::Field) -> FieldKind {
        let (min, max) = (field.min.unwrap_or(0), field.max.unwrap_or(i64::from(i32::MAX)));
        if min > max {
            let message = format!("no number is at least {min} and at most {max}");
            let mend = "let `min` be no greater than `max`; left out they are 0 and 2147483647";
            self.r.error("WF004", field.name.place, &field.name.path, message, mend);
        }
        FieldKind::Integer { min, max }
    }

    fn choices(&mut self, field: &authored::Field) -> Vec<Choice> {
        if field.options.is_empty() {
            let message = "a choice needs options".to_owned();
            self.r
                .error("WF003", field.kind_at, &field.name.path, message, "add `options:`");
        }
        for (i, (name, title, _)) in field.options.iter().enumerate() {
            let twin = field
                .options
                .iter()
                .take(i)
                .find(|(_, earlier, _)| alike::same(earlier, title));
            if let Some((earlier, ..)) = twin.filter(|(earlier, ..)| earlier.name != name.name) {
                let message = format!("options `{}` and `{}` read the same", earlier.name, name.name);
                let mend = "give each words of its own, or make one of the two";
                self.r.warning("WF109", name.place, &name.path, message, mend);
            }
        }
        let options = field.options.iter();
        options
            .map(|(name, title, law)| Choice {
                key: name.name.clone(),
                title: title.clone(),
                law: self.maybe_law(law.as_ref()),
            })
            .collect()
    }
}
