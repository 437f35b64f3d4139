//! Each rule is shown something good and something bad: a checker that cannot fail checks nothing.

use crate::rules::{self, File};
use crate::source;

fn complaints(rule: impl Fn(&File<'_>) -> Vec<String>, path: &str, text: &str) -> usize {
    rule(&File { path, text }).len()
}

fn foreign(path: &str, text: &str) -> usize {
    let dependencies = ["burn", "egui", "serde", "image", "walkdir"].map(str::to_owned);
    complaints(|file| rules::foreign_crates(file, &dependencies), path, text)
}

#[test]
fn comments_and_literals_are_blanked() {
    let text = r####"let a = "burn::x"; // burn::y
/* burn /* nested */ :: */ let b = r#"burn " ::"#; let c = 'b'; let d: &'a str = b"burn";
let e = '\''; let f = "a\"burn"; for r in br { break }"####;
    let blanked = source::blank(text);
    assert!(!blanked.contains("burn"), "{blanked}");
    assert_eq!(blanked.lines().count(), text.lines().count());
    assert!(blanked.contains("&'a str") && blanked.contains("for r in br { break }"), "{blanked}");
}

#[test]
fn use_trees_are_written_out() {
    let found =
        source::mentions("use crate::{engine::{self, Waker as W}, train};\nlet x = a::b::c();");
    let paths: Vec<String> = found.iter().map(|mention| mention.segments.join("::")).collect();
    let wanted = ["crate::engine::self", "crate::engine::Waker", "crate::train", "a::b::c"];
    assert_eq!(paths, wanted);
    assert_eq!(found[3].line, 2);
}

#[test]
fn functions_are_measured() {
    let text = "trait T { fn none(&self); }\npub fn two_ui(\n a: [u8; 3],\n) {\n  if x { y }\n}\nfn one() {}";
    let found = source::functions(&source::blank(text));
    let seen: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.lines, f.is_public)).collect();
    assert_eq!(seen, [("two_ui", 5, true), ("one", 1, false)]);
    let inner = source::functions("pub(super) fn a() {} pub(crate) fn b() {}");
    assert_eq!(inner.iter().map(|f| f.is_public).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn rule_1_keeps_burn_from_the_window() {
    assert_eq!(foreign("src/engine/worker.rs", "use burn::tensor::Tensor;"), 0);
    assert_eq!(foreign("src/ui/a.rs", "// use burn::x\nuse egui::Ui;\nlet s = \"burn::x\";"), 0);
    assert_eq!(foreign("src/ui/a.rs", "use burn::tensor::Tensor;"), 1);
    assert_eq!(foreign("src/app/mod.rs", "fn f(t: burn::tensor::Tensor<2>) {}"), 1);
    assert_eq!(foreign("src/protocol/mod.rs", "use burn_tensor::Tensor;"), 1);
    assert_eq!(foreign("src/app/mod.rs", "use burn;"), 1);
    // A test module inside those layers is no excuse.
    assert_eq!(foreign("src/ui/a.rs", "#[cfg(test)]\nmod tests { use burn::a::B; }"), 1);
}

#[test]
fn rule_2_keeps_widgets_in_the_window() {
    assert_eq!(foreign("src/app/mod.rs", "impl eframe::App for A {}"), 0);
    assert_eq!(foreign("src/engine/waker.rs", "use egui::Context;"), 1);
    assert_eq!(foreign("src/main.rs", "fn main() { eframe::run_native(); }"), 1);
    assert_eq!(foreign("src/cli/mod.rs", "use egui_plot::Plot;"), 1);
}

#[test]
fn rule_3_keeps_the_protocol_plain() {
    let good = "use serde::Serialize;\n#[derive(Debug, Clone, Serialize, Deserialize)]\n\
        pub struct A {\n x: u8,\n}\n#[derive(Debug)]\npub struct Slot<T>(T);\n\
        #[derive(Debug, Error)]\npub enum E { A }\n#[cfg(test)]\nmod tests { use image::Rgb; }";
    assert_eq!(foreign("src/protocol/a.rs", good), 0);
    assert_eq!(foreign("src/protocol/a.rs", "use image::RgbImage;"), 1);
    assert_eq!(foreign("src/protocol/a.rs", "let x = walkdir::WalkDir::new(y);"), 1);
    assert_eq!(foreign("src/data/a.rs", "use image::RgbImage;"), 0);
    assert_eq!(foreign("src/protocol/a.rs", "#[derive(Debug, Clone)]\npub enum A { B }"), 1);
}

#[test]
fn layers_know_only_what_the_arrows_allow() {
    let count = |path, text| complaints(rules::layers, path, text);
    assert_eq!(count("src/train/adam.rs", "use crate::models::Generator; use super::step::S;"), 0);
    assert_eq!(count("src/train/adam.rs", "use crate::engine::Waker;"), 1);
    assert_eq!(count("src/train/adam.rs", "use super::super::engine::Waker;"), 1);
    assert_eq!(count("src/ui/mod.rs", "use super::train::Adam;"), 1);
    assert_eq!(count("src/models/mod.rs", "use crate::{protocol::ModelSpec, train::Adam};"), 1);
    assert_eq!(count("src/data/a.rs", "fn f() { crate::models::x() }"), 1);
    assert_eq!(count("src/data/a.rs", "#[cfg(test)]\nmod tests {\n use crate::models::x;\n}"), 0);
    assert_eq!(count("src/protocol/a.rs", "use crate::imaging::Range;"), 1);
    assert_eq!(count("src/app/mod.rs", "use crate::engine::{EngineHandle, Waker};"), 0);
    assert_eq!(count("src/app/mod.rs", "use crate::engine::worker::Worker;"), 1);
    assert_eq!(count("src/app/mod.rs", "use crate::engine;"), 1);
    assert_eq!(count("src/main.rs", "latent_atelier::cli::run()"), 0);
    assert_eq!(count("src/main.rs", "latent_atelier::train::run()"), 1);
    assert_eq!(count("src/train/a.rs", "use crate::random::Stream;"), 0);
    assert_eq!(count("src/ui/a.rs", "use crate::random::Stream;"), 1);
    assert_eq!(count("src/misc/mod.rs", "fn f() {}"), 1);
}

#[test]
fn arrows_never_point_back_from_the_models() {
    let allowed =
        |from: &str| rules::ARROWS.iter().find(|(name, _)| *name == from).map(|(_, to)| *to);
    for lower in ["protocol", "models", "train", "data", "imaging", "storage"] {
        let targets = allowed(lower).expect("a row");
        for upper in ["app", "ui", "cli", "engine", "main"] {
            assert!(!targets.contains(&upper), "{lower} → {upper}");
        }
    }
}

#[test]
fn rule_5_gives_panels_nothing_to_change() {
    let count = |text| complaints(rules::ui_only_reads, "src/ui/panel.rs", text);
    assert_eq!(count("pub fn p_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {}"), 0);
    assert_eq!(count("pub fn slider(ui: &mut Ui, v: f32) {}"), 0);
    assert_eq!(count("fn row_ui(ui: &mut Ui, v: f32) {}"), 0);
    assert_eq!(count("fn p(state: &'a mut AppState) {}"), 1);
    assert_eq!(count("fn p(state: &mut crate::app::AppState) {}"), 1);
    assert_eq!(count("pub fn p_ui(ui: &mut Ui, actions: &mut Actions) {}"), 1);
    let widget = "pub fn slider_ui(ui: &mut Ui, v: f32) {}";
    assert_eq!(complaints(rules::ui_only_reads, "src/ui/widgets/slider.rs", widget), 0);
    assert_eq!(count("struct P { state: RefCell<AppState> }"), 1);
    let elsewhere = complaints(rules::ui_only_reads, "src/app/mod.rs", "fn f(s: &mut AppState) {}");
    assert_eq!(elsewhere, 0);
}

#[test]
fn forbidden_text_is_found() {
    let count = |path, text| complaints(rules::forbidden_text, path, text);
    assert_eq!(count("src/a.rs", "// todo!()\nlet d = Device::flex(); let s = \"todo!\";"), 0);
    assert_eq!(count("src/a.rs", "let d = Device::default();"), 1);
    assert_eq!(count("src/a.rs", "let d: Device = Default::default();"), 1);
    assert_eq!(count("tests/a.rs", "Tensor::zeros([2], &Default::default())"), 1);
    assert_eq!(count("src/a.rs", "fn f() { todo!() }"), 1);
    assert_eq!(count("src/a.rs", "fn f() { unimplemented!(\"x\") }"), 1);
    assert_eq!(count("tests/a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}"), 1);
    assert_eq!(count("src/storage/a.rs", "use std::os::unix::fs::PermissionsExt;"), 1);
    let unix_test = "#[cfg(test)]\nmod tests {\n #[cfg(unix)]\n fn f() {}\n}";
    assert_eq!(count("src/storage/a.rs", unix_test), 0);
    assert_eq!(count("src/platform.rs", "use std::os::unix::fs::PermissionsExt;"), 0);
    assert_eq!(count("src/ui/plot.rs", "egui::Color32::RED"), 1);
    assert_eq!(count("src/ui/plot.rs", "egui::Color32::WHITE; Color32::from_rgb(1, 2, 3)"), 0);
    assert_eq!(count("src/ui/theme.rs", "egui::Color32::RED"), 0);
}

#[test]
fn lengths_are_judged() {
    let judge = |text: &str| {
        let (errors, warnings) = rules::lengths(&File { path: "src/a.rs", text });
        (errors.len(), warnings.len())
    };
    assert_eq!(judge(&"// x\n".repeat(400)), (0, 0));
    assert_eq!(judge(&"// x\n".repeat(401)), (0, 1));
    assert_eq!(judge(&"// x\n".repeat(601)), (1, 0));
    let function = |lines: usize| format!("fn f() {{\n{}}}\n", "x;\n".repeat(lines - 2));
    assert_eq!(judge(&function(60)), (0, 0));
    assert_eq!(judge(&function(61)), (0, 1));
    assert_eq!(judge(&function(121)), (1, 0));
}

#[test]
fn rules_must_be_verbatim() {
    let good: String = rules::FIVE_RULES.iter().map(|rule| format!("//! {rule}\n")).collect();
    assert_eq!(rules::rules_are_stated(&good).len(), 0);
    assert_eq!(rules::rules_are_stated(&good.replace("latest-wins", "some")).len(), 1);
    assert_eq!(rules::rules_are_stated(&format!("pub mod a;\n{good}")).len(), 5);
}

#[test]
fn machine_paths_are_found() {
    let count = |text: &str| complaints(rules::machine_paths, "README.md", text);
    assert_eq!(count("~/.cache/x, src/home/a.rs, $HOME/code/x, https://a.org/home/b"), 0);
    assert_eq!(count(&["cd ", "/ho", "me/ann/x"].concat()), 1);
    assert_eq!(count(&["\"/ro", "ot/x\""].concat()), 1);
    assert_eq!(count(&["C:", "\\Users", "\\ann"].concat()), 1);
}

#[test]
fn dependency_rows_are_matched() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\nburn = \"1\"\nfoo.workspace = true\n# no = 1\n\
        [dev-dependencies]\ntempfile = \"3\"\n[target.'cfg(windows)'.dependencies]\nwin = \"1\"\n\
        [dependencies.long]\nversion = \"1\"\n[profile.dev]\ndebug = 1\n";
    let names = rules::dependencies(manifest);
    assert_eq!(names, ["burn", "foo", "tempfile", "win", "long"]);
    let table =
        "## Dependencies\n| `burn` | x |\n| `foo` | x |\n| `tempfile` | x |\n| `win` | x |\n";
    assert_eq!(rules::dependency_table(manifest, table).len(), 1);
    let full = format!("{table}| `long` | x |\n| `gone` | x |\n\n## Next\n| `other` | x |\n");
    assert_eq!(rules::dependency_table(manifest, &full).len(), 1);
}
