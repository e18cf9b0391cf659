//! `zhengming diagram`: a procedure as a drawing, as text for other programs that draw, as a state machine, as a table.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use zhengming_engine::{
    definition::{model::Definition, source},
    diagram::{self, Frame, Language, Whereabouts, Wording},
    pack::Pack,
};

use super::{Global, Outcome, UsageError, explain_pack, print};
use crate::{
    locale::{Locale, phases},
    workflows,
};

/// Options of `diagram`.
#[derive(Debug, Args)]
pub struct Diagram {
    /// Key of the procedure, for example complaint; with @2 version 2, else the newest
    #[arg(value_name = "PROCEDURE[@VERSION]")]
    pub procedure: String,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Svg)]
    pub format: Format,
    /// Language of the words in it
    #[arg(long, value_enum, default_value_t = Lang::Zh)]
    pub lang: Lang,
    /// File to write to instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A drawing for screen and paper
    Svg,
    /// Text for Mermaid
    Mermaid,
    /// Text for Graphviz
    Dot,
    /// The configuration of an XState 5 machine, as JSON
    Xstate,
    /// A table for lawyers, in Markdown
    Table,
    /// SCXML that `import` reads back to the same procedure
    Scxml,
}

/// In which language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Chinese
    Zh,
    /// English
    En,
}

impl Diagram {
    /// Prints the procedure.
    ///
    /// # Errors
    /// The configured domain pack cannot be used or has no such procedure; the file cannot be written.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let directory = global.load()?.workflows_dir;
        let pack = workflows::load(directory.as_deref()).map_err(|error| explain_pack(&error))?;
        let definition = find(&pack, &self.procedure)?;
        let (locale, language) = match self.lang {
            Lang::Zh => (Locale::Zh, Language::Zh),
            Lang::En => (Locale::En, Language::En),
        };
        let phases = phases(locale, definition);
        let wording = Wording {
            language,
            law: &pack.law,
            phases: &phases,
        };
        let text = match self.format {
            Format::Svg => diagram::svg(definition, &wording, &Whereabouts::default(), Frame::Alone),
            Format::Mermaid => diagram::mermaid(definition, &wording),
            Format::Dot => diagram::dot(definition, &wording),
            Format::Xstate => format!("{}\n", serde_json::to_string_pretty(&diagram::xstate(definition))?),
            Format::Table => diagram::table(definition, &pack, &wording),
            Format::Scxml => scxml(definition, directory.as_deref())?,
        };
        match &self.output {
            None => print(&text)?,
            Some(path) => std::fs::write(path, text).map_err(|error| {
                UsageError::Other(format!("{}: {error}; name a file that can be written", path.display()))
            })?,
        }
        Ok(Outcome::Done)
    }
}

/// The procedure's file as SCXML: from what is written, so that nothing is lost on the way.
fn scxml(definition: &Definition, directory: Option<&Path>) -> Result<String, UsageError> {
    let files = match directory {
        Some(directory) => workflows::read_directory(directory).map_err(|error| explain_pack(&error))?,
        None => workflows::built_in(),
    };
    let text = files
        .iter()
        .find(|(name, _)| *name == definition.file)
        .map(|(_, text)| text);
    let text = text.ok_or_else(|| UsageError::Other(format!("{}: the file is gone", definition.file)))?;
    let root = source::parse(&definition.file, text).map_err(|fault| UsageError::Other(fault.to_string()))?;
    zhengming_engine::scxml::export(&root).map_err(|error| UsageError::Other(format!("{}: {error}", definition.file)))
}

/// The procedure of a name such as `complaint` or `complaint@1`.
fn find<'p>(pack: &'p Pack, name: &str) -> Result<&'p Definition, UsageError> {
    let (key, version) = match name.split_once('@') {
        Some((key, version)) => (key, Some(version)),
        None => (name, None),
    };
    let versions = pack.procedures.get(key);
    let found = versions.and_then(|versions| match version {
        None => versions.last(),
        Some(version) => versions.iter().find(|known| known.version.to_string() == version),
    });
    found.map(AsRef::as_ref).ok_or_else(|| {
        let known = pack.procedures.iter().flat_map(|(key, versions)| {
            let name = move |known: &std::sync::Arc<Definition>| format!("{key}@{}", known.version);
            versions.iter().map(name)
        });
        let known: Vec<String> = known.collect();
        UsageError::Other(format!(
            "there is no procedure `{name}`; there are: {}",
            known.join(" ")
        ))
    })
}
