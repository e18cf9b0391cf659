//! Registers as offices exchange them: WIPO Standard ST.96, an XML document with one element `Trademark` for each mark.
//!
//! Elements are known by their local names, so any version of the schema and any prefix will do. The document is read as a
//! stream: memory holds one mark at a time, and what a single mark may take is bounded. A declared document type is refused,
//! and with it every entity that a document could define and every file that it could point to.

use std::io::{self, BufRead, Read};

use quick_xml::{
    Error as XmlError, Reader,
    events::{BytesDecl, BytesRef, Event},
};

use super::{ImportError, Numbers, Problem, RowError, alias, class, name};
use crate::mark::MarkRow;

/// Bytes that one mark, or one event outside of marks, may take: some offices put pictures into the document.
const LARGEST_MARK: u64 = 16 * 1024 * 1024;
/// Elements within each other; the schema has some twenty.
const DEEPEST: usize = 200;
/// Characters of an entity's name that a message repeats.
const TOLD: usize = 40;

/// Why a document of ST.96 cannot be read; its message says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlFault {
    /// A `<!DOCTYPE`: it could define entities that grow without bound, or point to other files.
    #[error(
        "a document type is declared: entities that a document defines itself and files that it points to are not read, remove <!DOCTYPE …>"
    )]
    DocumentType,
    /// A reference to an entity that XML itself does not define.
    #[error("the entity &{0}; is not one of XML's own (lt gt amp apos quot): write the character itself")]
    Entity(String),
    /// Bytes that are not UTF-8, or another encoding declared.
    #[error("the text is not UTF-8: save the file as UTF-8, and declare that or no encoding")]
    Encoding,
    /// The document ends before its elements do.
    #[error("the document ends before its elements are closed: it was cut short, fetch or export it again")]
    CutShort,
    /// Anything else that is not XML.
    #[error("{0}: mend the XML, or export the file again")]
    Malformed(String),
    /// More elements within each other than any register has.
    #[error("more than {DEEPEST} elements stand within each other: this is not a register")]
    TooDeep,
    /// A mark larger than any is.
    #[error("a mark or text takes more than {} MiB: this is not a register, or its pictures must be left out", LARGEST_MARK / 1024 / 1024)]
    TooLarge,
    /// The document has no mark.
    #[error("there is no element Trademark in it: is this a file of WIPO ST.96?")]
    NoMarks,
}

impl XmlFault {
    fn of(error: &XmlError) -> Self {
        match error {
            XmlError::Encoding(_) => Self::Encoding,
            XmlError::Syntax(_) => Self::CutShort,
            XmlError::IllFormed(quick_xml::errors::IllFormedError::MissingEndTag(_)) => Self::CutShort,
            other => Self::Malformed(other.to_string()),
        }
    }
}

/// The elements that say something of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Trademark,
    ApplicationNumber,
    ApplicationNumberText,
    RegistrationNumber,
    Status,
    Feature,
    Verbal,
    SignificantVerbal,
    Transliteration,
    GoodsServices,
    Classification,
    ClassificationKind,
    ClassNumber,
    /// The bag of applicants or holders, but not of their representatives.
    Holders,
    HolderName,
    Other,
}

impl Tag {
    fn of(local: &str) -> Self {
        match local {
            "Trademark" | "TradeMark" => Self::Trademark,
            "ApplicationNumber" => Self::ApplicationNumber,
            "ApplicationNumberText" => Self::ApplicationNumberText,
            "RegistrationNumber" => Self::RegistrationNumber,
            "MarkCurrentStatusCode" => Self::Status,
            "MarkFeatureCategory" => Self::Feature,
            "MarkVerbalElementText" => Self::Verbal,
            "MarkSignificantVerbalElementText" => Self::SignificantVerbal,
            "MarkTransliteration" | "MarkTransliterationText" => Self::Transliteration,
            "GoodsServices" => Self::GoodsServices,
            "GoodsServicesClassification" | "ClassDescription" => Self::Classification,
            "ClassificationKindCode" => Self::ClassificationKind,
            "ClassNumber" => Self::ClassNumber,
            "ApplicantBag" | "HolderBag" | "RegistrantBag" => Self::Holders,
            "OrganizationStandardName" | "OrganizationName" | "PersonFullName" | "EntityName" => Self::HolderName,
            _ => Self::Other,
        }
    }
}

/// The mark that is being read.
#[derive(Default)]
struct Draft {
    line: u64,
    row: MarkRow,
    application: Option<String>,
    significant: Vec<String>,
    /// The kind of mark says that it may have no words: figurative, sound, colour.
    wordless: bool,
    /// Classes of another system than the Nice one stand here.
    other_classes: bool,
    faults: Vec<RowError>,
}

/// What became of an element `Trademark`.
enum Drafted {
    Row(Box<MarkRow>),
    Faults(Vec<RowError>),
    /// A mark that has no words, by its kind.
    Wordless,
}

