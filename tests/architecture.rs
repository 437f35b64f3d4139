//! The rules of the house, checked against every file: which layer may know which, how long a file
//! may grow, what may not be written at all.
//!
//! Rules and their tables: `architecture/rules.rs`. What reads Rust text: `architecture/source.rs`.
//! Proof that each rule can fail: `architecture/selftest.rs`. Standard library and walkdir only, so
//! that a broken build of anything else does not hide a broken rule.

#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/selftest.rs"]
mod selftest;
#[path = "architecture/source.rs"]
mod source;

use std::fs;
use std::io::Write as _;
use std::path::Path;

use rules::File;
use walkdir::WalkDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Text files below the given folders, as (path with `/`, text). Missing folders hold none.
fn texts(folders: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in folders {
        let walk = WalkDir::new(root().join(folder)).sort_by_file_name();
        for entry in walk.into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
            let inside = entry.path().strip_prefix(root()).expect("walked from the root");
            let name = inside.to_string_lossy().replace('\\', "/");
            // What is not UTF-8 is a picture or a model, not text.
            found.extend(fs::read_to_string(entry.path()).ok().map(|text| (name, text)));
        }
    }
    found
}

fn rust_files(folders: &[&str]) -> Vec<(String, String)> {
    let is_rust = |name: &str| Path::new(name).extension().is_some_and(|end| end == "rs");
    texts(folders).into_iter().filter(|(name, _)| is_rust(name)).collect()
}

/// Collects the complaints of `rule` about every file and fails with all of them at once.
fn check(files: &[(String, String)], rule: impl Fn(&File<'_>) -> Vec<String>) {
    assert!(!files.is_empty(), "found no file to check");
    let complaints: Vec<String> =
        files.iter().flat_map(|(path, text)| rule(&File { path, text })).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_table_of_arrows_names_layers_that_exist() {
    for (layer, targets) in rules::ARROWS {
        let is_there = |name: &str| {
            let path = root().join("src").join(name);
            path.is_dir() || path.with_extension("rs").is_file()
        };
        for name in [&[layer], targets].concat() {
            assert!(is_there(name), "ARROWS speaks of `{name}`, which is not in src/");
        }
    }
}

#[test]
fn crates_stay_in_their_layers() {
    let dependencies: Vec<String> = rules::dependencies(&read("Cargo.toml"))
        .iter()
        .map(|name| name.replace('-', "_"))
        .collect();
    check(&rust_files(&["src"]), |file| rules::foreign_crates(file, &dependencies));
}

#[test]
fn layers_follow_the_arrows() {
    check(&rust_files(&["src"]), rules::layers);
}

#[test]
fn ui_only_reads_state() {
    check(&rust_files(&["src"]), rules::ui_only_reads);
}

#[test]
fn nothing_forbidden_is_written() {
    check(&rust_files(&["src", "tests", "benches"]), rules::forbidden_text);
    let manifest = read("Cargo.toml").replace(' ', "");
    assert!(!manifest.contains("panic=\"abort\""), "Cargo.toml: the engine's panics are caught");
}

#[test]
fn files_and_functions_stay_short() {
    let files = rust_files(&["src", "tests", "benches"]);
    check(&files, |file| rules::lengths(file).0);
    let warnings: Vec<String> =
        files.iter().flat_map(|(path, text)| rules::lengths(&File { path, text }).1).collect();
    // Written past the test harness, which would swallow what a passing test prints.
    let mut stderr = std::io::stderr();
    for warning in warnings {
        writeln!(stderr, "warning: {warning}").expect("stderr is open");
    }
}

#[test]
fn five_rules_open_the_crate() {
    let complaints = rules::rules_are_stated(&read("src/lib.rs"));
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn no_path_of_one_machine() {
    let mut files = texts(&["src", "tests", "benches", "scripts", ".ci", "assets"]);
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "THIRD-PARTY.md", "Cargo.toml"]
    {
        files.push((name.to_owned(), read(name)));
    }
    check(&files, rules::machine_paths);
}

#[test]
fn every_dependency_has_its_reason() {
    let complaints = rules::dependency_table(&read("Cargo.toml"), &read("ARCHITECTURE.md"));
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
