//! The log: what happened, newest at the bottom, filtered by level and text.

use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{
    Align, ComboBox, Label, Layout, Rect, ScrollArea, Sense, TextEdit, TextStyle, Ui, UiBuilder,
    vec2,
};

use super::parts::{caption, empty_state, quiet_button, well};
use super::theme::{Palette, palette};
use crate::app::messages::{LogLevel, LogLine};
use crate::app::{Action, Actions, AppState};

/// Space between two lines.
const LINE_GAP: f32 = 2.0;

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
        ScrollArea::vertical()
            .auto_shrink(false)
            .stick_to_bottom(true)
            .show_viewport(ui, |ui, viewport| lines_ui(ui, &lines, viewport));
    });
}

/// Draws those lines that are in sight, each wrapped to the pane's width, so that they differ in height.
fn lines_ui(ui: &mut Ui, lines: &[&LogLine], viewport: Rect) {
    // Room for the scroll bar, which floats over the right edge.
    let width = (ui.available_width() - 12.0).max(80.0);
    // egui keeps what it has laid out, so that only new lines cost anything.
    let texts: Vec<_> =
        lines.iter().map(|line| ui.painter().layout_job(line_job(ui, line, width))).collect();
    let origin = ui.max_rect().min;
    let mut top = 0.0;
    for text in texts {
        let size = text.size();
        if top + size.y >= viewport.top() && top <= viewport.bottom() {
            let rect = Rect::from_min_size(origin + vec2(0.0, top), vec2(width, size.y));
            let place = UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::LEFT));
            ui.new_child(place).add(Label::new(text).selectable(true));
        }
        top += size.y + LINE_GAP;
    }
    ui.allocate_rect(Rect::from_min_size(origin, vec2(width, top)), Sense::hover());
}

fn controls_ui(ui: &mut Ui, state: &AppState, lines: &[&LogLine], actions: &mut Actions) {
    ui.horizontal_wrapped(|ui| {
        let mut level = state.log.level;
        let combo = ComboBox::from_id_salt("log level")
            .selected_text(format!("{} and worse", level.label()))
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
        let field = TextEdit::singleline(&mut search)
            .hint_text("Search")
            .return_key(None)
            .desired_width(180.0);
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
        // Broken into two lines it would hang below the buttons: rather not at all.
        let text = "Times since the start";
        let font = TextStyle::Small.resolve(ui.style());
        let width =
            ui.painter().layout_no_wrap(text.to_owned(), font, palette(ui).text_weak).size().x;
        if width <= ui.available_size_before_wrap().x {
            caption(ui, text);
        }
    });
}

fn line_job(ui: &Ui, line: &LogLine, width: f32) -> LayoutJob {
    let palette = palette(ui);
    let font = TextStyle::Monospace.resolve(ui.style());
    let wrap = TextWrapping::wrap_at_width(width);
    let mut job = LayoutJob { wrap, ..LayoutJob::default() };
    let mut add = |text: String, color| {
        job.append(&text, 0.0, TextFormat::simple(font.clone(), color));
    };
    add(format!("{}  ", clock(line.at_secs)), palette.text_weak);
    add(format!("{:<8}", line.level.label()), level_color(palette, line.level));
    add(format!("{:<10} ", line.target), palette.text_weak);
    add(crate::app::escape(&line.text).replace('\n', " / "), palette.text);
    job
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