impl Draft {
    /// Takes the text of an element that stands in `above`, the elements from the mark down to it.
    fn take(&mut self, above: &[Tag], text: &str, line: u64) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return;
        }
        let (tag, parent) = match above {
            [.., parent, tag] => (*tag, *parent),
            _ => return,
        };
        let first = |place: &mut Option<String>, text: String| {
            place.get_or_insert(text);
        };
        match tag {
            Tag::ApplicationNumberText if parent == Tag::ApplicationNumber && above.len() == 3 => {
                first(&mut self.application, text);
            }
            Tag::ApplicationNumber if parent == Tag::Trademark => first(&mut self.application, text),
            Tag::RegistrationNumber if parent == Tag::Trademark => first(&mut self.row.registration_no, text),
            Tag::Status => first(&mut self.row.status, text),
            Tag::Feature => self.wordless = !text.eq_ignore_ascii_case("word"),
            Tag::Verbal if self.row.name.is_empty() => match name(&text) {
                Ok(name) => self.row.name = name,
                Err(problem) => self.fault(line, problem),
            },
            Tag::Verbal | Tag::Transliteration => self.row.aliases.push(text),
            Tag::SignificantVerbal => self.significant.push(text),
            Tag::ClassificationKind => {
                self.other_classes = !["nice", "primary", "international"].contains(&text.to_lowercase().as_str());
            }
            Tag::ClassNumber if !self.other_classes => match class(&text) {
                Ok(class) => self.row.classes.push(class),
                Err(problem) => self.fault(line, problem),
            },
            Tag::HolderName if above.contains(&Tag::Holders) => first(&mut self.row.owner, text),
            _ => {}
        }
    }

    fn fault(&mut self, line: u64, problem: Problem) {
        self.faults.push(RowError {
            line,
            column: 0,
            problem,
        });
    }

    fn finish(mut self) -> Drafted {
        let line = self.line;
        if self.row.name.is_empty() && self.faults.is_empty() {
            let words = (!self.significant.is_empty()).then(|| self.significant.remove(0));
            match words.map(|words| name(&words)) {
                Some(Ok(name)) => self.row.name = name,
                Some(Err(problem)) => self.fault(line, problem),
                None if self.wordless => return Drafted::Wordless,
                None => self.fault(line, Problem::NameEmpty),
            }
        }
        self.row.aliases.append(&mut self.significant);
        if let Some(problem) = self.row.aliases.iter().find_map(|other| alias(other).err()) {
            self.fault(line, problem);
        }
        if !self.faults.is_empty() {
            return Drafted::Faults(self.faults);
        }
        let mut row = self.row;
        let mut known = vec![row.name.clone()];
        row.aliases.retain(|alias| {
            let fresh = !known.contains(alias);
            if fresh {
                known.push(alias.clone());
            }
            fresh
        });
        row.classes.sort_unstable();
        row.classes.dedup();
        row.registration_no = row.registration_no.or(self.application);
        Drafted::Row(Box::new(row))
    }
}

/// The marks of an ST.96 document one by one, for registers larger than memory.
///
/// A mark has the words of `MarkVerbalElementText` for its name, further ones, `MarkSignificantVerbalElementText` and
/// transliterations for aliases, `RegistrationNumber` or else `ApplicationNumber`, `MarkCurrentStatusCode`, the Nice
/// classes of its goods and services, and the first applicant or holder.
pub struct Trademarks<R> {
    reader: Reader<Counted<R>>,
    buffer: Vec<u8>,
    /// Elements that are open, from the mark down, or all of them outside of a mark.
    open: Vec<Tag>,
    /// Elements above the mark.
    outside: usize,
    draft: Option<Draft>,
    text: String,
    found: bool,
    ended: bool,
    wordless: u64,
    numbers: Numbers,
}

type Row = Result<MarkRow, Vec<RowError>>;

impl<R: BufRead> Trademarks<R> {
    /// Begins to read a document.
    pub fn new(source: R) -> Self {
        let mut reader = Reader::from_reader(Counted::new(source));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        Self {
            reader,
            buffer: Vec::new(),
            open: Vec::new(),
            outside: 0,
            draft: None,
            text: String::new(),
            found: false,
            ended: false,
            wordless: 0,
            numbers: Numbers::default(),
        }
    }

    /// Marks passed over so far because they have no words by their kind, such as figures and sounds.
    pub fn wordless(&self) -> u64 {
        self.wordless
    }

