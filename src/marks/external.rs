//! The same search over the index of another engine: what that engine stores of a name, which of its words a query asks
//! for, and how the names that it answers with are scored and explained. The engine itself, its network and its clock are
//! the caller's.
//!
//! A token becomes a word of small letters and digits, so that any engine's tokenizer leaves it whole: a letter that tells
//! the channel, then the token as a hexadecimal number.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    brands::names_of,
    candidates::{Channel, exact, exact_part, sought, stored},
    compare::{Asked, rounded},
    index::{Match, Versions, renown},
    mark::Mark,
    parts::{Part, essence, parts},
    profile::Profile,
    signature::{View, generic, signed},
    statistics::{Statistics, hash},
};

/// Versions of the tokens, of the normal form and of the tables: an index of other ones would miss names, so it has to be made
/// anew.
#[must_use]
pub fn versions() -> String {
    Versions::CURRENT.label()
}

/// A text as a word that is equal for equal texts, whatever their case and the spaces around them; for exact filters.
#[must_use]
pub fn text_word(text: &str) -> String {
    let text: Vec<char> = text.trim().to_lowercase().chars().collect();
    format!("{:016x}", hash(&text))
}

/// A mark's identity as a word of 16 letters and digits.
#[must_use]
pub fn mark_word(id: &str) -> String {
    format!("{:016x}", hash(&id.chars().collect::<Vec<char>>()))
}

/// A name in a few integers, all that scoring it takes: which of its characters are of generic words, as bits, then the compared
/// characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature(Vec<u64>);

impl Signature {
    /// Eight bytes an integer, the lowest first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|part| part.to_le_bytes()).collect()
    }

    /// What [`Signature::to_bytes`] gave. Other bytes give some name or none; never an error.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(
            bytes
                .as_chunks::<8>()
                .0
                .iter()
                .map(|part| u64::from_le_bytes(*part))
                .collect(),
        )
    }

    fn of(profile: &Profile, essence: Option<&Part>) -> Self {
        Self(
            std::iter::once(generic(profile))
                .chain(signed(profile, essence))
                .collect(),
        )
    }

    fn view(&self) -> View {
        let mut view = View::EMPTY;
        if let Some((generic, characters)) = self.0.split_first() {
            view.read(characters.iter().copied());
            view.generic = *generic;
        }
        view
    }
}

/// One name of a mark as an engine stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameDocument {
    /// The name as given.
    pub name: String,
    /// What scoring takes.
    pub signature: Signature,
    /// Characters that are compared, for engines that order by length.
    pub length: usize,
    /// Words by channel.
    pub words: Vec<(&'static str, Vec<String>)>,
}

/// The names of a mark, its own first, each once; those that normalise to nothing are left out.
#[must_use]
pub fn documents(mark: &Mark) -> Vec<NameDocument> {
    let mut documents: Vec<NameDocument> = Vec::with_capacity(1 + mark.aliases.len());
    for name in std::iter::once(&mark.name).chain(&mark.aliases) {
        let profile = Profile::new(name);
        if profile.is_empty() || documents.iter().any(|known| known.name == *name) {
            continue;
        }
        let essence = essence(&profile);
        let words = stored(&profile, essence.as_ref()).into_iter().map(|(channel, tokens)| {
            let words = tokens.into_iter().map(|token| word(channel, token));
            (channel.field_name(), words.collect())
        });
        documents.push(NameDocument {
            name: name.clone(),
            signature: Signature::of(&profile, essence.as_ref()),
            length: profile.units.len(),
            words: words.collect(),
        });
    }
    documents
}

/// Names of all channels, in the order of [`NameDocument::words`] of a name that has words on each.
#[must_use]
pub fn channels() -> Vec<&'static str> {
    Channel::ALL.iter().map(|channel| channel.field_name()).collect()
}

fn word(channel: Channel, token: u64) -> String {
    // Letters after f, so that a word's beginning is not read as a part of its number.
    let letter = match channel {
        Channel::Exact => 'x',
        Channel::Characters => 'h',
        Channel::Sounds => 's',
        Channel::Letters => 'l',
        Channel::Folds => 'g',
        Channel::Consonants => 'k',
        Channel::SpelledConsonants => 'p',
        Channel::Words => 'w',
    };
    format!("{letter}{token:x}")
}

/// A word that a query asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedWord {
    /// The word.
    pub word: String,
    /// How much it counts for: 1 for the query's own, less for one that arises when a character is taken for a look-alike.
    pub weight: f32,
}

/// What a query asks an engine for.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Words of the whole forms that are the query's own or another name of the brand it names.
    pub forms: Vec<String>,
    /// Words by channel, the weightiest first.
    pub channels: Vec<(&'static str, Vec<AskedWord>)>,
}

