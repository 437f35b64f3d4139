//! The log: what happened, newest at the bottom, filtered by level and text.

use eframe::egui::{
    ComboBox, Label, ScrollArea, TextEdit, TextStyle, TextWrapMode, Ui, text::LayoutJob,
    text::TextFormat,
};

use super::parts::{empty_state, quiet_button, well};
use super::theme::{Palette, palette};
use crate::app::state::{LogLevel, LogLine};
use crate::app::{Action, Actions, AppState};

/// Shows the log pane.
pub fn log_panel_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let wanted = state.log.search.to_lowercase();
    let lines: Vec<&LogLine> = state
        .log
        .lines
        .iter()
        .filter(|line| line.level >= state.log.level)
        .filter(|line| {
            wanted.is_empty()
                || line.text.to_lowercase().contains(&wanted)
                || line.target.contains(&wanted)
        })
        .collect();
    controls_ui(ui, state, &lines, actions);
    well(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        if lines.is_empty() {
            let text = "What the program does is noted here. Start it with --verbose for more.";
            empty_state(ui, "No lines", text, |_| {});
            return;
        }
        ui.style_mut().override_text_style = Some(TextStyle::Monospace);
        ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
        let row_height = ui.text_style_height(&TextStyle::Monospace);
        ScrollArea::both().auto_shrink(false).stick_to_bottom(true).show_rows(
            ui,
            row_height,
            lines.len(),
            |ui, rows| {
                for line in &lines[rows] {
                    line_ui(ui, line);
                }
            },
        );
    });
}

fn controls_ui(ui: &mut Ui, state: &AppState, lines: &[&LogLine], actions: &mut Actions) {
    ui.horizontal(|ui| {
        let mut level = state.log.level;
        let combo = ComboBox::from_id_salt("log level")
            .selected_text(format!("{} and graver", level.label()))
            .width(150.0)
            .show_ui(ui, |ui| {
                for option in LogLevel::ALL {
                    ui.selectable_value(&mut level, option, option.label());
                }
            });
        combo.response.accessible_name("Log level");
        if level != state.log.level {
            actions.push(Action::SetLogLevel(level));
        }
        let mut search = state.log.search.clone();
        let field = TextEdit::singleline(&mut search).hint_text("Search").desired_width(180.0);
        if ui.add(field).accessible_name("Search the log").changed() {
            actions.push(Action::SetLogSearch(search));
        }
        if ui.add_enabled(!lines.is_empty(), quiet_button("Copy")).clicked() {
            let text: Vec<String> = lines.iter().map(|line| plain(line)).collect();
            actions.push(Action::CopyText(text.join("\n")));
        }
        let clear = ui.add_enabled(!state.log.lines.is_empty(), quiet_button("Clear"));
        if clear.clicked() {
            actions.push(Action::ClearLog);
        }
    });
}

fn line_ui(ui: &mut Ui, line: &LogLine) {
    let palette = palette(ui);
    let font = TextStyle::Monospace.resolve(ui.style());
    let mut job = LayoutJob::default();
    let mut add = |text: String, color| {
        job.append(&text, 0.0, TextFormat::simple(font.clone(), color));
    };
    add(format!("{}  ", clock(line.at_secs)), palette.text_weak);
    add(format!("{:<8}", line.level.label()), level_color(palette, line.level));
    add(format!("{:<10} ", line.target), palette.text_weak);
    add(crate::app::escape(&line.text).replace('\n', " / "), palette.text);
    ui.add(Label::new(job).selectable(true));
}

fn level_color(palette: &Palette, level: LogLevel) -> eframe::egui::Color32 {
    match level {
        LogLevel::Trace | LogLevel::Debug => palette.text_weak,
        LogLevel::Info => palette.success,
        LogLevel::Warn => palette.warning,
        LogLevel::Error => palette.error,
    }
}

/// Seconds since the start as `00:01:23.4`.
fn clock(secs: f64) -> String {
    let tenths = (secs.max(0.0) * 10.0) as u64;
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    format!("{:02}:{:02}:{:02}.{tenth}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn plain(line: &LogLine) -> String {
    format!("{} {} {} {}", clock(line.at_secs), line.level.label(), line.target, line.text)
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn the_clock_counts_from_the_start() {
        assert_eq!(clock(0.0), "00:00:00.0");
        assert_eq!(clock(3723.46), "01:02:03.4");
    }
}
