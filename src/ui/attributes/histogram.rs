//! Where held-out codes lie along a direction: with the label above the line, without it below.

use eframe::egui::{
    Align2, Color32, FontId, Painter, Rect, Role, Sense, Shape, Stroke, TextStyle, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::app::escape;
use crate::protocol::{Histogram, Judged};
use crate::ui::format::grouped;
use crate::ui::parts::caption;
use crate::ui::theme::{Palette, palette};

const HEIGHT: f32 = 108.0;
const WIDTH: f32 = 520.0;
const SWATCH: f32 = 9.0;
const TITLE: &str = "position along the direction, in steps";

/// Draws the histogram with its legend and axis.
pub fn draw_histogram(ui: &mut Ui, histogram: &Histogram, judged: Option<&Judged>) {
    legend_ui(ui, histogram, judged);
    let size = vec2(ui.available_width().min(WIDTH), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let palette = palette(ui);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, spoken(histogram)));
    response.on_hover_text(match histogram.threshold {
        Some(_) => "Beyond the dashed line a code counts as having it.",
        None => "The pictures' codes along this direction, whatever their labels.",
    });
    let font = TextStyle::Small.resolve(ui.style());
    let row = font.size + 4.0;
    let plot = Rect::from_min_max(rect.min + vec2(0.0, row), rect.max - vec2(0.0, row));
    paint_bars(ui.painter(), plot, histogram, palette);
    if let Some(threshold) = histogram.threshold {
        paint_threshold(ui.painter(), plot, (histogram, threshold), font.clone(), palette);
    }
    let places = [
        (plot.left(), Align2::LEFT_BOTTOM, number(histogram.low)),
        (plot.center().x, Align2::CENTER_BOTTOM, TITLE.to_owned()),
        (plot.right(), Align2::RIGHT_BOTTOM, number(histogram.high)),
    ];
    for (x, anchor, text) in places {
        ui.painter().text(pos2(x, rect.bottom()), anchor, text, font.clone(), palette.text_weak);
    }
}

fn spoken(histogram: &Histogram) -> String {
    let Histogram { low, high, .. } = histogram;
    let threshold = histogram.threshold.map_or_else(String::new, |t| format!(", threshold {t:.2}"));
    format!("Codes from {low:.1} to {high:.1} steps{threshold}")
}

fn number(value: f64) -> String {
    format!("{value:+.1}").replace('-', "−")
}

/// What the bars above and below the line count.
fn legend_ui(ui: &mut Ui, histogram: &Histogram, judged: Option<&Judged>) {
    let count = |bins: &[u32]| grouped(bins.iter().map(|count| u64::from(*count)).sum());
    let (with, without) = (count(&histogram.with), count(&histogram.without));
    let colors = palette(ui).curves;
    ui.horizontal_wrapped(|ui| {
        if histogram.threshold.is_none() {
            return entry_ui(ui, colors[0], &format!("all pictures ({with})"));
        }
        let label = judged.map_or_else(|| "it".to_owned(), |j| format!("“{}”", escape(&j.label)));
        entry_ui(ui, colors[0], &format!("above: with {label} ({with})"));
        entry_ui(ui, colors[1], &format!("below: without ({without})"));
    });
}

fn entry_ui(ui: &mut Ui, color: Color32, text: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(SWATCH, SWATCH), Sense::hover());
    ui.painter().rect_filled(rect, 2.0, color);
    caption(ui, text);
}

fn x_of(plot: Rect, histogram: &Histogram, value: f64) -> f32 {
    let span = (histogram.high - histogram.low).max(f64::MIN_POSITIVE);
    plot.left() + plot.width() * ((value - histogram.low) / span).clamp(0.0, 1.0) as f32
}

fn paint_threshold(
    painter: &Painter,
    plot: Rect,
    (histogram, threshold): (&Histogram, f64),
    font: FontId,
    palette: &Palette,
) {
    let x = x_of(plot, histogram, threshold);
    let line = [pos2(x, plot.top()), pos2(x, plot.bottom())];
    let stroke = Stroke::new(1.0, palette.text_strong);
    painter.extend(Shape::dashed_line(&line, stroke, 4.0, 3.0));
    // Named over the line, and within the plot's edges.
    let text = format!("threshold {threshold:+.2}").replace('-', "−");
    let galley = painter.layout_no_wrap(text, font, palette.text);
    let half = galley.size().x / 2.0;
    let middle = x.clamp(plot.left() + half, (plot.right() - half).max(plot.left() + half));
    let at = pos2(middle - half, plot.top() - galley.size().y - 1.0);
    painter.galley(at, galley, palette.text);
}

fn paint_bars(painter: &Painter, plot: Rect, histogram: &Histogram, palette: &Palette) {
    painter.rect_filled(plot, 2.0, palette.sunken);
    let most = histogram.with.iter().chain(&histogram.without).copied().max().unwrap_or(1).max(1);
    let width = plot.width() / histogram.with.len().max(1) as f32;
    // Where nothing is told apart, all stand on the ground.
    let alone = histogram.threshold.is_none();
    let (base, room) =
        if alone { (plot.bottom(), plot.height()) } else { (plot.center().y, plot.height() / 2.0) };
    let bar = |index: usize, count: u32, up: bool, color: Color32| {
        let height = (room - 1.0) * count as f32 / most as f32;
        let left = plot.left() + index as f32 * width;
        let end = if up { base - height } else { base + height };
        let bar = Rect::from_two_pos(pos2(left + 0.5, base), pos2(left + width - 0.5, end));
        painter.rect_filled(bar, 0.0, color);
    };
    for (index, (with, without)) in histogram.with.iter().zip(&histogram.without).enumerate() {
        bar(index, *with, true, palette.curves[0]);
        bar(index, *without, false, palette.curves[1]);
    }
    painter.hline(plot.x_range(), base, Stroke::new(1.0, palette.line_strong));
}
