//! `zhengming import`: a procedure that was written as SCXML, as YAML again.

use std::path::PathBuf;

use clap::Args;
use zhengming_engine::{
    definition::{compile, source},
    scxml,
};

use super::{Outcome, UsageError, print, warn};

/// Options of `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// SCXML document: an exported procedure, or states drawn elsewhere
    #[arg(value_name = "FILE.scxml")]
    pub file: PathBuf,
    /// Write the procedure here instead of to stdout
    #[arg(short, long, value_name = "FILE.yaml")]
    pub output: Option<PathBuf>,
}

impl Import {
    /// Writes the procedure as YAML and says under which hash it would run.
    ///
    /// # Errors
    /// The file cannot be read, or says what a procedure cannot; every fault with its line.
    pub fn run(self) -> Result<Outcome, UsageError> {
        let name = self.file.display().to_string();
        let unreadable = |error: std::io::Error| UsageError::Other(format!("{name}: {error}"));
        let text = std::fs::read_to_string(&self.file).map_err(unreadable)?;
        let procedure = scxml::procedure(&name, &text).map_err(|found| {
            let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
            UsageError::Other(format!("{name} is no procedure\n{}", lines.join("\n")))
        })?;
        let (yaml, hash) = yaml(&procedure)?;
        match self.output {
            Some(path) => std::fs::write(&path, yaml)
                .map_err(|error| UsageError::Other(format!("{}: {error}", path.display())))?,
            None => print(&yaml)?,
        }
        warn(&format!("hash {hash}; `zhengming check` says what the procedure lacks"));
        Ok(Outcome::Done)
    }
}

/// A procedure as YAML, and its hash. What is written is read again: it must be the same procedure.
fn yaml(procedure: &source::Node) -> Result<(String, String), UsageError> {
    let unwritable = |why: String| UsageError::Other(format!("the procedure cannot be written as YAML: {why}"));
    let text = serde_saphyr::to_string(&procedure.to_json()).map_err(|error| unwritable(error.to_string()))?;
    let hash = compile::hash(procedure);
    let again = source::parse("the YAML", &text).map_err(|error| unwritable(error.to_string()))?;
    if compile::hash(&again) != hash {
        return Err(unwritable("it would be read as another one".to_owned()));
    }
    Ok((text, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_procedure_and_every_odd_text_is_written_as_yaml_that_is_read_as_the_same() {
        let odd = "a: 'yes'\nb: '12'\nc: |\n  two\n  lines\nd: ''\ne: ' x '\nf: '2026-04-15'\ng: 'null'\nh: \"\\t#'\\\"\"\ni: '- x'\nj: '1e3'\nk: [true, 5, ~, {}, []]\nl: '0x1f'\nm: \"a: b\"\nn: '1.5'\no: ~\n";
        let procedures = crate::workflows::built_in().into_iter();
        let procedures = procedures.filter(|(path, _)| path.starts_with("procedures/"));
        let texts: Vec<(String, String)> = procedures.chain([("odd".to_owned(), odd.to_owned())]).collect();
        assert!(texts.len() > 4);
        for (path, text) in texts {
            let node = source::parse(&path, &text).expect("YAML");
            let written = yaml(&node);
            assert!(written.is_ok(), "{path}: {:?}", written.err());
        }
    }
}
