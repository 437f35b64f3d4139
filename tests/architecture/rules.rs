//! The rules themselves, as functions from a file's place and text to a list of complaints.
//!
//! Nothing here touches the disk, so `selftest.rs` can show each rule a good and a bad snippet.

use crate::source::{self, Mention};

/// The rules as `src/lib.rs` must carry them.
pub const FIVE_RULES: [&str; 5] = [
    "1. **The engine thread owns every tensor.** No `burn::` in `app/`, `ui/`, `protocol/`.",
    "2. **The UI owns every widget.** No `egui::`/`eframe::` outside `app/` and `ui/`.",
    "3. They meet only in `protocol/`: plain data, no burn, no egui, `Debug + Clone + serde`.",
    "4. Facts travel in bounded queues and all arrive; pictures travel in latest-wins slots.",
    "5. `ui/` draws and asks; it never changes state. It gets `&AppState` and pushes `Action`s.",
];

/// Which layer may import which: the arrows of the diagram in `ARCHITECTURE.md`.
///
/// A new top-level module needs a row here, and a reason there.
pub const ARROWS: [(&str, &[&str]); 19] = [
    ("main", &["app", "cli", "engine"]),
    ("app", &["ui", "engine", "latent", "protocol"]),
    ("ui", &["app", "protocol"]),
    ("cli", &["engine", "protocol", "data", "storage", "imaging"]),
    (
        "engine",
        &[
            "train", "models", "latent", "invert", "edit", "data", "storage", "imaging", "metrics",
            "protocol",
        ],
    ),
    ("train", &["models", "protocol"]),
    ("latent", &["models", "protocol"]),
    ("invert", &["models", "latent", "protocol"]),
    ("edit", &["models", "latent", "invert", "metrics", "imaging", "protocol"]),
    ("metrics", &["models", "train", "data", "imaging", "protocol"]),
    ("models", &["protocol"]),
    ("data", &["imaging", "protocol"]),
    ("storage", &["models", "train", "imaging", "protocol"]),
    ("imaging", &["protocol"]),
    ("protocol", &[]),
    ("random", &[]),
    ("paths", &[]),
    ("platform", &[]),
    ("logging", &["protocol"]),
];

/// The ground that every layer may stand on, except the protocol, which is plain data, and panels, which
/// only draw.
const GROUND: [&str; 4] = ["random", "paths", "platform", "logging"];

fn may_import(layer: &str, target: &str) -> bool {
    let on_ground = GROUND.contains(&target) && !matches!(layer, "protocol" | "ui");
    let arrow = ARROWS.iter().any(|(from, to)| *from == layer && to.contains(&target));
    layer == target || on_ground || arrow
}

/// All that `app/` may name of the engine: the handle, what it is made with, and what it answers.
const ENGINE_FOR_APP: [&str; 5] = ["EngineHandle", "EngineEnds", "SendError", "Waker", "spawn"];

/// Crates that plain data needs; `thiserror` only writes `Display` for a protocol error.
const CRATES_FOR_PROTOCOL: [&str; 2] = ["serde", "thiserror"];

pub const FILE_LINES_WARN: usize = 400;
pub const FILE_LINES_MAX: usize = 600;
pub const FUNCTION_LINES_WARN: usize = 60;
pub const FUNCTION_LINES_MAX: usize = 120;

/// A source file, named by its path inside the repository with `/` between the parts.
pub struct File<'a> {
    pub path: &'a str,
    pub text: &'a str,
}

