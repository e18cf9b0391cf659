//! Reading a register from a file: CSV with a header, one name a line, or WIPO ST.96.

mod numbers;
mod st96;

use std::{
    fmt,
    io::{self, BufRead, Read},
};

use csv::ByteRecord;

use self::numbers::Numbers;
pub use self::st96::{Trademarks, XmlFault};
use crate::{
    goods::{Goods, SimilarGroup},
    mark::{LONGEST_NAME, MarkRow},
    normalize::normalize,
};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const NEVER_IN_UTF8: u8 = 0xFF;

/// Form of a register's file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegisterFormat {
    /// CSV, or one name a line: [`Rows`].
    #[default]
    Csv,
    /// XML of WIPO Standard ST.96: [`Trademarks`].
    St96,
}

/// How to read a register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// What the file is.
    pub format: RegisterFormat,
    /// Take the good rows and report the bad ones, instead of taking none.
    pub skip_bad: bool,
}

/// What a file held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// Marks in the order of the file.
    pub rows: Vec<MarkRow>,
    /// Rows left out; empty unless [`ImportOptions::skip_bad`].
    pub skipped: Vec<RowError>,
    /// Marks passed over because by their kind they have no words, such as figures and sounds.
    pub wordless: u64,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The header cannot be used, so no row can be read.
    #[error("the header is wrong: {0}")]
    Header(RowError),
    /// Every bad row of the file, in order.
    #[error("{} bad row(s), first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
    Rows(Vec<RowError>),
    /// The document is not XML of the kind that is read.
    #[error("line {line}: {fault}")]
    Xml {
        /// Line where it was noticed, from 1.
        line: u64,
        /// What is wrong with it.
        fault: XmlFault,
    },
    /// The file could not be read.
    #[error("the file cannot be read")]
    Read(#[from] io::Error),
}

/// What is wrong with a row, where, and how to mend it. Never repeats the cell, which may hold anybody's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct RowError {
    /// Line of the file on which the row begins, from 1; in XML the line of the element at fault.
    pub line: u64,
    /// Cell of the row, from 1; 0 in XML, which has no cells.
    pub column: usize,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            0 => write!(f, "line {}: {}", self.line, self.problem),
            column => write!(f, "line {}, column {column}: {}", self.line, self.problem),
        }
    }
}

/// A fault of a cell or row; its message says how to mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file has a header without the one column that is needed.
    #[error("there is no column `name`: add it to the header")]
    NameColumnMissing,
    /// The first line is of a table, and names no column that is known.
    #[error(
        "this looks like a table, and its first line names no column `name`: part its cells by commas and give it a header such as name,registration_no,owner, or write one name a line"
    )]
    TableWithoutHeader,
    /// The file is XML.
    #[error("this is XML and no table: read it as WIPO ST.96, with --format st96")]
    Xml,
    /// The header has a column that means nothing here.
    #[error(
        "unknown column: rename it to one of name, registration_no, owner, classes, groups, status, fame, aliases, or remove it"
    )]
    UnknownColumn,
    /// The header has a column twice.
    #[error("this column is there already: remove one of the two")]
    RepeatedColumn,
    /// The row has other cells than the header.
    #[error(
        "the row has {found} cells and the header {expected}: put a cell that holds a comma between double quotes, and close every quote"
    )]
    CellCount {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
    /// The cell is not UTF-8.
    #[error("the text is not UTF-8: save the file as UTF-8")]
    NotUtf8,
    /// There is no name.
    #[error("the name is empty: fill it in or delete the row")]
    NameEmpty,
    /// The name has no letter or digit to search by.
    #[error(
        "the name has no letter, digit or character: a mark of signs alone cannot be searched by name, delete the row"
    )]
    NameUnsearchable,
    /// The name is too long to be one.
    #[error("the name is longer than {LONGEST_NAME} characters: check for a quote that is not closed")]
    NameTooLong,
    /// Another name has the registration number on an earlier line of the file.
    #[error(
        "line {line} has another name under this registration number: correct the number or the name of one of the two, or delete one"
    )]
    NumberOfAnother {
        /// Line of the other name.
        line: u64,
    },
    /// A Nice class is not one.
    #[error("a class is not a number from 1 to 45: write classes like 25;35")]
    BadClass,
    /// A similar group is not one.
    #[error("a similar group is not four digits of which the first two are a class: write groups like 2501;3503")]
    BadGroup,
    /// The fame is not a figure in range.
    #[error("the fame is not a whole number from 0 to 100: correct it or leave it empty")]
    BadFame,
}

