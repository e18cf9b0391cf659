//! Laying the sources of the configuration over one another.
//!
//! Every value of a layer is put in place and parsed on its own, so an error can name the key and
//! the layer it came from. The compiled-in defaults hold every key: they say which keys exist and
//! which type a variable's text is read as.

use std::{collections::BTreeMap, fmt, fs, io, path::PathBuf};

use toml::{Table, Value};

use super::{Config, DEFAULTS, FILE_NAME, Flags, MailTls};

/// What the names of our environment variables begin with.
const VARIABLE_PREFIX: &str = "ZHENGMING_";
/// Between the levels of a key in a variable's name.
const VARIABLE_LEVEL: &str = "__";
/// The variable that names the configuration file; it is no key.
const FILE_VARIABLE: &str = "ZHENGMING_CONFIG";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The compiled-in `default.toml`.
    Defaults,
    /// A configuration file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// An option on the command line.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => f.write_str("compiled-in defaults"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "option {name}"),
        }
    }
}

/// Why the configuration cannot be used, and how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {cause}; correct the path or leave it out", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: io::Error,
    },
    /// The file is not TOML. The line itself is not shown: it may hold a password.
    #[error("{origin}:{line}:{column}: not valid TOML: {message}")]
    Syntax {
        /// The file.
        origin: Source,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// There is no such key.
    #[error("{origin}: unknown key `{key}`; remove it, or use one of: {known}")]
    UnknownKey {
        /// Where it stands.
        origin: Source,
        /// The key.
        key: String,
        /// The keys that exist at that place.
        known: String,
    },
    /// The value does not fit its key.
    #[error("{origin}: key `{key}`: {message}; `zhengming gen config` shows what it takes")]
    Value {
        /// Where it stands.
        origin: Source,
        /// The key.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// Two keys do not go together.
    #[error("key `{key}`: {cure}")]
    Conflict {
        /// The key to change.
        key: &'static str,
        /// What to do.
        cure: &'static str,
    },
}

/// Lays defaults, file, environment and command line over one another.
pub(super) fn load(flags: &Flags, environment: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    let mut layers = Layers::new()?;
    let named = flags
        .config
        .clone()
        .or_else(|| environment.get(FILE_VARIABLE).map(PathBuf::from));
    if let Some((path, text)) = read(named)? {
        layers.add_file(path, &text)?;
    }
    layers.add_environment(environment)?;
    if let Some(listen) = &flags.listen {
        layers.set(&["listen"], Value::String(listen.clone()), &Source::Flag("--listen"))?;
    }
    if let Some(data_dir) = &flags.data_dir {
        layers.config.data_dir.clone_from(data_dir);
    }
    check(&layers.config)?;
    Ok(layers.config)
}

/// The defaults alone.
pub(super) fn defaults() -> Result<Config, ConfigError> {
    Layers::new().map(|layers| layers.config)
}

/// The named file, which must be there, or the one in the working directory, which need not.
fn read(named: Option<PathBuf>) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let required = named.is_some();
    let path = named.unwrap_or_else(|| PathBuf::from(FILE_NAME));
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound && !required => Ok(None),
        Err(cause) => Err(ConfigError::Unreadable { path, cause }),
    }
}

/// Conditions between keys.
fn check(config: &Config) -> Result<(), ConfigError> {
    let mail = &config.mail;
    if mail.username.is_some() != mail.password_file.is_some() {
        return Err(ConfigError::Conflict {
            key: "mail.password_file",
            cure: "set both mail.username and mail.password_file, or neither",
        });
    }
    if mail.username.is_some() && mail.tls == MailTls::None {
        return Err(ConfigError::Conflict {
            key: "mail.tls",
            cure: "a password must not travel in the clear: use \"starttls\" or \"tls\"",
        });
    }
    Ok(())
}

/// The values so far, as TOML and parsed, and the keys that exist.
struct Layers {
    known: Table,
    values: Table,
    config: Config,
}

impl Layers {
    fn new() -> Result<Self, ConfigError> {
        let known = parse(DEFAULTS, &Source::Defaults)?;
        let config = deserialize(&known).map_err(|message| ConfigError::Value {
            origin: Source::Defaults,
            key: String::new(),
            message,
        })?;
        Ok(Self {
            values: known.clone(),
            known,
            config,
        })
    }