impl File<'_> {
    fn layer(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(self.path);
        let first = inside.split('/').next().unwrap_or(inside);
        first.strip_suffix(".rs").unwrap_or(first)
    }

    fn is_in(&self, layers: &[&str]) -> bool {
        self.path.starts_with("src/") && layers.contains(&self.layer())
    }

    /// A module of tests in a file of its own.
    fn is_test_file(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    fn complain(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

/// Rules 1 to 3: no tensor library near the window, no window outside its two layers.
pub fn foreign_crates(file: &File<'_>, dependencies: &[String]) -> Vec<String> {
    let blanked = source::blank(file.text);
    let mut complaints = Vec::new();
    for mention in roots(&blanked) {
        let root = mention.segments[0].as_str();
        let is_burn = root == "burn" || root.starts_with("burn_");
        let is_egui = matches!(root, "egui" | "eframe" | "epaint" | "ecolor" | "emath")
            || root.starts_with("egui_");
        let rule = match () {
            () if is_burn && file.is_in(&["app", "ui", "protocol"]) => FIVE_RULES[0],
            () if is_egui && !file.is_in(&["app", "ui"]) => FIVE_RULES[1],
            () => continue,
        };
        complaints.push(file.complain(mention.line, &format!("`{root}` breaks rule {rule}")));
    }
    if file.is_in(&["protocol"]) && !file.is_test_file() {
        complaints.extend(crates_in_protocol(file, &blanked, dependencies));
        complaints.extend(bare_protocol_types(file, &blanked));
    }
    complaints
}

fn roots(blanked: &str) -> Vec<Mention> {
    let found = source::mentions(blanked);
    found.into_iter().filter(|mention| !mention.segments.is_empty()).collect()
}

/// `dependencies` are the crates of `Cargo.toml` as they are written in code.
fn crates_in_protocol(file: &File<'_>, blanked: &str, dependencies: &[String]) -> Vec<String> {
    let code = source::without_test_modules(blanked);
    let is_local = |name: &str| code.contains(&format!("mod {name};"));
    let offends = |name: &str| {
        dependencies.iter().any(|d| d == name)
            && !CRATES_FOR_PROTOCOL.contains(&name)
            && !is_local(name)
    };
    let found = roots(&code);
    let bad = found.iter().filter(|mention| offends(&mention.segments[0]));
    bad.map(|mention| {
        let name = &mention.segments[0];
        file.complain(mention.line, &format!("`{name}` in protocol/: rule {}", FIVE_RULES[2]))
    })
    .collect()
}

/// Public protocol types carry the four derives; generic ones (slots) and errors do not have to.
fn bare_protocol_types(file: &File<'_>, blanked: &str) -> Vec<String> {
    let code = source::without_test_modules(blanked);
    let mut complaints = Vec::new();
    let mut attributes = String::new();
    for (number, line) in code.lines().enumerate() {
        let line = line.trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["pub", "struct" | "enum", name, ..] => {
                let missing: Vec<&str> = ["Debug", "Clone", "Serialize", "Deserialize"]
                    .into_iter()
                    .filter(|derive| !attributes.contains(derive))
                    .collect();
                if !name.contains('<') && !attributes.contains("Error") && !missing.is_empty() {
                    let what =
                        format!("{name} lacks {}: rule {}", missing.join(", "), FIVE_RULES[2]);
                    complaints.push(file.complain(number + 1, &what));
                }
                attributes.clear();
            }
            _ if line.ends_with(['{', '}', ';']) => attributes.clear(),
            _ => attributes.push_str(line),
        }
    }
    complaints
}

/// The arrows between layers, and the narrow door from `app/` to the engine.
pub fn layers(file: &File<'_>) -> Vec<String> {
    if !file.path.starts_with("src/") || file.is_test_file() || file.path == "src/lib.rs" {
        return Vec::new();
    }
    let layer = file.layer();
    if !ARROWS.iter().any(|(name, _)| *name == layer) {
        let what = format!("layer `{layer}` has no row in ARROWS (tests/architecture/rules.rs)");
        return vec![file.complain(1, &what)];
    }
    let code = source::without_test_modules(&source::blank(file.text));
    let mut complaints = Vec::new();
    for mention in roots(&code) {
        let inner = inside_crate(file.path, &mention.segments);
        let Some(target) = inner.first().filter(|t| ARROWS.iter().any(|(name, _)| name == t))
        else {
            continue;
        };
        if !may_import(layer, target) {
            let what = format!("{layer} → {target} is no arrow of the diagram in ARCHITECTURE.md");
            complaints.push(file.complain(mention.line, &what));
        } else if layer == "app" && target == "engine" {
            let door = inner.get(1).is_some_and(|name| ENGINE_FOR_APP.contains(&name.as_str()));
            if !door {
                let what = format!("app may name only {ENGINE_FOR_APP:?} of the engine");
                complaints.push(file.complain(mention.line, &what));
            }
        }
    }
    complaints
}

/// The path inside the crate that a mention means; empty for anything outside it.
fn inside_crate(path: &str, segments: &[String]) -> Vec<String> {
    let module = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut here: Vec<String> = module.split('/').map(str::to_owned).collect();
    if here.last().is_some_and(|last| matches!(last.as_str(), "mod" | "main")) && here.len() > 1 {
        here.pop();
    }
    let supers = segments.iter().take_while(|segment| *segment == "super").count();
    match segments[0].as_str() {
        "crate" | "latent_atelier" => segments[1..].to_vec(),
        "super" => {
            here.truncate(here.len().saturating_sub(supers));
            here.extend_from_slice(&segments[supers..]);
            here
        }
        _ => Vec::new(),
    }
}

/// Rule 5, as far as text shows it: no panel is handed state that it could change.
pub fn ui_only_reads(file: &File<'_>) -> Vec<String> {
    if !file.is_in(&["ui"]) || file.is_test_file() {
        return Vec::new();
    }
    let code = source::without_test_modules(&source::blank(file.text));
    let mut complaints = Vec::new();
    let words = source::tokens(&code);
    for (at, (line, _)) in words.iter().enumerate().filter(|(_, (_, word))| word == "AppState") {
        // Back over `crate::app::` to what stands before the type.
        let path = |word: &str| matches!(word, "::" | "crate" | "app" | "super" | "state");
        let before =
            words[..at].iter().rev().map(|(_, word)| word.as_str()).find(|word| !path(word));
        let holder = words[..at]
            .iter()
            .rev()
            .map(|(_, word)| word.as_str())
            .find(|word| !path(word) && *word != "<");
        let cells = ["Cell", "RefCell", "Mutex", "RwLock"];
        if before == Some("mut") || holder.is_some_and(|holder| cells.contains(&holder)) {
            complaints.push(file.complain(*line, &format!("rule {}", FIVE_RULES[4])));
        }
    }
    // Widgets take plain values, and may be named as egui names its own.
    let functions = source::functions(&code);
    for function in functions.iter().filter(|_| !file.path.starts_with("src/ui/widgets")) {
        let panel = function.is_public && function.name.ends_with("_ui");
        if panel && !function.signature.contains("AppState") {
            let what = format!("panel `{}` does not take `&AppState`", function.name);
            complaints.push(file.complain(function.first_line, &what));
        }
    }
    complaints
}

/// Calls and marks that stand for unfinished work, a device nobody chose, or another platform's trouble.
pub fn forbidden_text(file: &File<'_>) -> Vec<String> {
    let blanked = source::blank(file.text);
    let device = "prefers a GPU and dies without one; name the device";
    let unfinished = "finish it, or write an issue";
    let mut complaints: Vec<String> = [
        ("Device::default(", device),
        (": Device = Default::default()", device),
        ("&Default::default()", device),
        ("todo!", unfinished),
        ("unimplemented!", unfinished),
        ("dbg!", unfinished),
        ("#[ignore", "a test that does not run proves nothing"),
    ]
    .iter()
    .flat_map(|(pattern, why)| occurrences(file, &blanked, pattern, why))
    .collect();
    if file.path.starts_with("src/") && !file.path.starts_with("src/platform") {
        // A test of what only Unix has may say so.
        let code = source::without_test_modules(&blanked);
        for unix in ["std::os::unix", "std::os::linux", "cfg(unix)", "cfg!(unix)"] {
            let why = "what only Unix has lives in src/platform";
            complaints.extend(occurrences(file, &code, unix, why));
        }
    }
    if file.is_in(&["app", "ui"]) && !file.path.starts_with("src/ui/theme") {
        complaints.extend(colour_constants(file, &blanked));
    }
    complaints
}

fn occurrences(file: &File<'_>, code: &str, pattern: &str, why: &str) -> Vec<String> {
    let words = source::tokens(code);
    let wanted = source::tokens(pattern);
    let same = |window: &&[(usize, String)]| window.iter().zip(&wanted).all(|(a, b)| a.1 == b.1);
    let found = words.windows(wanted.len()).filter(same);
    found.map(|window| file.complain(window[0].0, &format!("`{pattern}`: {why}"))).collect()
}

/// `Color32::RED` and the like escape clippy's ban on constructors. White is the tint of a texture.
fn colour_constants(file: &File<'_>, blanked: &str) -> Vec<String> {
    let neutral = ["WHITE", "TRANSPARENT", "PLACEHOLDER"];
    let mut complaints = Vec::new();
    for mention in roots(blanked) {
        let Some(at) = mention.segments.iter().position(|segment| segment == "Color32") else {
            continue;
        };
        let Some(name) = mention.segments.get(at + 1) else { continue };
        let constant = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        if constant && !neutral.contains(&name.as_str()) {
            let what = format!("Color32::{name}: colours are named in src/ui/theme.rs");
            complaints.push(file.complain(mention.line, &what));
        }
    }
    complaints
}

/// Lines of the file, and of each function: what is too long, and what is merely long.
pub fn lengths(file: &File<'_>) -> (Vec<String>, Vec<String>) {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let lines = file.text.lines().count();
    if lines > FILE_LINES_MAX {
        errors.push(format!("{}: {lines} lines, at most {FILE_LINES_MAX}", file.path));
    } else if lines > FILE_LINES_WARN {
        warnings.push(format!("{}: {lines} lines (rarely past {FILE_LINES_WARN})", file.path));
    }
    for function in source::functions(&source::blank(file.text)) {
        let what = format!("fn {}: {} lines", function.name, function.lines);
        if function.lines > FUNCTION_LINES_MAX {
            let at_most = format!("{what}, at most {FUNCTION_LINES_MAX}");
            errors.push(file.complain(function.first_line, &at_most));
        } else if function.lines > FUNCTION_LINES_WARN {
            let rarely = format!("{what} (rarely past {FUNCTION_LINES_WARN})");
            warnings.push(file.complain(function.first_line, &rarely));
        }
    }
    (errors, warnings)
}

/// The five rules stand verbatim, in order, in the module docs at the top of `src/lib.rs`.
pub fn rules_are_stated(lib: &str) -> Vec<String> {
    let docs: Vec<&str> = lib.lines().map_while(|line| line.strip_prefix("//!")).collect();
    let docs: Vec<&str> = docs.iter().map(|line| line.trim()).collect();
    let missing = FIVE_RULES.iter().filter(|rule| !docs.contains(rule));
    missing.map(|rule| format!("src/lib.rs: its opening docs lack, verbatim: {rule}")).collect()
}

/// A path that exists only on somebody's machine, in any kind of text file.
pub fn machine_paths(file: &File<'_>) -> Vec<String> {
    // Assembled, so that this file does not accuse itself.
    let homes = ["root", "home", "Users", "work"].map(|name| format!("/{name}/"));
    let windows = ["C:", "Users"].join("\\");
    let mut complaints = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        let starts_path = |at: usize| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || "._-~$}*/".contains(c))
        };
        let home = homes
            .iter()
            .any(|home| line.match_indices(home.as_str()).any(|(at, _)| starts_path(at)));
        if home || line.contains(&windows) {
            complaints.push(file.complain(number + 1, "a path of one particular machine"));
        }
    }
    complaints
}

