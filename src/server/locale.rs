//! Languages: which one a reader gets, and the texts in it. The texts are Fluent files under `locales/`; code knows keys.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use fluent_templates::{LanguageIdentifier, Loader, fluent_bundle::FluentValue, langid, static_loader};
use zhengming_engine::definition::model::Definition;

static_loader! {
    static TEXTS = {
        locales: "locales",
        fallback_language: "zh-CN",
        // Isolation marks around values would end up in copied numbers and in tests of equality.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static ZH: LanguageIdentifier = langid!("zh-CN");
static EN: LanguageIdentifier = langid!("en");

/// A value for a placeholder of a text: `("count", 3.into())`.
pub type Value<'v> = FluentValue<'v>;

/// A language of the portal and of the messages of the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// Simplified Chinese, for everybody who asks for nothing else.
    #[default]
    Zh,
    /// English.
    En,
}

impl Locale {
    /// All languages, the first one first.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// Its BCP 47 tag, for `lang` attributes and headers.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// Whether it is Chinese; the domain pack's labels have the two languages side by side.
    #[must_use]
    pub const fn is_zh(self) -> bool {
        matches!(self, Self::Zh)
    }

    /// The language of a BCP 47 tag; regions and scripts do not matter (`en-GB`, `zh-Hant`).
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let language = tag.trim().split(['-', '_']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("zh") {
            Some(Self::Zh)
        } else if language.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// The best language for an `Accept-Language` header (RFC 9110, 12.5.4): the known one with the highest weight, the
    /// first one among equals; Chinese when none is known.
    #[must_use]
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best: Option<(Self, f32)> = None;
        for range in accept_language.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let locale = if tag == "*" {
                Some(Self::default())
            } else {
                Self::parse(tag)
            };
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(Some(1.0), |q| q.trim().parse().ok());
            if let (Some(locale), Some(weight)) = (locale, weight)
                && weight > best.map_or(0.0, |(_, weight)| weight)
            {
                best = Some((locale, weight));
            }
        }
        best.map_or_else(Self::default, |(locale, _)| locale)
    }

    fn identifier(self) -> &'static LanguageIdentifier {
        match self {
            Self::Zh => &ZH,
            Self::En => &EN,
        }
    }
}

/// A text, or `None` where there is none under this key. A key of the form `message.attribute` reads an attribute.
#[must_use]
pub fn find_text(locale: Locale, key: &str, args: &[(&'static str, Value<'_>)]) -> Option<String> {
    let args: HashMap<Cow<'static, str>, FluentValue<'_>> = args
        .iter()
        .map(|(name, value)| (Cow::Borrowed(*name), value.clone()))
        .collect();
    TEXTS.try_lookup_complete(locale.identifier(), key, (!args.is_empty()).then_some(&args))
}

/// A text. Without one the key itself is shown, and the fault is logged: a wrong label must not take a page down.
#[must_use]
pub fn text(locale: Locale, key: &str, args: &[(&'static str, Value<'_>)]) -> String {
    find_text(locale, key, args).unwrap_or_else(|| {
        tracing::error!(text.key = key, text.locale = locale.tag(), "text is missing");
        key.to_owned()
    })
}

/// Names of the steps of a procedure, by key.
#[must_use]
pub fn phases(locale: Locale, definition: &Definition) -> BTreeMap<String, String> {
    let named = definition.phases().into_iter().filter_map(|phase| {
        let key = format!("portal-phase-{}", phase.to_lowercase().replace('_', "-"));
        Some((phase.to_owned(), find_text(locale, &key, &[])?))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        path::Path,
    };

    use super::*;

    /// Messages of a language with the placeholders that each uses, as the files spell them.
    fn messages(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(locale.tag());
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let mut key = String::new();
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                if let Some((name, _)) = line
                    .split_once(" =")
                    .filter(|_| line.starts_with(|c: char| c.is_ascii_alphabetic()))
                {
                    name.clone_into(&mut key);
                    assert!(
                        found.insert(key.clone(), BTreeSet::new()).is_none(),
                        "{key} is there twice"
                    );
                }
                let names = line.split('$').skip(1).map(|rest| {
                    rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
                        .next()
                        .unwrap()
                        .to_owned()
                });
                if let Some(placeholders) = found.get_mut(&key) {
                    placeholders.extend(names);
                }
            }
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_texts_with_the_same_placeholders() {
        let zh = messages(Locale::Zh);
        assert!(zh.contains_key("error-not-found"));
        assert_eq!(zh, messages(Locale::En));
    }

    #[test]
    fn every_text_can_be_shown_in_its_own_language() {
        for locale in Locale::ALL {
            for (key, placeholders) in messages(locale) {
                let args: HashMap<String, FluentValue<'_>> = placeholders
                    .into_iter()
                    .map(|name| (name, FluentValue::from(7)))
                    .collect();
                let shown = TEXTS.lookup_single_language(locale.identifier(), &key, Some(&args));
                assert!(shown.is_ok(), "{key}: {shown:?}");
            }
        }
    }

    #[test]
    fn placeholders_are_filled_without_isolation_marks() {
        let shown = text(Locale::En, "value-too-long", &[("max", 20.into())]);
        assert_eq!(shown, "At most 20 characters.");
    }

    #[test]
    fn a_missing_text_is_none_and_shows_its_key() {
        assert_eq!(find_text(Locale::Zh, "no-such-text", &[]), None);
        assert_eq!(text(Locale::Zh, "no-such-text", &[]), "no-such-text");
    }

    #[test]
    fn the_heaviest_known_language_wins_and_chinese_is_the_default() {
        let cases = [
            ("", Locale::Zh),
            ("fr", Locale::Zh),
            ("en", Locale::En),
            ("en-GB,en;q=0.9,zh;q=0.8", Locale::En),
            ("fr, zh-Hant;q=0.5, en;q=0.4", Locale::Zh),
            ("zh;q=0.2, en;q=0.7", Locale::En),
            ("en;q=0", Locale::Zh),
            ("*, en;q=0.5", Locale::Zh),
            ("en;q=x", Locale::Zh),
        ];
        for (header, locale) in cases {
            assert_eq!(Locale::negotiate(header), locale, "{header}");
        }
    }
}