impl Problem {
    /// Stable code, the key of the fault's text for people.
    pub fn code(self) -> &'static str {
        match self {
            Self::NameColumnMissing => "name_column_missing",
            Self::TableWithoutHeader => "table_without_header",
            Self::Xml => "xml",
            Self::UnknownColumn => "unknown_column",
            Self::RepeatedColumn => "repeated_column",
            Self::CellCount { .. } => "cell_count",
            Self::NotUtf8 => "not_utf8",
            Self::NameEmpty => "name_empty",
            Self::NameUnsearchable => "name_unsearchable",
            Self::NameTooLong => "name_too_long",
            Self::NumberOfAnother { .. } => "number_of_another",
            Self::BadClass => "bad_class",
            Self::BadGroup => "bad_group",
            Self::BadFame => "bad_fame",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Name,
    RegistrationNo,
    Owner,
    Classes,
    Groups,
    Status,
    Fame,
    Aliases,
}

impl Column {
    fn parse(header: &str) -> Option<Self> {
        Some(match header.trim().to_ascii_lowercase().as_str() {
            "name" => Self::Name,
            "registration_no" => Self::RegistrationNo,
            "owner" => Self::Owner,
            "classes" => Self::Classes,
            "groups" => Self::Groups,
            "status" => Self::Status,
            "fame" => Self::Fame,
            "aliases" => Self::Aliases,
            _ => return None,
        })
    }
}

/// Reads a whole register. All bad rows are reported, and one is enough for nothing to be taken, unless
/// [`ImportOptions::skip_bad`].
pub fn read_marks(source: impl BufRead, options: ImportOptions) -> Result<Import, ImportError> {
    match options.format {
        RegisterFormat::Csv => gathered(Rows::new(source)?, options),
        RegisterFormat::St96 => {
            let mut marks = Trademarks::new(source);
            let mut import = gathered(marks.by_ref(), options)?;
            import.wordless = marks.wordless();
            Ok(import)
        }
    }
}

fn gathered(
    rows: impl Iterator<Item = Result<Result<MarkRow, Vec<RowError>>, ImportError>>,
    options: ImportOptions,
) -> Result<Import, ImportError> {
    let mut import = Import::default();
    for row in rows {
        match row? {
            Ok(row) if import.skipped.is_empty() || options.skip_bad => import.rows.push(row),
            Ok(_) => {}
            Err(faults) => {
                import.skipped.extend(faults);
                if !options.skip_bad {
                    // Nothing will be taken any more: only further faults are of interest.
                    import.rows = Vec::new();
                }
            }
        }
    }
    if import.skipped.is_empty() || options.skip_bad {
        Ok(import)
    } else {
        Err(ImportError::Rows(import.skipped))
    }
}

/// The rows of a register one by one, for registers larger than memory.
///
/// A file whose first line has a cell `name`, or two other column names, is CSV (RFC 4180; a byte order mark is skipped) with the columns
/// `name[,registration_no,owner,classes,groups,status,fame,aliases]` in any order; several classes, groups or aliases stand in one cell
/// and are parted by `;` or `|`. Any other file holds one name a line, commas and all, and is refused where it looks like a
/// table. Empty lines are skipped.
pub struct Rows<R> {
    reader: csv::Reader<Source<R>>,
    columns: Vec<Column>,
    /// One name a line.
    plain: bool,
    /// Reading failed; nothing follows.
    failed: bool,
    record: ByteRecord,
    numbers: Numbers,
}

/// The first line, which was read to tell the two kinds of file apart, before the rest.
type Source<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

impl<R: BufRead> Rows<R> {
    /// Reads the first line and decides what the file is.
    pub fn new(mut source: R) -> Result<Self, ImportError> {
        let mut first = Vec::new();
        source.read_until(b'\n', &mut first)?;
        if first.starts_with(BYTE_ORDER_MARK) {
            first.drain(..BYTE_ORDER_MARK.len());
        }
        let refused = |problem: Problem| {
            Err(ImportError::Header(RowError {
                line: 1,
                column: 1,
                problem,
            }))
        };
        if is_xml(&first) {
            return refused(Problem::Xml);
        }
        let header = header(&first);
        let is_csv = is_header(&header);
        let mut second = Vec::new();
        if !is_csv {
            source.read_until(b'\n', &mut second)?;
            if is_table(&header, &first, &second) {
                return refused(Problem::TableWithoutHeader);
            }
            first.append(&mut second);
        }
        let columns = if is_csv { columns(&header)? } else { vec![Column::Name] };
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(is_csv).flexible(true);
        if !is_csv {
            // The whole line is the name: no quotes, and for a separator a byte that UTF-8 never holds.
            reader.quoting(false).delimiter(NEVER_IN_UTF8);
        }
        Ok(Self {
            reader: reader.from_reader(io::Cursor::new(first).chain(source)),
            columns,
            plain: !is_csv,
            failed: false,
            record: ByteRecord::new(),
            numbers: Numbers::default(),
        })
    }