/// The crates that a `Cargo.toml` names, as written there.
pub fn dependencies(manifest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section.ends_with("dependencies"); // Not `[dependencies.name]`, whose keys are no names.
            let single = section.rsplit_once("dependencies.").map(|(_, name)| name.to_owned());
            names.extend(single);
        } else if let (true, Some((name, _))) = (inside, line.split_once('='))
            && !line.starts_with('#')
        {
            names.push(name.trim().split('.').next().unwrap_or_default().to_owned());
        }
    }
    names
}

/// Each dependency has a row `| \`name\` | why |` in `ARCHITECTURE.md`, and each row a dependency.
pub fn dependency_table(manifest: &str, architecture: &str) -> Vec<String> {
    let names = dependencies(manifest);
    let table = architecture.split("## Dependencies").nth(1).unwrap_or_default();
    let table = table.split("\n## ").next().unwrap_or_default();
    let rows: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split_once('`').map(|(name, _)| name))
        .collect();
    let missing = names.iter().filter(|name| !rows.contains(&name.as_str()));
    let mut complaints: Vec<String> =
        missing.map(|name| format!("ARCHITECTURE.md, Dependencies: no row for `{name}`")).collect();
    let stale = rows.iter().filter(|row| !names.iter().any(|name| name == *row));
    complaints
        .extend(stale.map(|row| format!("ARCHITECTURE.md: `{row}` is no dependency any more")));
    complaints
}
