//! Writes the tables of zhengming-marks from the packages that carry their sources.
//!
//! ```text
//! zhengming-tables write SOURCES          writes every table beside this program
//! zhengming-tables check SOURCES          says which committed tables differ from what would be written
//! zhengming-tables measure shape SOURCES GROUPS     how well each measure of shape finds known confusions
//! zhengming-tables measure transliteration SOURCES  how well names are found again that were not learned from
//! ```
//!
//! `SOURCES` is the directory that `sources.sh` fills. The program draws no random numbers and reads no clock: the same
//! sources give the same bytes.

mod characters;
mod decomposition;
mod generic;
mod glyphs;
mod goods;
mod learning;
mod measure;
mod pairs;
mod shape;
mod sources;
mod structure;
/// The model as the crate itself reads it, so that what is measured here is what runs there.
#[expect(dead_code, reason = "the crate also spells names and takes them as they are written")]
#[path = "../../transliteration/model.rs"]
mod transliteration;
mod words;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use characters::Characters;
use decomposition::Decomposition;
use sources::Sources;

/// A table to be committed: its file name and its whole text.
pub(crate) struct Table {
    name: &'static str,
    text: String,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<ExitCode, Box<dyn Error>> {
    match arguments {
        ["write", sources] => {
            for table in tables(&Sources::new(sources))? {
                fs::write(place(table.name), &table.text)?;
                eprintln!("{}: {} bytes", table.name, table.text.len());
            }
        }
        ["check", sources] => return check(&Sources::new(sources)),
        ["measure", "shape", sources, groups] => measure::shape(&Sources::new(sources), Path::new(groups))?,
        ["measure", "transliteration", sources] => measure::transliteration(&Sources::new(sources))?,
        _ => return Err("zhengming-tables write SOURCES | check SOURCES | measure shape SOURCES GROUPS".into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn check(sources: &Sources) -> Result<ExitCode, Box<dyn Error>> {
    let mut code = ExitCode::SUCCESS;
    for table in tables(sources)? {
        let same = fs::read_to_string(place(table.name)).is_ok_and(|committed| committed == table.text);
        eprintln!("{}: {}", table.name, if same { "same" } else { "differs" });
        if !same {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

fn tables(sources: &Sources) -> Result<Vec<Table>, Box<dyn Error>> {
    let characters = Characters::read(sources)?;
    let decomposition = Decomposition::read(sources)?;
    Ok(vec![
        characters.simplified_table(),
        characters.table(&decomposition),
        shape::table(sources, &characters, &decomposition)?,
        generic::table(sources, &characters)?,
        learning::table(sources, &characters)?,
        words::table(sources, &characters)?,
    ])
}

/// The tables lie in the directory above this program's.
fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}