impl Question {
    /// What a name asks for; nothing if it normalises to nothing.
    #[must_use]
    pub fn of(query: &str) -> Self {
        let query = Profile::new(query);
        if query.is_empty() {
            return Self {
                forms: Vec::new(),
                channels: Vec::new(),
            };
        }
        let mut forms = Vec::new();
        let mut tokens: BTreeMap<Channel, BTreeMap<u64, f32>> = BTreeMap::new();
        let parts = parts(&query);
        let of_parts = parts.iter().map(|part| (&part.profile, part.exact));
        for (name, only_itself) in std::iter::once((&query, false)).chain(of_parts) {
            let form = exact(&name.units);
            forms.push(form);
            if only_itself {
                continue;
            }
            forms.push(exact_part(&name.units));
            forms.extend(names_of(form).map(|name| exact(&Profile::new(name).units)));
            for (channel, sought) in sought(name) {
                let known = tokens.entry(channel).or_default();
                for (token, weight) in sought {
                    let best = known.entry(token).or_insert(weight);
                    *best = best.max(weight);
                }
            }
        }
        let channels = tokens.into_iter().filter(|(_, tokens)| !tokens.is_empty());
        let channels = channels.map(|(channel, tokens)| {
            let mut tokens: Vec<(u64, f32)> = tokens.into_iter().collect();
            tokens.sort_by(|(a, weight), (b, other)| other.total_cmp(weight).then(a.cmp(b)));
            let asked = tokens.into_iter().map(|(token, weight)| AskedWord {
                word: word(channel, token),
                weight,
            });
            (channel.field_name(), asked.collect())
        });
        Self {
            forms: forms.into_iter().map(|form| word(Channel::Exact, form)).collect(),
            channels: channels.collect(),
        }
    }
}

/// How common characters, words and names are in a register; see the crate's documentation. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegisterCounts(Arc<Statistics>);

impl RegisterCounts {
    /// Counts a register.
    #[must_use]
    pub fn of(names: &[Signature]) -> Self {
        Self(Arc::new(Statistics::of(|| names.iter().map(Signature::view))))
    }

    /// Whether a register of so many names wants to be counted anew.
    #[must_use]
    pub fn is_stale(&self, names: u64) -> bool {
        self.0.is_stale(names)
    }

    /// The counts in a form to be kept.
    ///
    /// # Errors
    /// None that memory does not have.
    pub fn to_bytes(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.0.write(&mut bytes)?;
        Ok(bytes)
    }

    /// What [`RegisterCounts::to_bytes`] gave.
    ///
    /// # Errors
    /// `InvalidData` for bytes that are cut short, changed or of another version.
    pub fn from_bytes(bytes: &[u8]) -> std::io::Result<Self> {
        Ok(Self(Arc::new(Statistics::read(bytes)?)))
    }

    /// How well known a name is, from 0 to 255, by the fame that the register gives its mark (0 to 100), public lists and the
    /// names that build on it.
    #[must_use]
    pub fn renown(&self, name: &Signature, fame: Option<u8>) -> u8 {
        self.renown_of(&name.view(), fame)
    }

    fn renown_of(&self, name: &View, fame: Option<u8>) -> u8 {
        let fame = f32::from(fame.unwrap_or(0).min(100)) / 100.0;
        (renown(name.units(), fame, &self.0) * 255.0) as u8
    }

    /// Compares two names as a search would; see [`crate::Index::compare`].
    #[must_use]
    pub fn compare(&self, query: &str, mark: &str) -> crate::Comparison {
        crate::Comparison::of(&Profile::new(query), &Profile::new(mark), 0.0, &self.0)
    }
}

/// How alike a name is to the query, with what explaining it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    score: f32,
    renown: f32,
}

impl Likeness {
    /// From 0 to 1, to four places, as [`Match::score`].
    #[must_use]
    pub fn score(&self) -> f64 {
        rounded(self.score)
    }

    /// Orders the more alike first, by more than four places.
    #[must_use]
    pub fn first(&self, other: &Self) -> std::cmp::Ordering {
        other.score.total_cmp(&self.score)
    }
}

/// Scores the names that an engine answered with.
pub struct Scorer {
    query: Profile,
    parts: Vec<Part>,
    prepared: Asked,
    counts: RegisterCounts,
}

impl Scorer {
    /// Prepares a query.
    #[must_use]
    pub fn new(query: &str, counts: &RegisterCounts) -> Self {
        let query = Profile::new(query);
        let parts = parts(&query);
        Self {
            prepared: Asked::new(&query, &parts, &counts.0),
            parts,
            counts: counts.clone(),
            query,
        }
    }