    /// Reads on to the end of the next mark; none at the end of the document.
    fn read(&mut self) -> Result<Option<Row>, XmlFault> {
        loop {
            self.buffer.clear();
            if self.draft.is_none() {
                self.reader.get_mut().since = 0;
            }
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(_) if self.reader.get_ref().is_full() => return Err(XmlFault::TooLarge),
                Err(XmlError::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(XmlFault::CutShort);
                }
                Err(error) => return Err(XmlFault::of(&error)),
            };
            match event {
                Event::Start(element) => {
                    let tag = Tag::of(element.local_name().as_ref());
                    if self.outside + self.open.len() >= DEEPEST {
                        return Err(XmlFault::TooDeep);
                    }
                    let line = self.reader.get_ref().line;
                    begin(tag, line, &mut self.open, &mut self.outside, &mut self.draft);
                    self.found |= tag == Tag::Trademark;
                    self.text.clear();
                }
                Event::End(_) => {
                    let line = self.reader.get_ref().line;
                    if let Some(draft) = &mut self.draft {
                        draft.take(&self.open, &self.text, line);
                        self.text.clear();
                        self.open.pop();
                        if self.open.is_empty()
                            && let Some(draft) = self.draft.take()
                        {
                            let line = draft.line;
                            match draft.finish() {
                                Drafted::Row(row) => return Ok(Some(numbered(&mut self.numbers, *row, line))),
                                Drafted::Faults(faults) => return Ok(Some(Err(faults))),
                                Drafted::Wordless => self.wordless += 1,
                            }
                        }
                    } else {
                        self.outside = self.outside.saturating_sub(1);
                    }
                }
                Event::Text(text) if self.draft.is_some() => self.text.push_str(&text.xml10_content()),
                Event::CData(text) if self.draft.is_some() => self.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let character = character(&reference)?;
                    if self.draft.is_some() {
                        self.text.push(character);
                    }
                }
                Event::Decl(declared) => check_encoding(&declared)?,
                Event::DocType(_) => return Err(XmlFault::DocumentType),
                Event::Eof if self.outside > 0 || self.draft.is_some() => return Err(XmlFault::CutShort),
                Event::Eof if !self.found => return Err(XmlFault::NoMarks),
                Event::Eof => return Ok(None),
                Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
            }
        }
    }
}

/// A mark, unless another name has its number.
fn numbered(numbers: &mut Numbers, row: MarkRow, line: u64) -> Row {
    let fault = numbers.fault(&row, line).map(|problem| RowError {
        line,
        column: 0,
        problem,
    });
    fault.map_or(Ok(row), |fault| Err(vec![fault]))
}

fn begin(tag: Tag, line: u64, open: &mut Vec<Tag>, outside: &mut usize, draft: &mut Option<Draft>) {
    match draft {
        None if tag == Tag::Trademark => {
            *draft = Some(Draft {
                line,
                ..Draft::default()
            });
            open.push(tag);
        }
        None => *outside += 1,
        Some(draft) => {
            if matches!(tag, Tag::GoodsServices | Tag::Classification) && !open.contains(&Tag::GoodsServices)
                || tag == Tag::GoodsServices
            {
                draft.other_classes = false;
            }
            open.push(tag);
        }
    }
}

fn character(reference: &BytesRef<'_>) -> Result<char, XmlFault> {
    let named = || XmlFault::Entity(reference.chars().take(TOLD).collect());
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => reference.resolve_char_ref().ok().flatten().ok_or_else(named),
    }
}

fn check_encoding(declared: &BytesDecl<'_>) -> Result<(), XmlFault> {
    match declared.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(_) => Err(XmlFault::Encoding),
    }
}

impl<R: BufRead> Iterator for Trademarks<R> {
    /// The outer error ends the document; the inner one lists the faults of a mark, after which the next can be read.
    type Item = Result<Row, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.read() {
            Ok(Some(row)) => Some(Ok(row)),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(fault) => {
                self.ended = true;
                let source = self.reader.get_mut();
                Some(Err(match source.failed.take() {
                    Some(error) => ImportError::Read(error),
                    None => ImportError::Xml {
                        line: source.line,
                        fault,
                    },
                }))
            }
        }
    }
}

/// A source that counts its lines, and stops where too much is asked of it at once.
struct Counted<R> {
    source: R,
    /// Line that is being read, from 1.
    line: u64,
    /// Bytes since the last mark ended.
    since: u64,
    /// What the source itself failed with.
    failed: Option<io::Error>,
}

impl<R> Counted<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            line: 1,
            since: 0,
            failed: None,
        }
    }

    fn is_full(&self) -> bool {
        self.since > LARGEST_MARK
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(into.len());
        for (place, byte) in into.iter_mut().zip(available) {
            *place = *byte;
        }
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.is_full() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        match self.source.fill_buf() {
            Ok(buffer) => Ok(buffer),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let kind = error.kind();
                self.failed = Some(error);
                Err(kind.into())
            }
        }
    }

    fn consume(&mut self, count: usize) {
        // The bytes are still in the buffer of the source, so looking at them again costs nothing.
        if let Ok(buffer) = self.source.fill_buf() {
            let passed = buffer.get(..count).unwrap_or(buffer);
            self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        self.since += count as u64;
        self.source.consume(count);
    }
}

#[cfg(test)]
mod tests;
