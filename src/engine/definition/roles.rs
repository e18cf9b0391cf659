//! Who takes part: roles as declared, and the keys that are the service's own.

use super::{authored::Named, compile::Compiler, model::Role};

/// Keys that mean something to the service whatever a procedure says: what their holders may do in an installation, and
/// what it remembers of a case (which office took it in, who is barred from it).
const RESERVED: [&str; 5] = ["administrator", "analyst", "auditor", "intake", "excluded"];

impl Compiler<'_, '_, '_> {
    /// All roles; those that one excludes may stand after it.
    pub(super) fn roles(&mut self) {
        let roles = &self.authored.roles;
        let plain = roles.iter().map(|role| {
            let compiled = Role {
                title: role.title.clone(),
                kind: role.kind,
                incompatible_with: Vec::new(),
                law: None,
                line: role.name.place.line,
            };
            (role.name.name.clone(), compiled)
        });
        self.roles = plain.collect();
        for role in roles {
            self.reserved(&role.name);
            let others = self.roles_named(&role.incompatible_with);
            let law = self.maybe_law(role.law.as_ref());
            if let Some(compiled) = self.roles.get_mut(&role.name.name) {
                compiled.incompatible_with = others;
                compiled.law = law;
            }
        }
    }

    /// Whoever got such a role on a case would get what the service means by it, or be taken for it.
    fn reserved(&mut self, name: &Named) {
        if RESERVED.contains(&name.name.as_str()) {
            let message = format!(
                "`{}` is a role of the service itself, whatever a procedure says",
                name.name
            );
            let mend = format!("give the role another key than {}", RESERVED.join(", "));
            self.r.error("WF005", name.place, &name.path, message, &mend);
        }
    }
}
