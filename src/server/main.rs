//! The program `zhengming`.

use std::process::ExitCode;

fn main() -> ExitCode {
    zhengming::cli::run(std::env::args_os())
}
