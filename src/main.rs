//! The `retail` program: everything it does is in the library.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// What columns of one moment leave behind serves those of the next: with the allocator of glibc
/// the analyses of 30 million rows take half as much memory again.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    ExitCode::from(retail::commands::run(std::env::args_os().collect()))
}
