//! The `retail` program.
fn main() {}