    /// Scores a name of a mark of this fame.
    pub fn score(&mut self, name: &Signature, fame: Option<u8>) -> Likeness {
        let view = name.view();
        let renown = f32::from(self.counts.renown_of(&view, fame)) / 255.0;
        Likeness {
            score: self.prepared.score(&view, renown),
            renown,
        }
    }

    /// Tells in what the likeness of a mark consists, through one of its names.
    #[must_use]
    pub fn explain(&self, mark: Mark, name: String, likeness: Likeness) -> Match {
        Match::told(
            (&self.query, &self.parts),
            (mark, name),
            (likeness.score, likeness.renown),
            &self.counts.0,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(name: &str, aliases: &[&str]) -> Mark {
        Mark {
            id: "1".to_owned(),
            name: name.to_owned(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            ..Mark::default()
        }
    }

    #[test]
    fn a_word_is_whole_for_any_tokenizer_and_tells_its_channel() {
        let mut letters = Vec::new();
        for document in documents(&mark("康师傅 Master Kong", &["MASTER KONG", "kangshifu"])) {
            for (channel, words) in &document.words {
                for word in words {
                    assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
                    letters.push((word.chars().next(), *channel));
                }
            }
        }
        letters.sort_unstable();
        letters.dedup();
        let channels: std::collections::BTreeSet<&str> = letters.iter().map(|(_, channel)| *channel).collect();
        assert_eq!(letters.len(), channels.len());
    }

    #[test]
    fn a_mark_has_a_document_for_each_name_that_is_one() {
        let names: Vec<String> = documents(&mark("耐克", &["NIKE", "···", "耐克", "naike"]))
            .into_iter()
            .map(|document| document.name)
            .collect();
        assert_eq!(names, ["耐克", "NIKE", "naike"]);
        assert!(documents(&mark("···", &[])).is_empty());
    }

    #[test]
    fn a_query_asks_for_words_that_its_mark_is_stored_under() {
        for (query, name) in [
            ("康帅傅", "康师傅"),
            ("ABIBAS", "ADIDAS"),
            ("naike", "耐克"),
            ("Kressco", "CRESCO"),
        ] {
            let stored: Vec<String> = documents(&mark(name, &[]))
                .into_iter()
                .flat_map(|document| document.words.into_iter().flat_map(|(_, words)| words))
                .collect();
            let asked = Question::of(query);
            let met = asked.channels.iter().flat_map(|(_, words)| words);
            assert!(met.filter(|asked| stored.contains(&asked.word)).count() >= 2, "{query}");
        }
        assert_eq!(Question::of("···").channels, []);
    }

    #[test]
    fn a_name_scores_as_it_does_in_the_index() {
        let index = crate::Index::in_memory().unwrap();
        let mut writer = index.writer().unwrap();
        let kang = Mark {
            fame: Some(90),
            ..mark("康师傅", &["MASTER KONG", "康师傅烤肉"])
        };
        writer.add(&kang).unwrap();
        writer.commit().unwrap();
        let counts = RegisterCounts::default();
        for query in ["康帅傅", "master kang", "康帅傅烧烤"] {
            let found = index
                .match_name(query, &crate::MatchOptions::default())
                .unwrap()
                .remove(0);
            let mut scorer = Scorer::new(query, &counts);
            let (likeness, name) = documents(&kang)
                .into_iter()
                .map(|document| {
                    let bytes = document.signature.to_bytes();
                    (scorer.score(&Signature::from_bytes(&bytes), kang.fame), document.name)
                })
                .min_by(|(a, _), (b, _)| a.first(b))
                .unwrap();
            assert_eq!(scorer.explain(kang.clone(), name, likeness), found);
        }
    }

    #[test]
    fn counts_are_kept_and_read_back() {
        let names: Vec<Signature> = ["百度", "百度烤肉", "百度餐厅"]
            .iter()
            .map(|name| Signature::of(&Profile::new(name), None))
            .collect();
        let counts = RegisterCounts::of(&names);
        assert_eq!(RegisterCounts::from_bytes(&counts.to_bytes().unwrap()).unwrap(), counts);
        assert!(RegisterCounts::from_bytes(b"cut").is_err());
        assert!(counts.renown(&names[0], None) > counts.renown(&names[1], None));
        assert!(!counts.is_stale(3) && counts.is_stale(500));
    }

    #[test]
    fn the_same_text_is_the_same_word() {
        assert_eq!(text_word(" Registered"), text_word("registered "));
        assert_ne!(text_word("registered"), text_word("refused"));
        assert_ne!(mark_word("a"), mark_word("A"));
    }
}
