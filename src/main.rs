//! The `retail` program: everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(retail::commands::run(std::env::args_os().collect()))
}
