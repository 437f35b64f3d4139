//! What we depend on: licences that `deny.toml` allows, one source, one copy of what must be single.
//!
//! cargo-deny says the same and more, but takes minutes to install; this takes a second and runs at
//! every landing. It asks `cargo tree`, which resolves features as a build does.

use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read_toml(path: &str) -> toml::Table {
    let text = std::fs::read_to_string(root().join(path)).expect("the file is committed");
    text.parse().expect("valid TOML")
}

fn strings<'a>(value: &'a toml::Value, key: &str) -> Vec<&'a str> {
    let list = value.get(key).and_then(toml::Value::as_array).expect("an array");
    list.iter().filter_map(toml::Value::as_str).collect()
}

/// Is this SPDX expression satisfied by allowed licences alone? A malformed one is not.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    // `/` is the old way to write OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    any_of(&words, &mut at, allowed) == Some(true) && at == words.len()
}

fn any_of(words: &[&str], at: &mut usize, allowed: &[&str]) -> Option<bool> {
    let mut good = all_of(words, at, allowed)?;
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        good |= all_of(words, at, allowed)?;
    }
    Some(good)
}

fn all_of(words: &[&str], at: &mut usize, allowed: &[&str]) -> Option<bool> {
    let mut good = single(words, at, allowed)?;
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        good &= single(words, at, allowed)?;
    }
    Some(good)
}

fn single(words: &[&str], at: &mut usize, allowed: &[&str]) -> Option<bool> {
    let first = *words.get(*at)?;
    *at += 1;
    if first == "(" {
        let good = any_of(words, at, allowed)?;
        *at += 1;
        return (words.get(*at - 1) == Some(&")")).then_some(good);
    }
    if words.get(*at) != Some(&"WITH") {
        return Some(allowed.contains(&first));
    }
    let exception = words.get(*at + 1)?;
    *at += 2;
    Some(allowed.contains(&format!("{first} WITH {exception}").as_str()))
}

/// `cargo tree` for the full feature set, or why it could not answer.
fn tree(targets: &[&str]) -> Result<String, String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["tree", "--locked", "--edges", "all", "--prefix", "none"]);
    cargo.args(["--no-default-features", "--features", "gpu", "--format", "{p}|{l}"]).args(targets);
    let output = cargo.output().map_err(|error| error.to_string())?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(error)
    }
}

/// (name, version, licence) of every package, for all platforms if their packages can be had.
fn packages() -> Vec<(String, String, String)> {
    let lines = tree(&["--target", "all"]).or_else(|_| tree(&[])).expect("cargo tree answers");
    let mut found: Vec<_> = lines
        .lines()
        .filter_map(|line| line.split_once('|'))
        .filter_map(|(package, licence)| {
            let mut words = package.split(' ');
            let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
            let licence = licence.trim_end_matches("(*)").trim();
            Some((name.to_owned(), version.to_owned(), licence.to_owned()))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn licences_are_allowed() {
    let deny = read_toml("deny.toml");
    let allowed = strings(&deny["licenses"], "allow");
    let clarified = deny["licenses"].get("clarify").and_then(toml::Value::as_array);
    let clarify = |name: &str| {
        let entry = clarified?.iter().find(|entry| entry["crate"].as_str() == Some(name))?;
        entry["expression"].as_str()
    };
    let packages = packages();
    assert!(packages.len() > 300, "only {} packages seen", packages.len());
    let bad: Vec<String> = packages
        .iter()
        .filter(|(name, _, licence)| !is_allowed(clarify(name).unwrap_or(licence), &allowed))
        .map(|(name, version, licence)| format!("{name} {version}: '{licence}'"))
        .collect();
    assert!(bad.is_empty(), "not in deny.toml's allow list:\n{}", bad.join("\n"));
}

#[test]
fn what_must_be_single_is_single() {
    let deny = read_toml("deny.toml");
    let lock = read_toml("Cargo.lock");
    let locked = lock["package"].as_array().expect("packages");
    for entry in deny["bans"]["deny"].as_array().expect("an array") {
        let name = entry["crate"].as_str().expect("a name");
        let copies = locked.iter().filter(|package| package["name"].as_str() == Some(name)).count();
        let single = entry.get("deny-multiple-versions").and_then(toml::Value::as_bool);
        let limit = usize::from(single == Some(true));
        assert!(copies <= limit, "{name}: {copies} copies in Cargo.lock, at most {limit}");
    }
}

#[test]
fn every_package_comes_from_the_registry() {
    let deny = read_toml("deny.toml");
    let registries = strings(&deny["sources"], "allow-registry");
    for package in read_toml("Cargo.lock")["package"].as_array().expect("packages") {
        // Without a source: this crate itself.
        if let Some(source) = package.get("source").and_then(toml::Value::as_str) {
            let known = registries.iter().any(|url| source == format!("registry+{url}"));
            assert!(known, "{}: {source}", package["name"]);
        }
    }
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    let allowed = ["MIT", "Apache-2.0", "Zlib", "Apache-2.0 WITH LLVM-exception"];
    for good in [
        "MIT",
        "GPL-2.0-only OR MIT",
        "MIT/GPL-2.0",
        "MIT / Apache-2.0",
        "(MIT OR GPL-2.0-only) AND Zlib",
        "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
        "GPL-2.0-only AND ISC OR MIT",
    ] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "(MIT OR Apache-2.0) AND NCSA",
        "MIT WITH GPL-exception",
        "MIT OR",
        "(MIT",
        "MIT Zlib",
    ] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}