    fn row(&mut self) -> Result<MarkRow, Vec<RowError>> {
        let line = self.record.position().map_or(0, csv::Position::line);
        let fault = |column: usize, problem: Problem| RowError { line, column, problem };
        if self.plain && self.record.len() != 1 {
            return Err(vec![fault(1, Problem::NotUtf8)]);
        }
        if self.record.len() != self.columns.len() {
            let (found, expected) = (self.record.len(), self.columns.len());
            return Err(vec![fault(
                found.min(expected) + 1,
                Problem::CellCount { found, expected },
            )]);
        }
        let mut row = MarkRow::default();
        let mut faults = Vec::new();
        for (at, (cell, column)) in self.record.iter().zip(&self.columns).enumerate() {
            let filled = match str::from_utf8(cell) {
                Ok(cell) => fill(&mut row, *column, cell.trim()),
                Err(_) => Err(Problem::NotUtf8),
            };
            if let Err(problem) = filled {
                faults.push(fault(at + 1, problem));
            }
        }
        if !row.groups.is_empty() {
            // A group is of a class, whether the row names that or not.
            row.classes = Goods::new(&row.classes, &row.groups).classes().to_vec();
        }
        if faults.is_empty()
            && let Some(problem) = self.numbers.fault(&row, line)
        {
            let column = self.columns.iter().position(|column| *column == Column::RegistrationNo);
            faults.push(fault(column.unwrap_or(0) + 1, problem));
        }
        if faults.is_empty() { Ok(row) } else { Err(faults) }
    }
}

impl<R: BufRead> Iterator for Rows<R> {
    /// The outer error ends the file; the inner one lists the faults of a row, after which the next row can be read.
    type Item = Result<Result<MarkRow, Vec<RowError>>, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.failed {
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) if self.record.iter().all(|cell| cell.trim_ascii().is_empty()) && self.record.len() <= 1 => {}
                Ok(true) => return Some(Ok(self.row())),
                Ok(false) => return None,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(ImportError::Read(io::Error::from(error))));
                }
            }
        }
        None
    }
}

/// Whether the first line begins an XML document, whose lines would be taken for names.
fn is_xml(first: &[u8]) -> bool {
    let line = first.trim_ascii();
    let names_schema = || line.windows(5).any(|part| part == b"xmlns");
    line.starts_with(b"<?xml") || (line.starts_with(b"<") && names_schema())
}

/// Cells of the first line; a header has no quotes to speak of, but a spreadsheet may put them.
fn header(first: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(first)
        .trim()
        .split(',')
        .map(|cell| cell.trim().trim_matches('"').to_owned())
        .collect()
}

/// One name of a column might be a mark's name, so without `name` it takes two to make a header.
fn is_header(cells: &[String]) -> bool {
    let known: Vec<Column> = cells.iter().filter_map(|cell| Column::parse(cell)).collect();
    known.contains(&Column::Name) || known.len() >= 2
}

/// Words by which tables of marks name their columns elsewhere.
const FOREIGN: [&str; 24] = [
    "mark",
    "marks",
    "trademark",
    "brand",
    "holder",
    "owner",
    "applicant",
    "number",
    "no",
    "class",
    "classes",
    "status",
    "商标",
    "商标名称",
    "名称",
    "品牌",
    "注册号",
    "申请号",
    "权利人",
    "注册人",
    "申请人",
    "类别",
    "国际分类",
    "状态",
];

