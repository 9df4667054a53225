//! Rebuilds the crate when a fixture file appears or goes: the compiler itself
//! only notices when the contents of a known one change.

fn main() {
    println!("cargo::rerun-if-changed=../../fixtures");
}