    fn add_file(&mut self, path: PathBuf, text: &str) -> Result<(), ConfigError> {
        let origin = Source::File(path);
        let table = parse(text, &origin)?;
        self.add_table(&mut Vec::new(), table, &origin)
    }

    /// Adds each value of `table`, which stands at the key `above`.
    fn add_table(&mut self, above: &mut Vec<String>, table: Table, origin: &Source) -> Result<(), ConfigError> {
        for (name, value) in table {
            above.push(name);
            match value {
                Value::Table(inner) if matches!(lookup(&self.known, above), Some(Value::Table(_))) => {
                    self.add_table(above, inner, origin)?;
                }
                value => {
                    let path: Vec<&str> = above.iter().map(String::as_str).collect();
                    self.set(&path, value, origin)?;
                }
            }
            above.pop();
        }
        Ok(())
    }

    fn add_environment(&mut self, environment: &BTreeMap<String, String>) -> Result<(), ConfigError> {
        for (variable, text) in environment {
            let Some(name) = variable.strip_prefix(VARIABLE_PREFIX) else {
                continue;
            };
            if variable == FILE_VARIABLE {
                continue;
            }
            let origin = Source::Variable(variable.clone());
            let name = name.to_ascii_lowercase();
            let path: Vec<&str> = name.split(VARIABLE_LEVEL).collect();
            let default = lookup(&self.known, &path).ok_or_else(|| self.unknown(&path, &origin))?;
            let value = value_of(text, default).ok_or_else(|| ConfigError::Value {
                origin: origin.clone(),
                key: path.join("."),
                message: format!("expected {}", default.type_str()),
            })?;
            self.set(&path, value, &origin)?;
        }
        Ok(())
    }

    /// Puts one value in place and parses the whole again.
    fn set(&mut self, path: &[&str], value: Value, origin: &Source) -> Result<(), ConfigError> {
        if lookup(&self.known, path).is_none() {
            return Err(self.unknown(path, origin));
        }
        if let Some(place) = lookup_mut(&mut self.values, path) {
            *place = value;
        }
        self.config = deserialize(&self.values).map_err(|message| ConfigError::Value {
            origin: origin.clone(),
            key: path.join("."),
            message,
        })?;
        Ok(())
    }

    /// The error for a key that does not exist, with those that do beside it.
    fn unknown(&self, path: &[&str], origin: &Source) -> ConfigError {
        let section = (0..path.len())
            .rev()
            .find_map(|length| match length {
                0 => Some(&self.known),
                _ => lookup(&self.known, &path[..length]).and_then(Value::as_table),
            })
            .unwrap_or(&self.known);
        let known: Vec<&str> = section.keys().map(String::as_str).collect();
        ConfigError::UnknownKey {
            origin: origin.clone(),
            key: path.join("."),
            known: known.join(", "),
        }
    }
}

fn parse(text: &str, origin: &Source) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        ConfigError::Syntax {
            origin: origin.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: error.message().to_owned(),
        }
    })
}

fn deserialize(table: &Table) -> Result<Config, String> {
    table
        .clone()
        .try_into()
        .map_err(|error: toml::de::Error| error.message().to_owned())
}

/// The text of a variable as the type that the key's default has. None if it cannot be read so,
/// or if the key is a section.
fn value_of(text: &str, default: &Value) -> Option<Value> {
    match default {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        Value::Array(_) => Some(Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Value::String(item.to_owned()))
                .collect(),
        )),
        _ => None,
    }
}

fn lookup<'a, S: AsRef<str>>(table: &'a Table, path: &[S]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = table.get(first.as_ref())?;
    if rest.is_empty() {
        Some(value)
    } else {
        lookup(value.as_table()?, rest)
    }
}

fn lookup_mut<'a>(table: &'a mut Table, path: &[&str]) -> Option<&'a mut Value> {
    let (first, rest) = path.split_first()?;
    let value = table.get_mut(*first)?;
    if rest.is_empty() {
        Some(value)
    } else {
        lookup_mut(value.as_table_mut()?, rest)
    }
}