/// Whether a file without a header that is known holds a table all the same: its first line names columns in other words, cells
/// are parted by tabs or semicolons, or the first two lines have as many cells, three at least.
fn is_table(header: &[String], first: &[u8], second: &[u8]) -> bool {
    let foreign = |cell: &String| FOREIGN.contains(&cell.to_lowercase().as_str());
    let parted = |byte: u8| first.trim_ascii().contains(&byte);
    let cells = |line: &[u8]| line.iter().filter(|byte| **byte == b',').count() + 1;
    let other_parts: Vec<String> = String::from_utf8_lossy(first)
        .split([';', '\t', ','])
        .map(|cell| cell.trim().trim_matches('"').to_owned())
        .collect();
    parted(b'\t')
        || (header.len() > 1 && header.iter().any(foreign))
        || (parted(b';')
            && other_parts
                .iter()
                .any(|cell| foreign(cell) || Column::parse(cell).is_some()))
        || (header.len() > 2 && cells(first) == cells(second))
}

fn columns(header: &[String]) -> Result<Vec<Column>, ImportError> {
    let mut columns = Vec::with_capacity(header.len());
    for (at, cell) in header.iter().enumerate() {
        let fault = |problem| {
            ImportError::Header(RowError {
                line: 1,
                column: at + 1,
                problem,
            })
        };
        let column = Column::parse(cell).ok_or_else(|| fault(Problem::UnknownColumn))?;
        if columns.contains(&column) {
            return Err(fault(Problem::RepeatedColumn));
        }
        columns.push(column);
    }
    if !columns.contains(&Column::Name) {
        return Err(ImportError::Header(RowError {
            line: 1,
            column: columns.len() + 1,
            problem: Problem::NameColumnMissing,
        }));
    }
    Ok(columns)
}

fn fill(row: &mut MarkRow, column: Column, cell: &str) -> Result<(), Problem> {
    match column {
        Column::Name => row.name = name(cell)?,
        Column::RegistrationNo => row.registration_no = optional(cell),
        Column::Owner => row.owner = optional(cell),
        Column::Classes => row.classes = classes(cell)?,
        Column::Groups => row.groups = groups(cell)?,
        Column::Status => row.status = optional(cell),
        Column::Fame => row.fame = fame(cell)?,
        Column::Aliases => row.aliases = several(cell).map(alias).collect::<Result<_, _>>()?,
    }
    Ok(())
}

fn name(cell: &str) -> Result<String, Problem> {
    if cell.is_empty() {
        Err(Problem::NameEmpty)
    } else if cell.chars().nth(LONGEST_NAME).is_some() {
        Err(Problem::NameTooLong)
    } else if normalize(cell).form.is_empty() {
        Err(Problem::NameUnsearchable)
    } else {
        Ok(cell.to_owned())
    }
}

fn alias(cell: &str) -> Result<String, Problem> {
    match cell.chars().nth(LONGEST_NAME) {
        Some(_) => Err(Problem::NameTooLong),
        None => Ok(cell.to_owned()),
    }
}

fn optional(cell: &str) -> Option<String> {
    (!cell.is_empty()).then(|| cell.to_owned())
}

fn several(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([';', '|', '；'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn classes(cell: &str) -> Result<Vec<u8>, Problem> {
    let mut classes = several(cell).map(class).collect::<Result<Vec<u8>, Problem>>()?;
    classes.sort_unstable();
    classes.dedup();
    Ok(classes)
}

fn groups(cell: &str) -> Result<Vec<SimilarGroup>, Problem> {
    let read = several(cell).map(|group| group.parse().map_err(|_| Problem::BadGroup));
    let mut groups = read.collect::<Result<Vec<SimilarGroup>, Problem>>()?;
    groups.sort_unstable();
    groups.dedup();
    Ok(groups)
}

fn class(number: &str) -> Result<u8, Problem> {
    match number.parse::<u8>() {
        Ok(class @ 1..=45) => Ok(class),
        _ => Err(Problem::BadClass),
    }
}

fn fame(cell: &str) -> Result<Option<u8>, Problem> {
    if cell.is_empty() {
        return Ok(None);
    }
    match cell.parse::<u8>() {
        Ok(fame @ 0..=100) => Ok(Some(fame)),
        _ => Err(Problem::BadFame),
    }
}

#[cfg(test)]
mod tests;
