//! Lets the executables of this package find the DuckDB library they were
//! linked with, without `LD_LIBRARY_PATH`: where the build found it, and beside
//! the executable, where a release package puts it.

fn main() {
    println!("cargo::rerun-if-env-changed=DUCKDB_LIB_DIR");
    if let Ok(folder) = std::env::var("DUCKDB_LIB_DIR") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
        println!("cargo::rustc-link-arg=-Wl,-rpath,$ORIGIN");
    }
}
