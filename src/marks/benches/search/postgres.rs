//! The same question put to PostgreSQL with pg_trgm: the ten names nearest by trigrams, from a GiST index, and the names above
//! its threshold, from a GIN index. It is asked through `psql`, whose clock counts the way to the server in.

use std::{
    env,
    io::Write as _,
    process::{Command, Stdio},
};

/// How often each question is put.
const ROUNDS: usize = 10;

/// Prints the times of each query, or that nothing was asked.
pub(crate) fn beside(names: &[String], queries: &[&str]) {
    let Ok(address) = env::var("MARK_POSTGRES") else {
        eprintln!("SKIPPED pg_trgm: MARK_POSTGRES is not set");
        return;
    };
    match asked(&address, &script(names, queries)) {
        Ok(answer) => told(&answer, queries),
        Err(error) => eprintln!("SKIPPED pg_trgm: {error}"),
    }
}

fn script(names: &[String], queries: &[&str]) -> String {
    let mut script = String::from(
        "\\set QUIET on\n\\pset tuples_only on\nCREATE EXTENSION IF NOT EXISTS pg_trgm;\nCREATE TEMP TABLE names (name text);\nCOPY names FROM STDIN;\n",
    );
    for name in names {
        // The characters that COPY gives a meaning to.
        script.push_str(&name.replace('\\', "\\\\").replace(['\t', '\r'], " "));
        script.push('\n');
    }
    script.push_str("\\.\nANALYZE names;\n");
    let ways = [
        (
            "gist",
            "CREATE INDEX nearest ON names USING gist (name gist_trgm_ops);",
            "SELECT count(*) FROM (SELECT name FROM names ORDER BY name <-> '{}' LIMIT 10) AS nearest;",
        ),
        (
            "gin",
            "DROP INDEX nearest; CREATE INDEX above ON names USING gin (name gin_trgm_ops);",
            "SELECT count(*) FROM (SELECT name FROM names WHERE name % '{}' ORDER BY similarity(name, '{}') DESC LIMIT 10) AS above;",
        ),
    ];
    for (way, index, question) in ways {
        script.push_str(index);
        script.push('\n');
        for query in queries {
            script.push_str(&format!("\\echo @ {way} {query}\n\\timing on\n"));
            let question = question.replace("{}", &query.replace('\'', "''"));
            for _ in 0..ROUNDS {
                script.push_str(&question);
                script.push('\n');
            }
            script.push_str("\\timing off\n");
        }
    }
    script
}

fn asked(address: &str, script: &str) -> Result<String, String> {
    let child = Command::new("psql")
        .args(["--no-psqlrc", "--set", "ON_ERROR_STOP=1", address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| format!("psql: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin
            .write_all(script.as_bytes())
            .map_err(|error| format!("psql: {error}"))?;
    }
    let output = child.wait_with_output().map_err(|error| format!("psql: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("psql ended with {}", output.status))
    }
}

/// Prints the middle of the times of each question.
fn told(answer: &str, queries: &[&str]) {
    let mut all: Vec<(&str, Vec<f64>)> = Vec::new();
    for line in answer.lines() {
        if let Some(question) = line.strip_prefix("@ ") {
            all.push((question, Vec::new()));
        } else if let Some(time) = line.strip_prefix("Time: ")
            && let (Some((_, times)), Some(time)) = (all.last_mut(), time.split(' ').next())
        {
            times.extend(time.parse::<f64>());
        }
    }
    assert_eq!(all.len(), 2 * queries.len(), "every question was answered");
    for (question, mut times) in all {
        times.sort_by(f64::total_cmp);
        let middle = times.get(times.len() / 2).copied().unwrap_or(f64::NAN);
        eprintln!("pg_trgm {question}: {middle:.1} ms");
    }
}
