//! Administrative divisions: codes of GB/T 2260 with their names, as `workflows/divisions/` lists them.

use std::collections::BTreeMap;

use crate::{
    definition::{decode::label, grammar, source::Node, source::Reader},
    text::Label,
};

/// Whether a text is a code of GB/T 2260: six digits, of which two name the province, two the city, two the district or county.
pub fn is_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The division around one, a city for a district and a province for a city; none around a province.
pub fn around(code: &str) -> Option<String> {
    let city = code.get(..4).map(|city| format!("{city}00"));
    let province = code.get(..2).map(|province| format!("{province}0000"));
    [city, province].into_iter().flatten().find(|outer| outer != code)
}

/// The divisions that people can name, by code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Divisions(BTreeMap<String, Label>);

impl Divisions {
    /// The name of a division.
    pub fn name(&self, code: &str) -> Option<&Label> {
        self.0.get(code)
    }

    /// All of them, by code: a province before its cities, a city before its districts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Label)> {
        self.0.iter().map(|(code, name)| (code.as_str(), name))
    }

    /// Takes the divisions of a file in; what is wrong is in the reader.
    pub(crate) fn read(&mut self, r: &mut Reader<'_>, root: &Node) {
        let Some(map) = r.mapping(root, "", &grammar::DIVISIONS) else {
            return;
        };
        let entries = map.get("divisions").map(|n| r.pairs(n, "divisions"));
        for (key, node) in entries.unwrap_or_default() {
            let path = format!("divisions.{}", key.name);
            let name = label(r, node, &path);
            if !is_code(&key.name) {
                let message = format!("`{}` is no code of GB/T 2260", key.name);
                r.error(
                    "WF005",
                    key.place,
                    &path,
                    message,
                    "write six digits in quotes, as \"420102\"",
                );
            } else if self.0.insert(key.name.clone(), name).is_some() {
                let message = format!("division {} stands in two files", key.name);
                r.error("WF109", key.place, &path, message, "remove one");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::source;

    #[test]
    fn a_district_lies_in_its_city_and_a_city_in_its_province() {
        assert_eq!(around("420102").as_deref(), Some("420100"));
        assert_eq!(around("420100").as_deref(), Some("420000"));
        assert_eq!(around("420000"), None);
        assert_eq!(around("武"), None, "no code, no panic");
    }

    #[test]
    fn codes_are_six_digits_and_stand_once() {
        let text = "divisions:\n  \"420102\": {zh: 江岸区, en: Jiang'an}\n  \"4201\": {zh: 武汉市, en: Wuhan}\n";
        let root = source::parse("divisions/a.yaml", text).unwrap();
        let mut divisions = Divisions::default();
        let mut reader = Reader::new("divisions/a.yaml");
        divisions.read(&mut reader, &root);
        divisions.read(&mut reader, &root);
        let found: Vec<_> = reader.found.iter().map(|d| (d.line, d.code)).collect();
        assert_eq!(found, [(3, "WF005"), (2, "WF109"), (3, "WF005")]);
        assert_eq!(divisions.name("420102").map(|name| name.zh.as_str()), Some("江岸区"));
        assert_eq!(divisions.iter().count(), 1);
    }
}
