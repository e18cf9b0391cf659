//! The program as its users run it: the built binary, in a directory of its own.

mod data;
mod diagram;
mod import;
mod law;
mod printed;
mod simulate;
mod transfer;

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value as Json;
use tempfile::TempDir;

/// A directory in which the program is run; it is gone with the test.
struct Place {
    dir: TempDir,
}

/// What the program answered.
struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Answer {
    fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// The answer of a command that must have done its work.
    fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self
    }

    /// stderr of a command that must have refused its input.
    fn refused(self) -> String {
        assert_eq!(self.code, Some(2), "{}{}", self.out, self.err);
        assert_eq!(self.out, "", "a refusal prints nothing");
        self.err
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        // Cheap password hashes: these tests are about the commands.
        let config = "[password]\nmemory_kib = 8\niterations = 1\n";
        fs::write(dir.path().join("zhengming.toml"), config).expect("written");
        Self { dir }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// Copies a file together with its mode.
    fn copy(&self, from: &str, to: &str) {
        fs::copy(self.path().join(from), self.path().join(to)).expect("copied");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhengming"));
        command.args(arguments).env_clear().current_dir(self.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        self.command(arguments).output().expect("runs").into()
    }

    fn run_with(&self, arguments: &[&str], input: &[u8]) -> Answer {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs");
        child.stdin.take().expect("piped").write_all(input).expect("written");
        child.wait_with_output().expect("ends").into()
    }

    fn administrator(&self) -> String {
        let added = self.run(&[
            "user",
            "add",
            "admin",
            "--name",
            "管理员",
            "--role",
            "administrator",
            "--organisation",
            "city",
            "--organisation-name",
            "市局",
        ]);
        added.done().out.trim().to_owned()
    }
}
